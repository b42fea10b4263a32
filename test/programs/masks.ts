/** The mask in force: in calls that have one of their own, and in programs that are started. */
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { signalName } from 'realfork';
import {
  _exit,
  AF_UNIX,
  dup2,
  execv,
  fork,
  getpid,
  ITIMER_REAL,
  kill,
  O_CREAT,
  O_TRUNC,
  O_WRONLY,
  POLLIN,
  posix_spawn,
  ppoll,
  pselect,
  SA_NODEFER,
  SA_RESETHAND,
  SA_RESTART,
  SIG_BLOCK,
  SIG_DFL,
  SIG_UNBLOCK,
  SIGALRM,
  SIGUSR1,
  SIGUSR2,
  SOCK_STREAM,
  STDOUT_FILENO,
  setitimer,
  sigaction,
  sigpending,
  sigprocmask,
  sigsuspend,
  socketpair,
} from 'realfork/c';
import { blocked, callFailed, names, ok } from '../support/c';
import { reap, report, scenarios } from '../support/scenarios';

const self = getpid();
/** Without a call of the package: it comes while JavaScript runs, and is recorded. */
const comes = (signal: NodeJS.Signals): void => void process.kill(self, signal);

/** Calls that wait under a mask of their own. Nothing but a signal ends them. */
const WAITS: Readonly<Record<string, (mask: readonly number[]) => unknown>> = {
  sigsuspend: (mask) => sigsuspend([...mask]),
  ppoll: (mask) => ppoll([], null, [...mask]),
  pselect: (mask) => pselect([], [], [], null, [...mask]),
};

/** Whether the event loop waits for the next timer: a few turns, where a loop that spins makes thousands. */
async function waitsInLoop(): Promise<boolean> {
  const turns = (): number => performance.nodeTiming.uvMetricsInfo.loopCount;
  const before = turns();
  await new Promise((resolve) => setTimeout(resolve, 100));
  return turns() - before < 10;
}

/** What a program says of its masks. */
const statusOf = (text: string, field: string): string[] => {
  const [, hex = '0'] = new RegExp(`^${field}:\\s*(\\S+)`, 'm').exec(text) ?? [];
  const mask = BigInt(`0x${hex}`);
  return Array.from({ length: 64 }, (_, i) => i + 1)
    .filter((signo) => ((mask >> BigInt(signo - 1)) & 1n) === 1n)
    .map(signalName);
};

function taken(file: string): string {
  const text = readFileSync(file, 'utf8');
  rmSync(file);
  return text;
}

function spawnAndRead(): string {
  const file = join(process.cwd(), 'status');
  const pid = posix_spawn('/bin/cat', ['cat', '/proc/self/status'], [], {
    fileActions: [{ open: file, to: STDOUT_FILENO, flags: O_WRONLY | O_CREAT | O_TRUNC }],
  });
  reap(pid);
  return taken(file);
}

