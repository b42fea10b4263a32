/** Signals that are taken without a handler, that carry a number, and the C library's ways to set handlers. */
import {
  CLD_EXITED,
  errno,
  errnoName,
  getitimer,
  getpid,
  ITIMER_REAL,
  ITIMER_VIRTUAL,
  kill,
  killpg,
  pause,
  pipe,
  raise,
  read,
  SA_RESTART,
  SA_SIGINFO,
  SI_QUEUE,
  SI_USER,
  SIG_BLOCK,
  SIG_DFL,
  SIG_ERR,
  SIG_IGN,
  SIG_UNBLOCK,
  SIGALRM,
  SIGCHLD,
  SIGKILL,
  SIGRTMIN,
  SIGTERM,
  SIGUSR1,
  SIGUSR2,
  SIGVTALRM,
  type SignalInfo,
  setitimer,
  sigaction,
  siginterrupt,
  signal,
  signalName,
  sigpending,
  sigprocmask,
  sigqueue,
  sigtimedwait,
  sigwait,
  sigwaitinfo,
} from 'realfork/c';
import { untilBlocked } from '../support/proc';
import { inChild, reap, report, scenarios, Word } from '../support/scenarios';

function ok<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

const outcome = (result: unknown): unknown => (result === -1 ? errnoName(errno()) : result);
const NOW = { tv_sec: 0, tv_nsec: 0 };
const pending = (): string[] => ok(sigpending()).map(signalName);
const codes = new Map([
  [SI_USER, 'SI_USER'],
  [SI_QUEUE, 'SI_QUEUE'],
  [CLD_EXITED, 'CLD_EXITED'],
]);

function facts(info: SignalInfo | -1): unknown {
  if (info === -1) return errnoName(errno());
  const { signo, code, status, value } = info;
  return [signalName(signo), codes.get(code), status, value];
}

