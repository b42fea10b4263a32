/** fork(): what a child has, how it ends, and what it can do in its event loop. */
import { execFile } from 'node:child_process';
import { pbkdf2, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdir, openSync, readSync, rmdirSync, rmSync, watch, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { gzip } from 'node:zlib';
import {
  _exit,
  close,
  dup,
  fork,
  getpid,
  getppid,
  getrlimit,
  kill,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  SIGKILL,
  STDIN_FILENO,
  setrlimit,
} from 'realfork';
import { thrownBy } from '../support/errors';
import { until } from '../support/proc';
import { openDescriptors } from '../support/processes-of-a-run';
import { inChild, letChildrenBe, reap, report, scenarios, Word } from '../support/scenarios';
import { LOADER } from '../support/web-assembly';

/** How a child ends, by what it does last. */
const WAYS_OUT: Readonly<Record<string, () => void | Promise<void>>> = {
  'process.exit(7)': () => process.exit(7),
  '_exit(9)': () => _exit(9),
  'process.exitCode = 6'() {
    process.exitCode = 6;
  },
  'falling off its end': () => {},
  'falling off its end after a timer': () => delay(1),
  "falling off its end, which 'beforeExit' puts off twice"() {
    let left = 2;
    process.on('beforeExit', () => {
      if (left-- > 0) setTimeout(() => {}, 1);
    });
  },
  'an uncaught error'() {
    throw new Error('of the child');
  },
  'an uncaught error in a timer'() {
    setTimeout(() => {
      throw new Error('of the child');
    }, 1);
  },
  'an unhandled rejection': () => void Promise.reject(new Error('of the child')),
  'process.exit(4) in a timer': () => void setTimeout(() => process.exit(4), 1),
  "process.exit(8) in an 'exit' listener": () => void process.on('exit', () => process.exit(8)),
  "process.exitCode = 3 in an 'exit' listener"() {
    process.on('exit', () => {
      process.exitCode = 3;
    });
  },
  'process.abort()': () => process.abort(),
  'kill(getpid(), SIGKILL)': () => kill(getpid(), SIGKILL),
};

/** What a child may do in its event loop. */
const WORK: Readonly<Record<string, () => Promise<unknown>>> = {
  'a timer': () => delay(5).then(() => 'done'),
  'a file': async () => (await readFile(__filename, 'utf8')).includes('a file') && 'done',
  async 'a server and its client'() {
    const server = createServer((socket) => socket.end('done'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect(portOf(server), '127.0.0.1');
    let said = '';
    for await (const chunk of client) said += String(chunk);
    server.close();
    return said;
  },
  cryptography: async () => (await promisify(pbkdf2)('a', 'b', 1000, 8, 'sha256')).length === 8 && 'done',
  'random bytes': async () => (await promisify(randomBytes)(8)).length === 8 && 'done',
  compression: async () => (await promisify(gzip)('a')).length > 0 && 'done',
  'another program': async () => (await promisify(execFile)('echo', ['done'])).stdout.trim(),
  async 'a worker_thread that is terminated'() {
    const code = "setInterval(() => {}, 1000); require('node:worker_threads').parentPort.postMessage('done')";
    const worker = new Worker(code, { eval: true });
    const [said] = await once(worker, 'message');
    await worker.terminate();
    return said;
  },
  async 'a worker_thread that ends by itself'() {
    const worker = new Worker("require('node:worker_threads').parentPort.postMessage('done')", { eval: true });
    const [[said]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
    return said;
  },
  'compiling WebAssembly': async () => typeof (await WebAssembly.compile(LOADER)) === 'object' && 'done',
};

/** More bytes than a connection holds: what is written waits for the reader. */
const MORE_THAN_FITS = 2 ** 25;

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Where fork may be called from. */
const PLACES: Readonly<Record<string, (fork: () => void) => void | Promise<void>>> = {
  'the main script': (here) => here(),
  'a timer': (here) => void setTimeout(here, 1),
  setImmediate: (here) => void setImmediate(here),
  nextTick: (here) => process.nextTick(here),
  'a promise': (here) => void Promise.resolve().then(here),
  'a callback of the thread pool': (here) => void readFile(__filename).then(here),
  async 'a connection'(here) {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect(portOf(server), '127.0.0.1');
    server.on('connection', (socket) => {
      here();
      // Parent and child have a copy each of both ends.
      socket.destroy();
      client.destroy();
      server.close();
    });
  },
  async "a client's 'connect'"(here) {
    await readFile(__filename); // from here on libuv's pool runs
    const server = createServer((socket) => socket.destroy());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect(portOf(server), '127.0.0.1');
    client.on('connect', () => {
      here();
      client.destroy();
      server.close();
    });
  },
  async 'the callback of a write'(here) {
    await readFile(__filename);
    const server = createServer((socket) => socket.resume());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect(portOf(server), '127.0.0.1');
    const [socket] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])).flat();
    client.write(Buffer.alloc(MORE_THAN_FITS), () => {
      here();
      socket.destroy();
      client.destroy();
      server.close();
    });
  },
  "an 'exit' listener": (here) =>
    void process.once('exit', () => {
      process.exitCode = 3;
      here();
    }),
  "a 'beforeExit' listener": (here) => void process.once('beforeExit', here),
  "a task of V8's platform": (here) => void WebAssembly.compile(LOADER).then(here),
};

function entry<Value>(table: Readonly<Record<string, Value>>, name: string): Value {
  const value = table[name];
  if (value === undefined) throw new Error(`no ${JSON.stringify(name)}`);
  return value;
}

scenarios({
  ids() {
    const parent = getpid();
    const child = fork();
    if (child === 0) {
      report({ getpid: getpid() === process.pid, ppid: getppid() === parent, nodePpid: process.ppid === parent });
      _exit(getpid() % 251);
    }
    const status = reap(child);
    report({ same: status === `exited ${child % 251}`, parent: getpid() === parent && process.pid === parent });
  },

  async wayOut(name = '', listeners = '') {
    if (listeners === 'listeners') {
      process.on('beforeExit', (status) => report({ beforeExit: status }));
      process.on('exit', (status) => report({ exit: status }));
    }
    const child = fork();
    if (child === 0) return entry(WAYS_OUT, name)();
    report({ status: reap(child) });
    process.removeAllListeners('beforeExit').removeAllListeners('exit');
  },

  /** The child does something in its event loop, then falls off its end; so does the parent. */
  async work(name = '', when = '') {
    const work = entry(WORK, name);
    if (when === 'after the parent did') await work();
    const child = fork();
    if (child === 0) {
      process.exitCode = 3;
      report({ child: await work() });
      return;
    }
    const status = reap(child);
    report({ status, parent: await work() });
  },

  /** fork from anywhere: parent and child fall off their ends. */
  place(name = '') {
    const main = getpid();
    return entry(
      PLACES,
      name,
    )(() => {
      const child = fork();
      if (child === 0) {
        process.exitCode = 3;
        process.on('exit', (status) => report({ exit: status }));
        return;
      }
      if (getpid() === main) report({ status: reap(child) });
      process.exitCode = 0;
    });
  },

  /** Each child forks the next. */
  generations(depth = '') {
    const generation = (left: number): void => {
      if (left === 0) return;
      const status = reap(inChild(() => generation(left - 1)));
      report({ left, status });
    };
    generation(Number(depth));
  },

  /** Parent and child have one file offset between them. */
  offset() {
    writeFileSync('file', 'abcdef');
    const fd = openSync('file', 'r');
    rmSync('file');
    const text = (): string => {
      const buffer = Buffer.alloc(3);
      readSync(fd, buffer, 0, 3, null);
      return buffer.toString();
    };
    reap(inChild(() => report({ child: text() })));
    report({ parent: text() });
  },

  /** The child's memory is its own. */
  memory() {
    const values = [1, 2, 3];
    reap(
      inChild(() => {
        values.push(4);
        report({ child: values });
      }),
    );
    report({ parent: values });
  },

  /** A parent that allocates all the time, and children that do. */
  many(count = '') {
    const before = openDescriptors();
    let kept: unknown[] = [];
    const allocate = (): void => {
      kept = Array.from({ length: 2000 }, (_, i) => ({ i, text: `${i}`.repeat(10) }));
    };
    const statuses = new Map<string, number>();
    for (let i = 0; i < Number(count); ++i) {
      allocate();
      const status = reap(
        inChild(() => {
          for (let k = 0; k < 5; ++k) allocate();
          _exit(kept.length === 2000 ? 5 : 6);
        }),
      );
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    const after = openDescriptors();
    report({ statuses: [...statuses], descriptors: after.size - before.size });
  },

  /** A child has what its parent has open, and its event loop descriptors of its own. */
  descriptors() {
    const before = openDescriptors();
    const child = fork();
    if (child === 0) {
      const numbers = [...openDescriptors().keys()];
      report({ missing: [...before.keys()].filter((fd) => !numbers.includes(fd)) });
      _exit(0);
    }
    reap(child);
    report({ same: openDescriptors().size === before.size });
  },

  /** The parent leaves first, in one way or the other, the child after it. */
  parentLeaves(how = '') {
    letChildrenBe();
    const parentGone = new Word();
    const parent = getpid();
    const child = fork();
    if (child === 0) {
      close(parentGone.writefd);
      parentGone.await(); // the end of file: the other descriptor for it went with the parent
      until(() => getppid() !== parent); // which is handed over after its descriptors are closed
      report('orphan');
      _exit(0);
    }
    if (how === 'process.exit') process.exit(3);
    if (how === 'an uncaught error') throw new Error('of the parent');
    if (how === '_exit') _exit(3);
    process.exitCode = 3;
  },

  /** Timers of the parent fire in the child as well. */
  timers() {
    const parent = getpid();
    setTimeout(() => report({ timer: getpid() === parent ? 'parent' : 'child' }), 1);
    const child = fork();
    if (child === 0) return;
    reap(child);
  },

  /** The thread pool, busy in the parent at the moment of the fork, works on there, and afresh in the child. */
  async busyPool() {
    const jobs = Array.from({ length: 8 }, () => promisify(pbkdf2)('a', 'b', 20_000, 8, 'sha256'));
    const child = fork();
    if (child === 0) {
      await readFile(__filename);
      report({ child: 'done' });
      process.exit(0);
    }
    reap(child);
    report({ parent: (await Promise.all(jobs)).length });
  },

  /** Several jobs of the thread pool are done at the same turn, and the callback of the first forks. */
  callbacksDue() {
    const names = ['a', 'b', 'c', 'd'];
    const main = getpid();
    let called = 0;
    const first = (): void => {
      const child = fork();
      if (child === 0) process.exitCode = 3;
      else report({ status: reap(child) });
    };
    for (const name of names) {
      mkdir(name, () => {
        if (called++ === 0) first();
      });
    }
    until(() => names.every((name) => existsSync(name)));
    process.on('exit', () => {
      report({ who: getpid() === main ? 'parent' : 'child', called });
      if (getpid() === main) for (const name of names) rmdirSync(name);
    });
  },

  /** RLIMIT_NPROC, which root is exempt from: as nobody. */
  limit() {
    reap(inChild(() => {})); // all that fork needs is loaded while it may be read
    const nobody = 65534;
    if (process.getuid?.() === 0) process.setuid?.(nobody);
    setrlimit(RLIMIT_NPROC, { ...getrlimit(RLIMIT_NPROC), rlim_cur: 0 });
    const before = thrownBy(() => fork());
    setrlimit(RLIMIT_NPROC, { ...getrlimit(RLIMIT_NPROC), rlim_cur: getrlimit(RLIMIT_NPROC).rlim_max });
    report({ before, afterwards: reap(inChild(() => {})) });
  },

  /** RLIMIT_NOFILE, with a watcher of files, for which a child needs a descriptor as well. */
  noDescriptorLeft() {
    const watcher = watch('.', () => {});
    setrlimit(RLIMIT_NOFILE, { ...getrlimit(RLIMIT_NOFILE), rlim_cur: 64 });
    const taken: number[] = [];
    const full = thrownBy(() => {
      for (;;) taken.push(dup(STDIN_FILENO));
    });
    const child = fork();
    if (child === 0) {
      watcher.close();
      process.exitCode = 3;
      return;
    }
    const status = reap(child);
    watcher.close();
    for (const fd of taken) close(fd);
    report({ full: full === 'nothing thrown' ? full : full.code, status });
  },

  /** console.log of parent and child. */
  output() {
    const child = fork();
    console.log(JSON.stringify(child === 0 ? 'child' : 'parent'));
    if (child !== 0) reap(child);
  },

  flags() {
    reap(inChild(() => {}));
    report({ execArgv: process.execArgv, nodeOptions: process.env['NODE_OPTIONS'] });
  },
});
