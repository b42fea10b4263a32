/** Cases of the Open POSIX Test Suite: conformance/interfaces/fork and sigaction. */
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import {
  CLD_CONTINUED,
  CLD_KILLED,
  CLD_STOPPED,
  close,
  errno,
  errnoName,
  getpgid,
  getpgrp,
  getpid,
  getppid,
  kill,
  pipe,
  raise,
  read,
  SA_NOCLDSTOP,
  SA_NODEFER,
  SA_RESTART,
  SA_SIGINFO,
  SIG_BLOCK,
  SIG_SETMASK,
  SIGABRT,
  SIGALRM,
  SIGBUS,
  SIGCHLD,
  SIGCONT,
  SIGFPE,
  SIGHUP,
  SIGILL,
  SIGINT,
  SIGKILL,
  SIGPIPE,
  SIGPROF,
  SIGQUIT,
  SIGSEGV,
  SIGSTOP,
  SIGSYS,
  SIGTERM,
  SIGTRAP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGUSR1,
  SIGUSR2,
  SIGVTALRM,
  SIGXCPU,
  SIGXFSZ,
  type SignalInfo,
  sigaction,
  sigpending,
  sigprocmask,
  sigsuspend,
  WCONTINUED,
  WUNTRACED,
  waitpid,
  write,
} from 'realfork/c';
import { untilBlocked } from '../../support/proc';
import { inChild, reap, scenarios, Word } from '../../support/scenarios';

/** Those that POSIX has and that can be caught. The suite has a program for each. */
const SIGNALS: readonly number[] = [
  ...[SIGABRT, SIGALRM, SIGBUS, SIGCHLD, SIGCONT, SIGFPE, SIGHUP, SIGILL, SIGINT, SIGPIPE, SIGQUIT, SIGSEGV, SIGTERM],
  ...[SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGPROF, SIGSYS, SIGTRAP, SIGURG, SIGVTALRM, SIGXCPU, SIGXFSZ],
];

function done<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
const masked = (): number[] => sorted(done(sigprocmask(SIG_BLOCK)));

/** What SIGCHLD says of a child that is stopped, goes on, and is killed, up to its end. */
function signalsOfChild(flags: number): number[] {
  const codes: number[] = [];
  const handler = (_: number, { code }: SignalInfo): void => void codes.push(code);
  sigprocmask(SIG_BLOCK, [SIGCHLD]); /* each is handled where it is waited for */
  sigaction(SIGCHLD, { handler, flags: flags | SA_SIGINFO });
  const child = inChild(() => sigsuspend([]));
  /* The kernel may wake waitpid before it sends the signal: hence sigsuspend. */
  const signalled = (): void => {
    if ((flags & SA_NOCLDSTOP) === 0) sigsuspend([]);
  };
  kill(child, SIGSTOP);
  equal(waitpid(child, WUNTRACED).pid, child);
  signalled();
  kill(child, SIGCONT);
  equal(waitpid(child, WCONTINUED).pid, child);
  signalled();
  kill(child, SIGKILL);
  sigsuspend([]);
  equal(reap(child), 'killed by SIGKILL');
  return codes;
}

/** A read that is blocked, and a handler for `signo` after which there is something to read. */
function interrupted(signo: number, flags: number): string {
  const [readfd, writefd] = done(pipe());
  const main = getpid();
  const handled = new Word();
  const old = done(sigaction(signo, { handler: () => handled.send(), flags }));
  const helper = inChild(() => {
    untilBlocked(main, readfd);
    kill(main, signo);
    handled.await();
    write(writefd, 'x');
  });
  /* Not the SIGCHLD of the helper: it comes after the call. */
  const result = read(readfd, new Uint8Array(1)) === 1 ? 'restarted' : errnoName(errno());
  sigaction(signo, old);
  equal(reap(helper), 'exited 0');
  for (const fd of [readfd, writefd, handled.readfd, handled.writefd]) close(fd);
  return result;
}

/** The mask in the handler of `signo`. */
function maskInHandler(signo: number, flags: number, mask: readonly number[] = []): number[] {
  let seen: number[] = [];
  const handler = (): void => {
    seen = masked();
  };
  const old = done(sigaction(signo, { handler, flags, mask }));
  raise(signo);
  sigaction(signo, old);
  return seen;
}

scenarios({
  'fork 3-1'() {
    const before = new Set(
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(Number),
    );
    const go = new Word();
    const child = inChild(() => go.await());
    ok(!before.has(child));
    notEqual(child, getpgrp());
    ok(![...before].some((pid) => getpgid(pid) === child));
    go.send();
    reap(child);
  },

  'fork 4-1'() {
    const parent = getpid();
    equal(reap(inChild(() => equal(getppid(), parent))), 'exited 0');
  },

  'fork 12-1'() {
    sigprocmask(SIG_BLOCK, [SIGUSR1, SIGUSR2]);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR2);
    deepEqual(sorted(done(sigpending())), sorted([SIGUSR1, SIGUSR2]));
    equal(reap(inChild(() => deepEqual(sigpending(), []))), 'exited 0');
  },

  'fork 21-1'() {
    ok(readdirSync('/proc/self/task').length > 1);
    const child = inChild(() => equal(readdirSync('/proc/self/task').length, 1));
    equal(reap(child), 'exited 0');
  },

  'sigaction 2'() {
    for (const signo of SIGNALS) {
      const [first, second] = [(): void => {}, (): void => {}];
      const original = done(sigaction(signo, { handler: first, flags: SA_RESTART, mask: [SIGUSR1] }));
      deepEqual(sigaction(signo, second), { handler: first, flags: SA_RESTART, mask: [SIGUSR1] });
      deepEqual(sigaction(signo, original), { handler: second, flags: 0, mask: [] });
    }
  },

  'sigaction 3'() {
    for (const signo of SIGNALS) {
      let ran = 0;
      const handler = (): void => {
        ran += 1;
      };
      const original = done(sigaction(signo, handler));
      for (let i = 0; i < 2; ++i) deepEqual(sigaction(signo), { handler, flags: 0, mask: [] });
      raise(signo);
      equal(ran, 1);
      sigaction(signo, original);
    }
  },

  'sigaction 9-1'() {
    deepEqual(signalsOfChild(SA_NOCLDSTOP), [CLD_KILLED]);
  },

  'sigaction 10-1'() {
    equal(signalsOfChild(0)[0], CLD_STOPPED);
  },

  'sigaction 11-1'() {
    deepEqual(signalsOfChild(0), [CLD_STOPPED, CLD_CONTINUED, CLD_KILLED]);
  },

  'sigaction 16'() {
    for (const signo of SIGNALS) equal(interrupted(signo, SA_RESTART), 'restarted');
  },

  'sigaction 17'() {
    for (const signo of SIGNALS) equal(interrupted(signo, 0), 'EINTR');
  },

  'sigaction 22'() {
    for (const signo of SIGNALS) deepEqual(maskInHandler(signo, SA_NODEFER), []);
    deepEqual(maskInHandler(SIGUSR1, SA_NODEFER, [SIGUSR1]), [SIGUSR1]);
  },

  'sigaction 23'() {
    for (const signo of SIGNALS) deepEqual(maskInHandler(signo, 0), [signo]);
  },

  'sigaction 25'() {
    sigprocmask(SIG_SETMASK, [SIGHUP]);
    deepEqual(maskInHandler(SIGUSR1, 0, [SIGUSR2]), sorted([SIGHUP, SIGUSR1, SIGUSR2]));
    deepEqual(masked(), [SIGHUP]);
  },
});