scenarios({
  /** The handler that ends the call lets through a signal that its mask, or the program, blocks; it comes while JavaScript runs. */
  async letThrough(name = '', program = '') {
    const log: string[] = [];
    sigaction(SIGUSR1, () => log.push(`USR1 over ${blocked()}`));
    sigaction(SIGUSR2, () => {
      sigprocmask(SIG_UNBLOCK, [SIGUSR1]);
      comes('SIGUSR1');
      log.push('USR2 ends');
    });
    sigprocmask(SIG_BLOCK, program === 'blocks' ? [SIGUSR1, SIGUSR2] : [SIGUSR2]);
    kill(self, SIGUSR2);
    const result = callFailed(WAITS[name]?.([SIGUSR1]));
    const after = blocked();
    report({ result, log, after, pending: names(sigpending()), waits: await waitsInLoop() });
  },

  /** Two signals are pending; the handler of the first has the second in its mask, or not. */
  two(name = '', masks = '') {
    const log: string[] = [];
    sigaction(SIGUSR1, { handler: () => log.push('USR1'), mask: masks === 'masked' ? [SIGUSR2] : [] });
    sigaction(SIGUSR2, () => log.push('USR2'));
    sigprocmask(SIG_BLOCK, [SIGUSR1, SIGUSR2]);
    kill(self, SIGUSR1);
    kill(self, SIGUSR2);
    const result = callFailed(WAITS[name]?.([]));
    report({ result, log: log.sort(), after: blocked(), pending: names(sigpending()) });
  },

  /** A handler in whose call the next waits, three deep; each is let in by the call of the one before. */
  nested(name = '') {
    const log: string[] = [];
    const wait = WAITS[name] ?? sigsuspend;
    sigaction(SIGUSR1, () => {
      log.push('USR1 in');
      kill(self, SIGUSR2); // blocked, until the call
      log.push(callFailed(wait([SIGUSR1])), `USR1 out over ${blocked()}`);
    });
    sigaction(SIGUSR2, () => {
      log.push('USR2 in');
      comes('SIGALRM');
      log.push(`USR2 out over ${blocked()}`);
    });
    sigaction(SIGALRM, () => log.push(`ALRM over ${blocked()}`));
    sigprocmask(SIG_BLOCK, [SIGUSR1, SIGUSR2]);
    kill(self, SIGUSR1);
    log.push(callFailed(wait([SIGUSR2])));
    report({ log, after: blocked(), pending: names(sigpending()) });
  },

  /** SA_RESETHAND and SA_NODEFER on the handler that ends the call; it sends itself its own signal. */
  flags(name = '', flag = '') {
    let runs = 0;
    sigaction(SIGUSR1, {
      handler() {
        runs += 1;
        if (flag === 'SA_NODEFER' && runs < 3) comes('SIGUSR1');
      },
      flags: flag === 'SA_NODEFER' ? SA_NODEFER : SA_RESETHAND,
    });
    sigprocmask(SIG_BLOCK, [SIGUSR1]);
    kill(self, SIGUSR1);
    const result = callFailed(WAITS[name]?.([]));
    const action = ok(sigaction(SIGUSR1));
    report({ result, runs, isDefault: action.handler === SIG_DFL, after: blocked(), pending: names(sigpending()) });
  },

  /** A call with a mask of its own that has something ready: the mask afterwards is the program's. */
  ready() {
    const [mine, other] = ok(socketpair(AF_UNIX, SOCK_STREAM));
    closeSync(other);
    let runs = 0;
    sigaction(SIGUSR1, () => {
      runs += 1;
    });
    const ready = ok(ppoll([{ fd: mine, events: POLLIN }], null, [SIGUSR2]));
    comes('SIGUSR1');
    const selected = ok(pselect([mine], [], [], null, [SIGUSR2]));
    report({ ready: ready.length, selected: selected.readfds.length, runs, after: blocked() });
  },

  /** Programs started under a fast interval timer: which signals they begin with blocked. */
  spawned(times = '') {
    let ticks = 0;
    sigaction(SIGALRM, {
      handler: () => {
        ticks += 1;
      },
      flags: SA_RESTART,
    });
    sigprocmask(SIG_BLOCK, [SIGUSR2]);
    const every = { tv_sec: 0, tv_usec: 150 };
    setitimer(ITIMER_REAL, { it_interval: every, it_value: every });
    const seen = new Set<string>();
    for (let i = 0; i < Number(times); ++i) seen.add(String(statusOf(spawnAndRead(), 'SigBlk')));
    const never = { tv_sec: 0, tv_usec: 0 };
    setitimer(ITIMER_REAL, { it_interval: never, it_value: never });
    report({ seen: [...seen], ticked: ticks > 0 });
  },

  /** execv in a handler that blocks a signal which has come: it is blocked, and pending, in the new program. */
  executed() {
    const child = fork();
    if (child === 0) {
      const me = getpid();
      sigaction(SIGUSR2, () => {});
      sigaction(SIGUSR1, {
        handler() {
          const file = openSync(join(process.cwd(), 'status'), 'w');
          dup2(file, STDOUT_FILENO);
          execv('/bin/cat', ['cat', '/proc/self/status']);
          _exit(1);
        },
        mask: [SIGUSR2],
      });
      process.kill(me, 'SIGUSR1');
      process.kill(me, 'SIGUSR2');
      kill(me, 0);
      _exit(2);
    }
    const status = reap(child);
    const text = taken(join(process.cwd(), 'status'));
    report({ status, blocked: statusOf(text, 'SigBlk'), pending: statusOf(text, 'SigPnd') });
  },
});
