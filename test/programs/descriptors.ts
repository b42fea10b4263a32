/** close, read, write, pipe, dup, dup2; and the descriptors that are Node's. */
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import * as posix from 'realfork';
import {
  AF_INET,
  AF_UNIX,
  close,
  dup,
  dup2,
  errno,
  errnoName,
  pipe,
  read,
  SOCK_STREAM,
  socket,
  socketpair,
  write,
} from 'realfork/c';
import { thrownBy } from '../support/errors';
import { openDescriptors } from '../support/processes-of-a-run';
import { report, scenarios } from '../support/scenarios';

const codeOf = (call: () => unknown): unknown => Object(thrownBy(call)).code;

function ok<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

const outcome = (result: unknown): unknown => (result === -1 ? errnoName(errno()) : result);

// With its first stream libuv opens a descriptor of /dev/null, to have one to give up when there are no more.
void process.stdout;

/** What Node has open, but standard input, output and error. */
const ofNode = [...openDescriptors()].filter(
  ([fd, target]) => fd > 2 && !target.startsWith('/proc/') && closesOnExec(fd),
);

/** All of Node's do. Others came from whoever started the tests. proc_pid_fdinfo(5), fcntl.h */
function closesOnExec(fd: number): boolean {
  const [, flags = '0'] = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
  return (Number.parseInt(flags, 8) & 0o2000000) !== 0;
}

/** "anon_inode:[eventpoll]" without the numbers of pipes and sockets. */
const kind = (target: string): string => target.replace(/\d+/g, 'N');

/** What becomes of each descriptor of Node's that `call` is tried on. */
function refusals(call: (fd: number) => unknown): unknown[] {
  return ofNode.map(([fd, target]) => {
    const { code, message } = { code: undefined, message: '', ...Object(thrownBy(() => call(fd))) };
    return { kind: kind(target), code, named: message.includes(`descriptor ${fd} belongs to Node`) };
  });
}