scenarios({
  taken() {
    let handled = 0;
    sigaction(SIGUSR1, () => {
      handled += 1;
    });
    sigprocmask(SIG_BLOCK, [SIGUSR1, SIGUSR2]);
    kill(getpid(), SIGUSR1);
    report([signalName(sigwait([SIGUSR1, SIGUSR2])), handled, pending()]);
    kill(getpid(), SIGUSR2);
    const info = ok(sigwaitinfo([SIGUSR2]));
    report([facts(info), info.pid === getpid(), info.uid === process.getuid?.()]);
    report([facts(sigtimedwait([SIGUSR1], NOW)), facts(sigtimedwait([SIGUSR1], { ...NOW, tv_nsec: 5e6 })), handled]);
  },

  comesMeanwhile() {
    sigprocmask(SIG_BLOCK, [SIGUSR1]);
    const main = getpid();
    const helper = inChild(() => {
      untilBlocked(main);
      kill(main, SIGUSR1);
    });
    const info = ok(sigwaitinfo([SIGUSR1]));
    report([facts(info), info.pid === helper]);
    reap(helper);
  },

  /** The handler of another signal runs: sigwaitinfo is ended by it, sigwait is not. */
  interrupted(call = '') {
    const notes: unknown[] = [];
    const main = getpid();
    sigprocmask(SIG_BLOCK, [SIGUSR2]);
    const handled = new Word();
    sigaction(SIGUSR1, {
      handler() {
        notes.push('handler');
        handled.send();
      },
      flags: SA_RESTART,
    });
    const helper = inChild(() => {
      untilBlocked(main);
      kill(main, SIGUSR1);
      handled.await();
      kill(main, SIGUSR2);
    });
    notes.push(call === 'sigwait' ? signalName(sigwait([SIGUSR2])) : facts(sigwaitinfo([SIGUSR2])));
    reap(helper);
    report(notes);
  },

  /** In a handler: the kernel has delivered the signal, and it waits for this handler to end. */
  recorded() {
    const notes: unknown[] = [];
    sigaction(SIGUSR2, () => void notes.push('handler of SIGUSR2'));
    sigaction(SIGUSR1, {
      handler() {
        notes.push(pending(), facts(sigtimedwait([SIGUSR2], NOW)), pending());
      },
      mask: [SIGUSR2],
    });
    process.kill(process.pid, 'SIGUSR2');
    process.kill(process.pid, 'SIGUSR1');
    raise(0);
    report(notes);
  },

  /** signal(7): real-time signals queue, and carry a number; the lowest goes first. */
  queued() {
    const got: unknown[] = [];
    const handler = (signo: number, { code, value, pid }: SignalInfo): void =>
      void got.push([signo - SIGRTMIN, codes.get(code), value, pid === getpid()]);
    sigprocmask(SIG_BLOCK, [SIGRTMIN, SIGRTMIN + 1]);
    for (const signo of [SIGRTMIN, SIGRTMIN + 1]) {
      /* Without the mask the second would come on top of the first. */
      sigaction(signo, { handler, flags: SA_SIGINFO, mask: [SIGRTMIN, SIGRTMIN + 1] });
    }
    sigqueue(getpid(), SIGRTMIN + 1, 3);
    for (const value of [1, -2, 2 ** 31 - 1]) sigqueue(getpid(), SIGRTMIN, value);
    report(facts(sigwaitinfo([SIGRTMIN])));
    sigprocmask(SIG_UNBLOCK, [SIGRTMIN, SIGRTMIN + 1]);
    report(got);
    report([outcome(sigqueue(getpid(), 4711, 0)), outcome(sigqueue(2 ** 22, 0, 0))]);
  },

  child() {
    sigprocmask(SIG_BLOCK, [SIGCHLD]);
    const child = inChild(() => process.exit(7));
    const info = ok(sigwaitinfo([SIGCHLD]));
    report([facts(info), info.pid === child, reap(child)]);
  },

  group() {
    sigaction(SIGTERM, SIG_IGN); /* this process is of its group too */
    report([killpg(0, SIGTERM), outcome(killpg(2 ** 22, 0))]);
    sigaction(SIGTERM, SIG_DFL);
  },

  /** signal(2) and siginterrupt(3) of the C library. */
  bsd() {
    const notes: string[] = [];
    const handler = (signo: number): void => void notes.push(signalName(signo));
    report([
      signal(SIGUSR2, handler) === SIG_DFL,
      signal(SIGUSR2, handler) === handler,
      signal(SIGKILL, handler) === SIG_ERR,
    ]);
    const flagsOf = (signo: number): boolean => (ok(sigaction(signo)).flags & SA_RESTART) !== 0;
    report([flagsOf(SIGUSR2), siginterrupt(SIGUSR2, true), flagsOf(SIGUSR2)]);
    signal(SIGUSR2, handler);
    report(flagsOf(SIGUSR2));
    const [readfd] = ok(pipe());
    const main = getpid();
    const helper = inChild(() => {
      untilBlocked(main, readfd);
      kill(main, SIGUSR2);
    });
    report([outcome(read(readfd, new Uint8Array(1))), notes]);
    reap(helper);
    report([
      siginterrupt(SIGUSR2, false),
      flagsOf(SIGUSR2),
      outcome(siginterrupt(SIGKILL, true)),
      outcome(siginterrupt(0, 1)),
    ]);
    raise(SIGUSR2);
    report(notes);
  },

  timers() {
    const off = { it_interval: { tv_sec: 0, tv_usec: 0 }, it_value: { tv_sec: 0, tv_usec: 0 } };
    report([getitimer(ITIMER_REAL), outcome(getitimer(4711))]);
    let alarms = 0;
    sigaction(SIGALRM, () => {
      alarms += 1;
    });
    ok(setitimer(ITIMER_REAL, { it_interval: { tv_sec: 0, tv_usec: 2000 }, it_value: { tv_sec: 0, tv_usec: 1000 } }));
    while (alarms < 5) pause();
    const before = ok(setitimer(ITIMER_REAL, off));
    report([before.it_interval, before.it_value.tv_sec, before.it_value.tv_usec <= 2000, getitimer(ITIMER_REAL)]);
    let virtual = 0;
    sigaction(SIGVTALRM, () => {
      virtual += 1;
    });
    ok(setitimer(ITIMER_VIRTUAL, { ...off, it_value: { tv_sec: 0, tv_usec: 1000 } }));
    while (virtual === 0) sigpending(); /* time goes by on the processor only; a call is where handlers run */
    report({ virtual, left: getitimer(ITIMER_VIRTUAL) });
  },
});
