/** Cases of CPython: Lib/test/test_signal.py, _test_eintr.py, test_os, test_wait3.py, test_posix, test_socketserver.py. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { registerAtFork } from 'realfork';
import {
  _exit,
  AF_INET,
  AF_UNIX,
  accept,
  bind,
  close,
  connect,
  ECHILD,
  EINTR,
  errno,
  errnoName,
  fork,
  getpid,
  getsockname,
  ITIMER_REAL,
  kill,
  listen,
  nanosleep,
  pipe,
  read,
  recv,
  SA_RESTART,
  SIG_BLOCK,
  SIG_UNBLOCK,
  SIGALRM,
  SIGUSR1,
  SOCK_STREAM,
  select,
  send,
  setitimer,
  sigaction,
  siginterrupt,
  sigpending,
  sigprocmask,
  socket,
  socketpair,
  WNOHANG,
  wait,
  wait3,
  wait4,
  waitpid,
  write,
} from 'realfork/c';
import { untilBlocked } from '../../support/proc';
import { inChild, reap, scenarios, Word } from '../../support/scenarios';

function done<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

/** A read that another process interrupts twice, and then ends. @returns what it met */
function readsInterrupted(): string[] {
  const main = getpid();
  const [readfd, writefd] = done(pipe());
  const handled = new Word();
  const flags = done(sigaction(SIGUSR1)).flags;
  sigaction(SIGUSR1, { handler: () => handled.send(), flags });
  const helper = inChild(() => {
    for (let i = 0; i < 2; ++i) {
      untilBlocked(main, readfd);
      kill(main, SIGUSR1);
      handled.await();
    }
    write(writefd, 'x');
  });
  const met: string[] = [];
  while (read(readfd, new Uint8Array(1)) === -1) met.push(errnoName(errno()));
  equal(reap(helper), 'exited 0');
  return met;
}

let alarms = 0;

/** An interval timer whose handler has no flags, as CPython's EINTR tests have it. */
function startTimer(): void {
  sigaction(SIGALRM, () => {
    alarms += 1;
  });
  const every = { tv_sec: 0, tv_usec: 2000 };
  done(setitimer(ITIMER_REAL, { it_interval: every, it_value: every }));
}

function stopTimer(): void {
  const off = { tv_sec: 0, tv_usec: 0 };
  done(setitimer(ITIMER_REAL, { it_interval: off, it_value: off }));
  ok(alarms > 0);
}

/** A child that ends when this process has been interrupted five times. */
function waits(call: (child: number) => number): void {
  const go = new Word();
  const child = inChild(() => {
    go.await();
    process.exit(0);
  });
  startTimer();
  let interrupted = 0;
  let pid = call(child);
  for (; pid === -1 && errno() === EINTR; pid = call(child)) {
    interrupted += 1;
    if (interrupted === 5) go.send();
  }
  stopTimer();
  equal(pid, child);
  ok(interrupted >= 5);
}

const PIECES = ['hello', 'world', 'spam'];

/** The other process sends a piece for each time that this one has been interrupted. */
function receives([mine, other]: readonly [number, number], receive: (fd: number, buffer: Uint8Array) => number): void {
  const go = new Word();
  const helper = inChild(() => {
    for (const piece of PIECES) {
      go.await();
      write(other, piece);
    }
  });
  startTimer();
  const buffer = Buffer.alloc(100);
  let text = '';
  let interrupted = 0;
  while (text.length < PIECES.join('').length) {
    const n = receive(mine, buffer);
    if (n > 0) text += buffer.toString('utf8', 0, n);
    else {
      equal(errno(), EINTR);
      interrupted += 1;
      if (interrupted <= PIECES.length) go.send();
    }
  }
  stopTimer();
  equal(text, PIECES.join(''));
  equal(reap(helper), 'exited 0');
}

/** More than the kernel holds: the other process reads when this one has been interrupted. */
function sends([mine, other]: readonly [number, number], sendSome: (fd: number, data: Uint8Array) => number): void {
  const SIZE = 1 << 20;
  const go = new Word();
  const helper = inChild(() => {
    close(mine);
    go.await();
    const buffer = new Uint8Array(65_536);
    let got = 0;
    while (got < SIZE) {
      const n = read(other, buffer);
      if (n > 0) got += n;
    }
  });
  startTimer();
  let left = new Uint8Array(SIZE);
  let told = false;
  while (left.byteLength > 0) {
    const n = sendSome(mine, left);
    if (n > 0) left = left.subarray(n);
    else equal(errno(), EINTR);
    if (alarms > 0 && !told) {
      told = true;
      go.send();
    }
  }
  stopTimer();
  equal(reap(helper), 'exited 0');
}

const pair = (): [number, number] => done(socketpair(AF_UNIX, SOCK_STREAM));