scenarios({
  closing() {
    const [readfd] = ok(pipe());
    const closed = [outcome(close(readfd)), outcome(close(readfd)), outcome(close(-1)), outcome(close(2 ** 31 - 1))];
    const thrown = thrownBy(() => posix.close(readfd));
    report(closed);
    report(thrown);
  },

  /** Node's own are refused, one by one, and Node works on. */
  async ofNode(call = '') {
    const trial = call === 'close' ? close : (fd: number) => dup2(0, fd);
    report(refusals(trial));
    report({ works: (await readFile(__filename)).length > 0 });
  },

  /** In a child libuv has made its own anew; a signal goes through them. */
  async ofNodeInChild() {
    const pid = posix.fork();
    if (pid !== 0) {
      report(posix.describeStatus(posix.waitpid(pid).status));
      return;
    }
    refusals(close);
    setInterval(() => {}, 1000); // a signal that is waited for keeps no loop alive
    const heard = once(process, 'SIGUSR2');
    process.kill(process.pid, 'SIGUSR2');
    await heard;
    process.exit(5);
  },

  /** Both ends of a pipe of this program are descriptors 5 and 6 of another, where Node has some of its own. */
  inherited() {
    const [readfd, writefd] = ok(pipe());
    const program = `const { close } = require(${JSON.stringify(require.resolve('realfork'))}); close(5); close(6)`;
    const fileActions = [
      { dup2: readfd, to: 5 },
      { dup2: writefd, to: 6 },
    ];
    const pid = posix.posix_spawn(process.execPath, ['node', '-e', program], process.env, { fileActions });
    report(posix.describeStatus(posix.waitpid(pid).status));
  },

  /** The event loop of a worker_thread has some too. */
  async ofWorker() {
    const before = openDescriptors();
    // From a turn of its loop, which has all of its descriptors then.
    const says =
      "setInterval(() => {}, 1000); setImmediate(() => require('node:worker_threads').parentPort.postMessage('turns'))";
    // As an event loop makes its own, or made so.
    posix.mkfifo('fifo');
    const fifos = [1, 2].map(() => openSync('fifo', posix.O_RDWR | posix.O_NONBLOCK));
    rmSync('fifo');
    const [later, marked] = [posix.pipe2(posix.O_CLOEXEC), posix.pipe()];
    for (const fd of marked) posix.fcntl(fd, posix.F_SETFD, posix.FD_CLOEXEC);
    for (const fd of [...later, ...marked]) posix.fcntl(fd, posix.F_SETFL, posix.O_NONBLOCK);
    const mine = [...posix.pipe2(posix.O_CLOEXEC | posix.O_NONBLOCK), ...later, ...marked, ...fifos];
    const worker = new Worker(says, { eval: true });
    // The package learns of it by the one, and the other says that its loop has turned: in either order.
    await Promise.all(['online', 'message'].map((event) => once(worker, event)));
    const isOfWorker = ([fd, target]: [number, string]): boolean =>
      !before.has(fd) && !mine.includes(fd) && !target.startsWith('/');
    const added = [...openDescriptors()].filter(isOfWorker);
    report({
      some: added.length > 0,
      own: mine.map((fd) => outcome(close(fd))),
      refused: added.map(([fd]) => thrownBy(() => close(fd))).map((error) => Object(error).code),
    });
    await worker.terminate();
  },

  /** A dup2 and a dup3 that fail close nothing: the event loop goes on to watch what is there. */
  async failedCopies() {
    const [here, there] = ok(socketpair(AF_UNIX, SOCK_STREAM));
    const socket = new Socket({ fd: here });
    const heard: string[] = [];
    socket.on('data', (data) => heard.push(String(data)));
    for (const said of ['before', 'after']) {
      write(there, said);
      await once(socket, 'data');
      if (said === 'before') report([() => posix.dup2(-1, here), () => posix.dup3(there, here, 1)].map(codeOf));
    }
    report(heard);
    socket.destroy();
    close(there);
  },

  /** The program's own can be closed, whoever opened them. */
  own() {
    writeFileSync('file', '');
    const ends = ok(pipe());
    const pair = ok(socketpair(AF_UNIX, SOCK_STREAM));
    const opened = {
      'a pipe (read end)': ends[0],
      'a pipe (write end)': ends[1],
      'a socket': ok(socket(AF_INET, SOCK_STREAM)),
      'a socket pair': pair[0],
      'a copy': ok(dup(pair[1])),
      'a file opened with node:fs': openSync('file', 'r'),
      '/dev/null opened with node:fs': openSync('/dev/null', 'r+'),
      'a directory opened with node:fs': openSync('.', 'r'),
    };
    rmSync('file');
    report(Object.fromEntries(Object.entries(opened).map(([name, fd]) => [name, outcome(close(fd))])));
  },

  /** A number that was Node's spare at start, and then the program's. */
  dup2() {
    const [readfd, writefd] = ok(pipe());
    const free = ok(dup(0));
    ok(close(free));
    const copy = dup2(writefd, free);
    write(copy, 'through the copy');
    const buffer = Buffer.alloc(20);
    const length = read(readfd, buffer);
    report({ copy: copy === free, text: buffer.toString('utf8', 0, length) });
    // Over one that is open: what it was is closed.
    const [other] = ok(pipe());
    report({ over: dup2(readfd, other) === other, same: dup2(other, other) === other });
    report([outcome(dup2(9999, 200)), outcome(dup2(readfd, -1)), outcome(dup2(9999, 9999)), outcome(dup(9999))]);
  },

  reading() {
    const [readfd, writefd] = ok(pipe());
    const buffer = Buffer.alloc(10, '.');
    write(writefd, 'abc');
    report({ short: read(readfd, buffer), text: buffer.toString() });
    write(writefd, 'defghij');
    report({ count: read(readfd, buffer, 2), text: buffer.toString() });
    report({ none: read(readfd, buffer, 0) });
    report({ empty: read(readfd, new Uint8Array(0)) });
    const part = buffer.subarray(4, 7);
    report({ part: read(readfd, part), text: buffer.toString() });
    const view = new DataView(buffer.buffer, buffer.byteOffset, 1);
    report({ view: read(readfd, view), text: buffer.toString() });
    const wide = new Uint32Array(2);
    report({ wide: read(readfd, wide), bytes: Buffer.from(wide.buffer).toString('utf8', 0, 1) });
    ok(close(writefd));
    report({ end: read(readfd, buffer) });
    report([outcome(read(writefd, buffer)), outcome(read(openSync('/', 'r'), buffer))]);
  },

  writing() {
    const [readfd, writefd] = ok(pipe());
    const text = (): string => {
      const buffer = Buffer.alloc(100);
      return buffer.toString('utf8', 0, readSync(readfd, buffer));
    };
    report({ string: write(writefd, 'a→😀'), text: text() });
    report({ count: write(writefd, 'abcdef', 3), text: text() });
    report({ nul: write(writefd, 'a\0b'), text: text() });
    report({ bytes: write(writefd, new Uint8Array([104, 105])), text: text() });
    report({ part: write(writefd, Buffer.from('abcdef').subarray(2), 3), text: text() });
    report({ view: write(writefd, new DataView(Uint8Array.from([120, 121]).buffer, 1)), text: text() });
    report({ nothing: write(writefd, '') });
    closeSync(readfd);
    report([outcome(write(writefd, 'x')), outcome(write(readfd, 'x'))]);
  },

  /** More than the 8 KiB and the 64 KiB that buffers here and in the kernel hold. */
  large() {
    const [mine, other] = ok(socketpair(AF_UNIX, SOCK_STREAM));
    const data = Buffer.alloc(50_000, 'abcdefg');
    const written = write(mine, data);
    const buffer = Buffer.alloc(60_000);
    let got = 0;
    while (got < written) got += read(other, buffer.subarray(got));
    report({ written, same: buffer.subarray(0, got).equals(data) });
  },
});
