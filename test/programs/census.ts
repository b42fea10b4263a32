/** fork() beside other threads: which it knows, which it waits for, which it refuses. */
import { pbkdf2 } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, cpSync, createReadStream, existsSync, openSync, rmSync, stat } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Session } from 'node:inspector';
import { Session as InspectorSession } from 'node:inspector/promises';
import { createRequire, register } from 'node:module';
import { Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as v8 from 'node:v8';
import { runInThisContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import {
  _exit,
  close,
  describeStatus,
  dup2,
  execv,
  F_GETFD,
  F_SETFD,
  FD_CLOEXEC,
  fcntl,
  fork,
  forkWhenIdle,
  getrlimit,
  O_CLOEXEC,
  pipe,
  pipe2,
  RLIMIT_NOFILE,
  read,
  setrlimit,
  WEXITSTATUS,
  waitpid,
  write,
} from 'realfork';
import { errorFacts, thrownBy } from '../support/errors';
import { report, scenarios } from '../support/scenarios';
import { LOADER } from '../support/web-assembly';

/** A child that does it and leaves with 3: its status. */
function statusOfChild(options?: Parameters<typeof fork>[0], run: () => void = () => {}): string {
  const pid = fork(options);
  if (pid === 0) {
    run();
    _exit(3);
  }
  return describeStatus(waitpid(pid).status);
}

const forked = (options?: Parameters<typeof fork>[0]): unknown => {
  try {
    return statusOfChild(options);
  } catch (error) {
    return errorFacts(error);
  }
};

/** V8's workers may take more than 20 ms to come to rest where others need the processors. */
function impatientFork(): unknown {
  for (;;) {
    const result = forked({ patience: 20 });
    if ((result as NodeJS.ErrnoException).code !== 'ERR_FORK_WORKERS_BUSY') return result;
  }
}

function isOpen(fd: number): boolean {
  try {
    fcntl(fd, F_GETFD);
    return true;
  } catch {
    return false;
  }
}

/** Starts the thread pool: from then on there are threads that fork() has to find. */
const usePool = (): Promise<unknown> => readFile(__filename);

/** Longer than a fork is patient, on one thread of the pool. */
function longJob(): Promise<void> {
  return new Promise((done) => pbkdf2('a', 'b', 2_000_000, 64, 'sha512', () => done()));
}

/** For the profiler. */
function runSome(): number {
  let sum = 0;
  for (let n = 0; n < 1e6; ++n) sum += Math.sqrt(n);
  return sum;
}

const WORKERS_CALL: Readonly<Record<string, string>> = {
  'fs.stat': "require('node:fs').stat('/', done);",
  'WebAssembly.compile': `WebAssembly.compile(new Uint8Array([${LOADER.join()}])).then(done);`,
};

scenarios({
  async poolOfAnotherSize() {
    await usePool();
    process.env['UV_THREADPOOL_SIZE'] = '64';
    report(forked());
    delete process.env['UV_THREADPOOL_SIZE'];
    report(forked());
  },

  /** With a variable for the pool's size that was there when it began. */
  async busyPool() {
    await usePool();
    delete process.env['UV_THREADPOOL_SIZE'];
    const done = longJob();
    report(impatientFork());
    report(forked({ patience: Number.POSITIVE_INFINITY }));
    await done;
  },

  async readFromPipe() {
    await usePool();
    const [reader, writer] = pipe();
    const stream = createReadStream('', { fd: reader }).resume();
    await delay(50);
    report(thrownBy(() => fork()));
    const abort = new AbortController();
    const waits = forkWhenIdle({ signal: abort.signal }).catch((error: unknown) => errorFacts(error).name);
    let turns = 0;
    for (; turns < 5; ++turns) await delay(1);
    abort.abort();
    report([await waits, turns]);
    write(writer, 'x');
    close(writer);
    await once(stream, 'close');
    report(forked());
  },

  async forkWhenIdle() {
    const done = longJob();
    let turns = 0;
    const timer = setInterval(() => ++turns, 1);
    const pid = await forkWhenIdle();
    clearInterval(timer);
    if (pid === 0) {
      await readFile(__filename); // with a pool of its own
      process.exit(5);
    }
    report([describeStatus(waitpid(pid).status), turns > 5]);
    await done;
    const several = await Promise.all(
      [1, 2, 3].map((status) => forkWhenIdle().then((child) => (child === 0 ? _exit(status) : child))),
    );
    report(several.map((child) => describeStatus(waitpid(child).status)));
  },

  /** What a parent waits for is not for its children. */
  async childOfOneThatWaits() {
    const done = longJob();
    const waits = forkWhenIdle();
    const pid = fork({ patience: Number.POSITIVE_INFINITY });
    if (pid === 0) {
      const own = await forkWhenIdle();
      if (own === 0) process.exit(1);
      process.exit(WEXITSTATUS(waitpid(own).status) + 1);
    }
    report(describeStatus(waitpid(pid).status));
    const other = await waits;
    if (other === 0) process.exit(4);
    report(describeStatus(waitpid(other).status));
    await done;
  },

  /** What synckit and its kind do: the main thread stands still until a worker_thread wakes it. */
  workerThatIsWaitedFor(call: string) {
    const run = (): void => {
      report(statusOfChild());
      const shared = new Int32Array(new SharedArrayBuffer(4));
      const worker = new Worker(
        `const { workerData } = require('node:worker_threads');
        const done = () => { Atomics.store(workerData, 0, 1); Atomics.notify(workerData, 0); };
        ${WORKERS_CALL[call]}`,
        { eval: true, workerData: shared },
      );
      report(Atomics.wait(shared, 0, 0, 10_000));
      void worker.terminate();
    };
    stat('/', run);
  },

  /** vm has a thread that watches the time. Nobody has told this package of it. */
  watchdog() {
    Object.assign(globalThis, { forked });
    report(runInThisContext('forked()', { timeout: 30_000 }));
    report(runInThisContext('forked({ allowThreads: true })', { timeout: 30_000 }));
    report(forked());
  },

  /** A library that was there before this package, or comes after it. */
  async library(path: string) {
    process.dlopen({ exports: {} }, path);
    report(forked());
    await usePool();
    report(forked());
    report(forked({ allowThreads: true }));
    await usePool();
    report(forked({ allowThreads: true }));
  },

  simple() {
    report(forked());
  },

  allowed() {
    report(forked({ allowThreads: true }));
  },

  /** `left`: how, with status 7. */
  profiled(left: string) {
    const pid = fork();
    if (pid > 0) {
      report(describeStatus(waitpid(pid).status));
      return;
    }
    runSome();
    if (left === 'exit') process.exit(7);
    process.exitCode = 7;
    if (left === 'throw') throw new Error('of the child');
  },

  /** Profilers that run at the fork are the parent's. */
  async profilersOfTheParent() {
    const session = new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.start');
    const { startCpuProfile } = v8 as { startCpuProfile?: () => { stop(): string } };
    const handle = startCpuProfile?.();
    const pid = fork();
    if (pid === 0) {
      const { startCpuProfile: start } = v8 as { startCpuProfile?: () => void };
      const own = new InspectorSession();
      own.connect();
      const codes = await Promise.all(
        [
          () => session.post('Profiler.stop'),
          () => session.post('Profiler.disable'),
          () => own.post('Profiler.start'),
          ...(handle === undefined ? [] : [() => handle.stop(), () => start?.()]),
        ].map(async (call) => {
          try {
            return await call();
          } catch (error) {
            return errorFacts(error).code;
          }
        }),
      );
      session.disconnect();
      const { result } = await own.post('Runtime.evaluate', { expression: '1 + 1' });
      own.disconnect();
      report([...new Set(codes), result.value]);
      process.exit(7);
    }
    report(describeStatus(waitpid(pid).status));
    session.post('Profiler.stop', (error, { profile }) => report([error, profile.nodes.length > 0]));
    session.disconnect();
    handle?.stop();
  },

  closeOnExec() {
    const [reader, writer] = pipe2(O_CLOEXEC);
    const marked = pipe();
    for (const fd of marked) fcntl(fd, F_SETFD, FD_CLOEXEC);
    close(reader);
    dup2(1, writer);
    for (const fd of marked) close(fd);
    close(writer);
    report('closed');
  },

  inheritedPipe() {
    const ends = pipe();
    execv(process.execPath, [process.execPath, __filename, 'closeInherited', ...ends.map(String)]);
  },
  closeInherited(reader: string, writer: string) {
    close(Number(reader));
    close(Number(writer));
    report('closed');
  },

  /** libuv goes through all of them with one number for its epoll instance; a lower one is free. */
  manyReadyAndAHole() {
    const COUNT = 1100;
    const [lower] = pipe();
    const writers: number[] = [];
    let forkedOnce = false;
    for (let n = 0; n < COUNT; ++n) {
      const [reader, writer] = pipe();
      writers.push(writer);
      const socket = new Socket({ fd: reader, readable: true, writable: false });
      socket.on('data', () => {
        if (forkedOnce) return;
        forkedOnce = true;
        close(lower);
        const pid = fork();
        if (pid === 0) {
          setTimeout(() => process.exit(9), 20);
          return;
        }
        report(describeStatus(waitpid(pid).status));
        setImmediate(() => process.exit(0));
      });
    }
    for (const writer of writers) write(writer, 'x');
  },

  /** As a daemon of the books does, which forks twice and keeps no standard descriptor. */
  standardClosed(...closed: string[]) {
    const [reader, writer] = pipe();
    const first = fork();
    if (first === 0) {
      for (const fd of closed) close(Number(fd));
      const second = fork();
      if (second === 0) {
        const third = fork();
        if (third === 0) _exit(closed.some((fd) => isOpen(Number(fd))) ? 4 : 3);
        process.exit(WEXITSTATUS(waitpid(third).status));
      }
      write(writer, describeStatus(waitpid(second).status));
      _exit(0);
    }
    close(writer);
    waitpid(first);
    const said = Buffer.alloc(100);
    report(said.toString('utf8', 0, read(reader, said)));
  },

  /** A socket is closed by its number, and what has that number afterwards is none that can be waited for. */
  closedByNumber(who: string, how: string) {
    const [reader, writer] = pipe();
    const closeIt = (): void => {
      if (how === 'fs.closeSync') closeSync(reader);
      else close(reader);
      if (how === 'close, and its number is a file') openSync(__filename, 'r');
    };
    new Socket({ fd: reader, readable: true, writable: false }).on('data', () => report('read'));
    setTimeout(() => {
      if (who === 'the parent') closeIt();
      const pid = fork();
      if (pid === 0) {
        if (who === 'the child') closeIt();
        setTimeout(() => {
          process.exitCode = 7;
        }, 1);
        return;
      }
      report(describeStatus(waitpid(pid).status));
      if (who === 'the parent') process.exit(0); // of fs.closeSync libuv does not hear: its loop would not end
      write(writer, 'x');
      close(writer);
    }, 1);
  },

  /** Node runs them in a thread of its own. */
  moduleHooks() {
    register('data:text/javascript,export const resolve = (specifier, context, next) => next(specifier, context);');
    report(forked());
    report(forked({ allowThreads: true }));
  },

  withoutHandles() {
    report(forked({ inheritHandles: false }));
    report(forked());
  },

  lowLimit() {
    statusOfChild();
    setrlimit(RLIMIT_NOFILE, { ...getrlimit(RLIMIT_NOFILE), rlim_cur: 8 });
    report(forked());
  },

  /** Its first fork, beside a pool, with no descriptor to look at threads with. */
  async noDescriptorLeft() {
    await usePool();
    const last = pipe();
    setrlimit(RLIMIT_NOFILE, { ...getrlimit(RLIMIT_NOFILE), rlim_cur: last[1] + 1 });
    report(forked());
  },

  async twoCopies() {
    const root = resolve(__dirname, '..', '..', '..');
    const copy = join(process.cwd(), 'copy');
    const parts = ['package.json', 'dist', 'build/Release', 'prebuilds'].filter((part) => existsSync(join(root, part)));
    for (const part of parts) cpSync(join(root, part), join(copy, part), { recursive: true });
    const other = createRequire(__filename)(copy) as { fork: () => number };
    const before = process.listenerCount('exit');
    const refused = thrownBy(() => {
      statusOfChild();
      other.fork();
    });
    rmSync(copy, { recursive: true });
    report({ ...Object(refused), listeners: process.listenerCount('exit') - before });
    report(forked());
  },
});
