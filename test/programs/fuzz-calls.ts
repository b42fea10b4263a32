/**
 * Calls of the package with arguments that nobody would give, in a process of its own: fuzz.ts starts it, and looks after it.
 *
 * Its arguments: the seed, the first call and the one after the last. What a call is depends on the seed and its number
 * alone. Each number goes to descriptor 3 before the call; what is wrong is a line of standard output.
 */
import { writeSync } from 'node:fs';
import * as realfork from 'realfork';
import {
  AF_UNIX,
  close,
  F_GETFD,
  fcntl,
  ITIMER_REAL,
  O_CREAT,
  O_RDWR,
  open,
  pipe,
  RLIMIT_CORE,
  RLIMIT_FSIZE,
  SIG_SETMASK,
  SIGALRM,
  SOCK_STREAM,
  setitimer,
  setrlimit,
  sigaction,
  sigprocmask,
  socketpair,
} from 'realfork';
import * as c from 'realfork/c';
import * as observe from 'realfork/observe';
import { calls as table } from '#src/calls.js';
import { describeArguments } from '#src/describe.js';
import { createUnp } from '#src/unp/wrappers.js';
import { errorFacts } from '../support/errors';
import { ODD, sequence } from '../support/odd-values';

/** They would end this process, leave it, signal others, start something, wait where no signal ends that, or keep something for ever. */
const EXCLUDED: ReadonlySet<string> = new Set([
  ...['fork', 'Fork', 'forkpty', 'forkWhenIdle', '_exit', 'exit', 'execve', 'execv', 'execvp', 'fexecve'],
  ...['posix_spawn', 'posix_spawnp', 'kill', 'killpg', 'sigqueue', 'raise', 'pidfd_send_signal'],
  ...['sigsuspend', 'sigwait', 'sigwaitinfo', 'sigtimedwait', 'alarm', 'setitimer', 'registerAtFork'],
  ...['setuid', 'seteuid', 'setgid', 'setegid', 'setreuid', 'setregid', 'setresuid', 'setresgid', 'setgroups'],
  ...['initgroups', 'setsid', 'setpgid', 'tcsetpgrp', 'login_tty', 'openpty', 'setrlimit', 'chdir', 'fchdir'],
  ...[
    'prctl',
    'procctl',
    'mmap',
    'Mmap',
    'semget',
    'Semget',
    'msgget',
    'Msgget',
    'semctl',
    'Semctl',
    'msgctl',
    'Msgctl',
  ],
  ...['semop', 'Semop', 'semtimedop', 'msgsnd', 'Msgsnd', 'msgrcv', 'Msgrcv', 'sleep', 'perror', 'SyscallError'],
  ...['Readn', 'Readline', 'Writen', 'str_echo'], // they go on after EINTR
]);

type AnyFunction = (...args: unknown[]) => unknown;

/** What exit is in a wrapper of Stevens': the process is to go on. */
class WouldExit extends Error {
  readonly code = 'WOULD_EXIT';
}

const unp = createUnp(table, () => {
  throw new WouldExit();
});

const FUNCTIONS: readonly (readonly [name: string, call: AnyFunction])[] = Object.entries({ realfork, c, unp, observe })
  .flatMap(([entry, names]) =>
    Object.entries(names).map(([name, value]: [string, unknown]) => [entry, name, value] as const),
  )
  .flatMap(([entry, name, value]) =>
    typeof value === 'function' && !EXCLUDED.has(name) ? [[`${entry}.${name}`, value as AnyFunction] as const] : [],
  );

/** Of the process: its standard descriptors, the one to fuzz.ts, and Node's own. */
const OWN = 64;
const isOwn = (value: unknown): boolean => typeof value === 'number' && value < OWN && value >= 0;

/** Calls in which a small number is no descriptor that is taken away. */
const onDescriptors = (name: string): boolean =>
  !/\.(errnoName|strerror|signalName|W[A-Z]+|get\w+|sig\w+|strsignal|wait\w*|describe\w+|findProcess|childrenOf|str2sig)$/.test(
    name,
  );

/** Descriptors of its own, high up, that a call may do with as it likes. */
class Descriptors {
  private all: number[] = [];

  /** Those that there are, made anew where a call has closed them. */
  get(): readonly number[] {
    const isOpen = (fd: number): boolean => {
      try {
        return fcntl(fd, F_GETFD) >= 0;
      } catch {
        return false;
      }
    };
    if (this.all.length > 0 && this.all.every(isOpen)) return this.all;
    for (const fd of this.all.filter(isOpen)) close(fd);
    const made = [...pipe(), ...socketpair(AF_UNIX, SOCK_STREAM), open('file', O_CREAT | O_RDWR)];
    this.all = made.map((fd, nth) => realfork.dup2(fd, OWN + 1 + nth));
    for (const fd of made) close(fd);
    return this.all;
  }
}

/** A call that waits is interrupted; what the one before has done to signals is undone. */
function interruptWhatWaits(): void {
  const tick = { tv_sec: 0, tv_usec: 2000 };
  sigprocmask(SIG_SETMASK, []);
  sigaction(SIGALRM, { handler: () => {}, flags: 0 });
  setitimer(ITIMER_REAL, { it_interval: tick, it_value: tick });
}

function shown(args: readonly unknown[]): string {
  try {
    return describeArguments('', args);
  } catch {
    return '?';
  }
}

const [seed = 0, from = 0, to = 0] = process.argv.slice(2).map(Number);
const descriptors = new Descriptors();

function judge(what: string, error: unknown): void {
  const { code, message } = errorFacts(error);
  if (typeof code === 'string' || message === 'of the proxy') return;
  writeSync(1, `${what}: ${String(message)}\n`);
}

function tryOne(nth: number): void {
  const next = sequence(seed + nth * 2_654_435_761);
  for (let i = 0; i < 3; ++i) next(2); // near seeds begin alike
  const drawn = FUNCTIONS[next(FUNCTIONS.length)];
  if (drawn === undefined) return;
  const [name, call] = drawn;
  const values = [...ODD, ...descriptors.get(), ...descriptors.get()];
  const args = Array.from({ length: next(6) }, () => values[next(values.length)]);
  if (onDescriptors(name) && args.some(isOwn)) return;
  interruptWhatWaits();
  writeSync(3, `${nth}\n`);
  const what = `call ${nth}, ${name}(${shown(args)})`;
  try {
    const result = call(...args);
    if (result instanceof Promise) result.catch((error: unknown) => judge(what, error));
  } catch (error) {
    judge(what, error);
  }
}

async function run(): Promise<void> {
  setrlimit(RLIMIT_CORE, { rlim_cur: 0, rlim_max: 0 });
  setrlimit(RLIMIT_FSIZE, { rlim_cur: 1 << 20, rlim_max: 1 << 20 });
  for (let nth = from; nth < to; ++nth) {
    tryOne(nth);
    if (nth % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
  }
  writeSync(3, `${to}\n`);
  process.exit(0); // whatever it was that they started
}

void run();
