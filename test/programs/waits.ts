/** wait, execve, kill, alarm, sleep and the limits. */
import { chmodSync, openSync, rmSync, writeFileSync } from 'node:fs';
import * as posix from 'realfork';
import { signalName } from 'realfork';
import {
  _exit,
  alarm,
  close,
  dup,
  errno,
  errnoName,
  execve,
  getpid,
  getrlimit,
  kill,
  nanosleep,
  pause,
  RLIM_INFINITY,
  RLIMIT_CPU,
  RLIMIT_FSIZE,
  RLIMIT_NOFILE,
  raise,
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIG_SETMASK,
  SIGALRM,
  SIGCONT,
  SIGHUP,
  SIGINT,
  SIGKILL,
  SIGPROF,
  SIGQUIT,
  SIGSTOP,
  SIGSYS,
  SIGTERM,
  SIGUSR1,
  SIGUSR2,
  SIGVTALRM,
  SIGXCPU,
  setrlimit,
  sigaction,
  sigpending,
  sigprocmask,
  sigsuspend,
  sleep,
  WCONTINUED,
  WCOREDUMP,
  WEXITSTATUS,
  WIFCONTINUED,
  WIFEXITED,
  WIFSIGNALED,
  WIFSTOPPED,
  WNOHANG,
  WSTOPSIG,
  WTERMSIG,
  WUNTRACED,
  wait,
  waitpid,
  write,
} from 'realfork/c';
import { thrownBy } from '../support/errors';
import { untilBlocked, untilEnded } from '../support/proc';
import { inChild, reap, report, scenarios, Word } from '../support/scenarios';

/** "done", or the errno. */
function outcome(call: () => unknown): string {
  const result = call();
  const value = typeof result === 'object' && result !== null && 'pid' in result ? result.pid : result;
  return value === -1 ? errnoName(errno()) : 'done';
}

/** All that the macros say. */
function macros(status: number): object {
  return {
    ...(WIFEXITED(status) ? { exited: WEXITSTATUS(status) } : {}),
    ...(WIFSIGNALED(status) ? { killed: signalName(WTERMSIG(status)), core: WCOREDUMP(status) } : {}),
    ...(WIFSTOPPED(status) ? { stopped: signalName(WSTOPSIG(status)) } : {}),
    ...(WIFCONTINUED(status) ? { continued: true } : {}),
  };
}

const pauses = (): number =>
  inChild(() => {
    for (;;) pause();
  });

const NOBODY = 65534;
const NO_PROCESS = 2 ** 31 - 1;