scenarios({
  'SiginterruptTest.test_without_siginterrupt'() {
    sigaction(SIGUSR1, () => {});
    deepEqual(readsInterrupted(), ['EINTR', 'EINTR']);
  },

  'SiginterruptTest.test_siginterrupt_on'() {
    sigaction(SIGUSR1, { handler: () => {}, flags: SA_RESTART });
    siginterrupt(SIGUSR1, true);
    deepEqual(readsInterrupted(), ['EINTR', 'EINTR']);
  },

  'SiginterruptTest.test_siginterrupt_off'() {
    sigaction(SIGUSR1, () => {});
    siginterrupt(SIGUSR1, false);
    deepEqual(readsInterrupted(), []);
  },

  'OSEINTRTest.test_wait': () => waits(() => wait().pid),
  'OSEINTRTest.test_waitpid': () => waits((child) => waitpid(child).pid),
  'OSEINTRTest.test_wait3': () => waits(() => wait3().pid),
  'OSEINTRTest.test_wait4': () => waits((child) => wait4(child).pid),
  'OSEINTRTest.test_read': () => receives(done(pipe()), read),
  'OSEINTRTest.test_write'() {
    const [readfd, writefd] = done(pipe());
    sends([writefd, readfd], write);
  },
  'SocketEINTRTest.test_recv': () => receives(pair(), recv),
  'SocketEINTRTest.test_send': () => sends(pair(), send),

  'TimeEINTRTest.test_sleep'() {
    startTimer();
    const began = process.hrtime.bigint();
    let interrupted = 0;
    for (let left = { tv_sec: 0, tv_nsec: 100e6 }; nanosleep({ ...left }, left) === -1; ) interrupted += 1;
    stopTimer();
    ok(process.hrtime.bigint() - began >= 100_000_000n);
    ok(interrupted > 0);
  },

  'SelectEINTRTest.test_select'() {
    startTimer();
    for (let i = 0; i < 5; ++i) {
      equal(select([], [], [], { tv_sec: 60, tv_usec: 0 }), -1);
      equal(errno(), EINTR);
    }
    stopTimer();
  },

  'ForkTests.test_register_at_fork'() {
    const notes: string[] = [];
    for (const name of ['A', 'B']) {
      registerAtFork({
        before: () => void notes.push(`before ${name}`),
        afterInParent: () => void notes.push(`parent ${name}`),
        afterInChild: () => void notes.push(`child ${name}`),
      });
    }
    const pid = fork();
    if (pid === 0) {
      deepEqual(notes, ['before B', 'before A', 'child A', 'child B']);
      _exit(0);
    }
    equal(reap(pid), 'exited 0');
    deepEqual(notes, ['before B', 'before A', 'parent A', 'parent B']);
  },

  'Wait3Test.test_wait3_rusage_initialized'() {
    const { pid, rusage } = wait3(WNOHANG);
    equal(pid, -1);
    equal(errno(), ECHILD);
    const { ru_utime, ru_stime, ...numbers } = rusage;
    deepEqual([ru_utime, ru_stime], Array(2).fill({ tv_sec: 0, tv_usec: 0 }));
    ok(Object.values(numbers).every((value) => value === 0));
  },

  'PendingSignalsTests.test_pthread_sigmask'() {
    let handled = 0;
    sigaction(SIGUSR1, () => {
      handled += 1;
    });
    deepEqual(sigprocmask(SIG_BLOCK, [SIGUSR1]), []);
    kill(getpid(), SIGUSR1);
    equal(handled, 0);
    deepEqual(sigprocmask(SIG_UNBLOCK, [SIGUSR1]), [SIGUSR1]);
    equal(handled, 1);
    kill(getpid(), SIGUSR1);
    equal(handled, 2);
    deepEqual(sigprocmask(SIG_BLOCK, []), []);
  },

  'PendingSignalsTests.test_sigpending'() {
    sigaction(SIGUSR1, () => {});
    deepEqual(sigpending(), []);
    sigprocmask(SIG_BLOCK, [SIGUSR1]);
    kill(getpid(), SIGUSR1);
    deepEqual(sigpending(), [SIGUSR1]);
    sigprocmask(SIG_UNBLOCK, [SIGUSR1]);
    deepEqual(sigpending(), []);
  },

  'SocketServerTest.test_ForkingTCPServer'() {
    const CLIENTS = 4;
    const listenfd = done(socket(AF_INET, SOCK_STREAM));
    done(bind(listenfd, { family: AF_INET, address: '127.0.0.1', port: 0 }));
    done(listen(listenfd, CLIENTS));
    const address = done(getsockname(listenfd));
    const clients = Array.from({ length: CLIENTS }, (_, i) =>
      inChild(() => {
        const fd = done(socket(AF_INET, SOCK_STREAM));
        done(connect(fd, address));
        write(fd, `client ${i}`);
        const buffer = Buffer.alloc(100);
        equal(buffer.toString('utf8', 0, read(fd, buffer)), `CLIENT ${i}`);
        equal(read(fd, buffer), 0);
      }),
    );
    const servers: number[] = [];
    while (servers.length < CLIENTS) {
      const connfd = done(accept(listenfd));
      servers.push(
        inChild(() => {
          close(listenfd);
          const buffer = Buffer.alloc(100);
          const n = done(read(connfd, buffer));
          write(connfd, buffer.toString('utf8', 0, n).toUpperCase());
        }),
      );
      close(connfd);
    }
    for (const child of [...clients, ...servers]) equal(reap(child), 'exited 0');
    equal(wait().pid, -1);
    equal(errno(), ECHILD);
  },
});