scenarios({
  exitStatuses() {
    const wrong: unknown[] = [];
    for (let status = 0; status < 256; ++status) {
      const said = macros(waitpid(inChild(() => _exit(status))).status);
      if (JSON.stringify(said) !== JSON.stringify({ exited: status })) wrong.push([status, said]);
    }
    const beyond = [256, 257, -1].map((status) => macros(waitpid(inChild(() => _exit(status))).status));
    report({ wrong, beyond });
  },

  killed() {
    const signals = [SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGUSR2, SIGALRM, SIGTERM, SIGVTALRM, SIGPROF, SIGSYS, SIGXCPU];
    for (const signo of signals) {
      const child = pauses();
      untilBlocked(child);
      kill(child, signo);
      report(macros(waitpid(child).status));
    }
  },

  stoppedAndContinued() {
    const child = pauses();
    kill(child, SIGSTOP);
    report(macros(waitpid(child, WUNTRACED).status));
    kill(child, SIGCONT);
    report(macros(waitpid(child, WCONTINUED).status));
    kill(child, SIGKILL);
    report(macros(waitpid(child).status));
  },

  /** Which children waitpid is asked about. */
  which() {
    const child = pauses();
    report({ nohang: waitpid(-1, WNOHANG) });
    kill(child, SIGKILL);
    const own = getpid(); // the helper of the tests made this process the leader of a group
    report({ group: waitpid(-own).pid === child });
    const second = inChild(() => _exit(2));
    report({ ownGroup: waitpid(0).pid === second });
    const third = inChild(() => _exit(3));
    report({ wait: macros(wait().status), none: [outcome(wait), outcome(() => waitpid(third))] });
    report({ otherGroup: outcome(() => waitpid(-NO_PROCESS)), options: outcome(() => waitpid(-1, 0x4000)) });
    report(thrownBy(() => posix.waitpid(-1)));
  },

  execve(what = '') {
    const env = ['A=1', 'B=two words'];
    const script = 'echo "[\\"$0\\", \\"$1\\", \\"$A\\", \\"$B\\", \\"$HOME\\"]"';
    switch (what) {
      case 'here':
        execve('/bin/sh', ['name', '-c', script, 'zero', 'one'], env);
        break;
      case 'in a child':
        reap(inChild(() => execve('/bin/sh', ['name', '-c', script, 'zero', 'one'], env)));
        break;
      case "with this process's environment":
        process.env['A'] = 'from process.env';
        reap(inChild(() => posix.execve('/bin/sh', ['sh', '-c', 'echo "\\"$A\\""'])));
        break;
      case 'with an environment of names':
        reap(inChild(() => posix.execve('/bin/sh', ['sh', '-c', 'echo "\\"$A $B\\""'], { A: '1', B: undefined })));
        break;
      case 'same process': {
        const status = new Word();
        const child = inChild(() => execve('/bin/sh', ['sh', '-c', `echo $$ > /dev/fd/${status.writefd}`], []));
        reap(child);
        const buffer = Buffer.alloc(20);
        const length = posix.read(status.readfd, buffer);
        report({ samePid: Number(buffer.toString('utf8', 0, length)) === child });
        break;
      }
      case 'failing':
        writeFileSync('not-executable', '');
        chmodSync('not-executable', 0o644);
        report([
          outcome(() => execve('/does/not/exist', ['x'], [])),
          outcome(() => execve('./not-executable', ['x'], [])),
          outcome(() => execve('/bin/sh/below', ['x'], [])),
        ]);
        rmSync('not-executable');
        report(thrownBy(() => posix.execve('/does/not/exist', ['x'])));
    }
  },

  /** The program that execve starts reads what fork's child shares with its parent. */
  execveDescriptors() {
    const word = new Word();
    const child = inChild(() => execve('/bin/sh', ['sh', '-c', `echo inherited > /dev/fd/${word.writefd}`], []));
    report({ status: reap(child) });
    const buffer = Buffer.alloc(20);
    report(buffer.toString('utf8', 0, posix.read(word.readfd, buffer)).trim());
  },

  alarm() {
    const first = alarm(100);
    const left = alarm(100);
    reap(inChild(() => report({ inherited: alarm(0) })));
    report({ first, left: left > 0 && left <= 100 });
    let runs = 0;
    sigaction(SIGALRM, () => {
      runs += 1;
    });
    const before = sigprocmask(SIG_BLOCK, [SIGALRM]);
    if (before === -1) throw new Error('sigprocmask');
    alarm(1);
    report({ sigsuspend: outcome(() => sigsuspend(before)), runs, afterwards: alarm(0) });
    sigprocmask(SIG_SETMASK, before);
    /* Again and again: one that comes just before pause() is missed. */
    sigaction(SIGALRM, () => void alarm(1));
    alarm(1);
    report({ pause: outcome(pause) });
    sigaction(SIGALRM, SIG_IGN);
    alarm(0);
    sigaction(SIGALRM, SIG_DFL);
    const child = inChild(() => {
      alarm(1);
      pause();
    });
    report(reap(child));
  },

  /** What is left of a sleep that a handler cut short; nothing of one that was not. */
  sleeps() {
    const main = getpid();
    sigaction(SIGUSR1, () => {});
    const remaining = { tv_sec: -1, tv_nsec: -1 };
    const complete = nanosleep({ tv_sec: 0, tv_nsec: 1000 }, remaining);
    const untouched = { ...remaining };
    const helper = inChild(() => {
      untilBlocked(main);
      kill(main, SIGUSR1);
    });
    const interrupted = outcome(() => nanosleep({ tv_sec: 1000, tv_nsec: 5 }, remaining));
    reap(helper);
    report({
      ...{ complete, untouched, interrupted, sleep: sleep(0) },
      left: remaining.tv_sec > 900 && remaining.tv_sec <= 1000 && remaining.tv_nsec >= 0,
    });
  },

  /** kill and raise to this very process: handled when they return. */
  handledOnReturn() {
    const log: string[] = [];
    sigaction(SIGUSR1, () => {
      log.push('handler');
    });
    kill(getpid(), SIGUSR1);
    log.push('kill');
    raise(SIGUSR1);
    log.push('raise');
    report(log);
  },

  kill() {
    const child = pauses();
    report({ exists: outcome(() => kill(child, 0)) });
    kill(child, SIGKILL);
    untilEnded(child);
    report({ zombie: outcome(() => kill(child, 0)) });
    reap(child);
    report({ reaped: outcome(() => kill(child, 0)), noSignal: outcome(() => kill(getpid(), 9999)) });
    report({ raise: outcome(() => raise(9999)) });
    const other = inChild(() => {
      if (process.getuid?.() === 0) process.setuid?.(NOBODY);
      report({ others: outcome(() => kill(1, SIGTERM)) });
    });
    reap(other);
  },

  /** kill of the whole group: all children, and the sender. */
  killGroup() {
    let runs = 0;
    sigaction(SIGTERM, () => {
      runs += 1;
    });
    const children = [1, 2].map(() =>
      inChild(() => {
        sigaction(SIGTERM, SIG_DFL);
        for (;;) pause();
      }),
    );
    for (const child of children) untilBlocked(child);
    kill(0, SIGTERM);
    report({ children: children.map(reap), runs });
  },

  /** sigsuspend lets through what is blocked, and puts the mask back. */
  sigsuspend() {
    const log: string[] = [];
    sigprocmask(SIG_BLOCK, [SIGUSR1, SIGUSR2]);
    sigaction(SIGUSR1, () => {
      const mask = sigprocmask(SIG_BLOCK);
      log.push(`handler, blocked: ${mask === -1 ? '' : mask.map(signalName)}`);
    });
    kill(getpid(), SIGUSR1);
    const pending = sigpending();
    log.push(`pending: ${pending === -1 ? '' : pending.map(signalName)}`);
    log.push(`sigsuspend: ${outcome(() => sigsuspend([SIGUSR2, SIGTERM]))}`);
    const mask = sigprocmask(SIG_BLOCK);
    log.push(`blocked: ${mask === -1 ? '' : mask.map(signalName)}`);
    report(log);
  },

  limits() {
    const before = getrlimit(RLIMIT_NOFILE);
    if (before === -1) throw new Error('getrlimit');
    setrlimit(RLIMIT_NOFILE, { ...before, rlim_cur: 64 });
    const copies: number[] = [];
    const nofile = outcome(() => {
      for (;;) {
        const copy = dup(0);
        if (copy === -1) return copy;
        copies.push(copy);
      }
    });
    copies.forEach(close);
    report({ nofile });
    setrlimit(RLIMIT_NOFILE, before);
    const back = getrlimit(RLIMIT_NOFILE);
    report({ same: JSON.stringify(back) === JSON.stringify(before) });
    setrlimit(RLIMIT_CPU, { rlim_cur: 5000, rlim_max: RLIM_INFINITY });
    const cpu = getrlimit(RLIMIT_CPU);
    report(cpu === -1 ? 'failed' : [cpu.rlim_cur, cpu.rlim_max === Number.POSITIVE_INFINITY]);
    report([
      outcome(() => setrlimit(RLIMIT_CPU, { rlim_cur: 6000, rlim_max: 5000 })),
      outcome(() => setrlimit(9999, { rlim_cur: 1, rlim_max: 1 })),
      outcome(() => getrlimit(9999)),
    ]);
    reap(
      inChild(() => {
        setrlimit(RLIMIT_CPU, { rlim_cur: 5000, rlim_max: 5000 });
        if (process.getuid?.() === 0) process.setuid?.(NOBODY);
        report({ raised: outcome(() => setrlimit(RLIMIT_CPU, { rlim_cur: 5000, rlim_max: 6000 })) });
      }),
    );
  },

  /** A file at RLIMIT_FSIZE: Node ignores SIGXFSZ, so that write says why. */
  fileSize() {
    const limit = getrlimit(RLIMIT_FSIZE);
    if (limit === -1) throw new Error('getrlimit');
    setrlimit(RLIMIT_FSIZE, { ...limit, rlim_cur: 4 });
    const fd = openSync('file', 'w');
    report([write(fd, 'abcdef'), outcome(() => write(fd, 'ef'))]);
    rmSync('file');
  },
});
