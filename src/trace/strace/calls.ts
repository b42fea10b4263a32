import type { Effect, Outcome, SeenCall } from '../seen';
import type { CallBody, Result } from './line';
import { decorationOf, withoutDecoration } from './scan';
import { actionOf, addressWords, childWords, maskWords, plainWords, signalWord, statusWords } from './words';

/** Calls of the kernel, as programs know them: by its name on one architecture or another, and with their arguments. */

/** The names, where the kernel's is another than the C library's. */
const NAMES: Readonly<Record<string, string>> = {
  accept4: 'accept',
  rt_sigaction: 'sigaction',
  rt_sigprocmask: 'sigprocmask',
  rt_sigsuspend: 'sigsuspend',
  rt_sigpending: 'sigpending',
  rt_sigtimedwait: 'sigtimedwait',
  rt_sigtimedwait_time64: 'sigtimedwait',
  rt_sigqueueinfo: 'sigqueue',
  pselect6: 'pselect',
  pselect6_time64: 'pselect',
  ppoll_time64: 'ppoll',
  _newselect: 'select',
  clock_nanosleep_time64: 'clock_nanosleep',
  recvmmsg_time64: 'recvmmsg',
  fcntl64: 'fcntl',
  signalfd4: 'signalfd',
  epoll_pwait: 'epoll_wait',
  epoll_pwait2: 'epoll_wait',
};

/**
 * Names of calls that are shown where nobody asks for others, as the kernels of all architectures have them: of processes, signals,
 * sockets and descriptors. What maps memory, looks at files or locks between threads would hide them.
 */
export const SHOWN: readonly string[] = [
  ...['fork', 'vfork', 'clone', 'clone2', 'clone3', 'execve', 'execveat', 'exit', 'exit_group'],
  ...['wait4', 'waitid', 'waitpid', 'kill', 'tkill', 'tgkill', 'pidfd_open', 'pidfd_send_signal'],
  ...['setpgid', 'setsid', 'prctl'],
  ...['rt_sigaction', 'sigaction', 'signal', 'rt_sigprocmask', 'sigprocmask', 'rt_sigsuspend', 'sigsuspend'],
  ...['rt_sigpending', 'sigpending', 'rt_sigtimedwait', 'rt_sigtimedwait_time64', 'rt_sigqueueinfo'],
  ...['rt_tgsigqueueinfo', 'rt_sigreturn', 'sigreturn', 'signalfd', 'signalfd4'],
  ...['pause', 'alarm', 'setitimer', 'nanosleep', 'clock_nanosleep', 'clock_nanosleep_time64', 'restart_syscall'],
  ...['socket', 'socketpair', 'bind', 'listen', 'accept', 'accept4', 'connect', 'shutdown'],
  ...['setsockopt', 'getsockopt', 'getsockname', 'getpeername'],
  ...['send', 'sendto', 'sendmsg', 'sendmmsg', 'recv', 'recvfrom', 'recvmsg', 'recvmmsg', 'recvmmsg_time64'],
  ...['read', 'write', 'readv', 'writev', 'close', 'close_range', 'dup', 'dup2', 'dup3', 'pipe', 'pipe2'],
  ...['fcntl', 'fcntl64', 'flock', 'poll', 'ppoll', 'ppoll_time64', 'select', '_newselect', 'pselect6'],
  ...['pselect6_time64', 'epoll_wait', 'epoll_pwait', 'epoll_pwait2', 'semop', 'semtimedop', 'msgsnd', 'msgrcv'],
];

/** Calls that make a process or a thread, which may be seen before its maker's call returns. */
export const MAKING: ReadonlySet<string> = new Set(['fork', 'vfork', 'clone', 'clone2', 'clone3']);
/** sigreturn(2), by its name on older architectures and newer ones. */
export const LEAVES_HANDLER: ReadonlySet<string> = new Set(['rt_sigreturn', 'sigreturn']);
/** The kernel keeps these to itself: a program sees EINTR, or the call goes on. */
const INTERRUPTED: ReadonlySet<string> = new Set([
  'ERESTARTSYS',
  'ERESTARTNOINTR',
  'ERESTARTNOHAND',
  'ERESTART_RESTARTBLOCK',
]);

type Told = Pick<SeenCall, 'call' | 'args' | 'outcome' | 'effect' | 'continues'>;

function numberOf({ value }: Result): number | undefined {
  const number = Number(value);
  return value === undefined || !Number.isSafeInteger(number) ? undefined : number;
}

function outcomeOf(result: Result): Outcome {
  if (result.error !== undefined && INTERRUPTED.has(result.error)) return { kind: 'interrupted' };
  if (result.value === undefined) return { kind: 'none' };
  if (result.error !== undefined) return { kind: 'failed', errno: result.error };
  const value = numberOf(result);
  return { kind: 'returned', ...(value === undefined ? {} : { value }), shown: result.value };
}

/** The arguments, by their places. */
class Places {
  constructor(private readonly args: readonly string[]) {}

  raw(place: number): string {
    return this.args[place] ?? '';
  }

  /** Those that there are of some places, joined. */
  plain(...places: readonly number[]): string {
    return places
      .flatMap((place) => this.args[place] ?? [])
      .map(plainWords)
      .join(', ');
  }

  all(): string {
    return this.args.map(plainWords).join(', ');
  }

  get length(): number {
    return this.args.length;
  }

  named(name: string): string | undefined {
    return this.args.find((argument) => argument.startsWith(`${name}=`))?.slice(name.length + 1);
  }
}

/** What is special about a call: its arguments in words, what it shows where it succeeds, what it changes. */
interface Form {
  readonly call?: string;
  readonly args?: string;
  readonly returned?: { readonly value: number; readonly shown: string };
  readonly effect?: Effect | undefined;
}

type FormOf = (places: Places, result: Result, thread: number) => Form;

/** Bytes are told by their number. */
const transfer: FormOf = (places) => ({
  args: `${places.plain(0)}${places.length > 2 ? `, ${places.plain(2)} bytes` : ''}`,
});
const descriptorOnly: FormOf = (places) => ({ args: places.plain(0) });
const withAddress: FormOf = (places) => ({
  args: [places.plain(0), addressWords(places.raw(1)) ?? places.plain(1)].join(', '),
});

function named(places: Places, result: Result): Effect | undefined {
  const address = addressWords(places.raw(1));
  if (address === undefined || numberOf(result) !== 0) return undefined;
  return { kind: 'named', fd: withoutDecoration(places.raw(0)), address };
}

const withMask =
  (place: number): FormOf =>
  (places) => ({
    args: [...Array(place).keys()]
      .map((before) => places.plain(before))
      .concat(maskWords(places.raw(place)))
      .join(', '),
  });

/** A child, unless it shares its maker's process. */
function made(call: string, result: Result, flags: string): Form {
  const thread = numberOf(result);
  if (flags.includes('CLONE_THREAD')) {
    const form = { call: 'clone', args: 'CLONE_THREAD' };
    return thread === undefined ? form : { ...form, effect: { kind: 'made', thread, as: 'thread' } };
  }
  const isVfork = call === 'vfork' || flags.includes('CLONE_VFORK');
  const effect = thread === undefined || thread <= 0 ? undefined : ({ kind: 'made', thread, as: 'process' } as const);
  return { call: isVfork ? 'vfork' : 'fork', args: '', effect };
}

const WAITS_FOR_MORE = /WUNTRACED|WSTOPPED|WCONTINUED|WNOWAIT/;

const waited: FormOf = (places, result) => {
  const [pid, status, options, rusage] = [0, 1, 2, 3].map((place) => places.raw(place));
  const form = {
    call: rusage === undefined || rusage === '' || rusage === 'NULL' ? 'waitpid' : 'wait4',
    args: `${pid}, ${options}`,
  };
  const child = numberOf(result);
  if (child === undefined || child <= 0) return form;
  const told = statusWords(status ?? '');
  if (told !== undefined) return { ...form, returned: { value: child, shown: `${child}, ${told}` } };
  return WAITS_FOR_MORE.test(options ?? '') ? form : { ...form, effect: { kind: 'reaped', child } };
};

const exits: FormOf = (places) => ({ effect: { kind: 'exits', status: Number(places.raw(0)) & 0xff } });

const FORMS: Readonly<Record<string, FormOf>> = {
  fork: (_places, result) => made('fork', result, ''),
  vfork: (_places, result) => made('vfork', result, ''),
  clone: (places, result) => made('clone', result, places.named('flags') ?? places.raw(1)),
  clone2: (places, result) => made('clone', result, places.named('flags') ?? places.raw(1)),
  clone3: (places, result) => made('clone', result, places.raw(0)),
  wait4: waited,
  waitpid: waited,
  waitid: (places, result) => {
    const child = numberOf(result) === 0 ? childWords(places.raw(2)) : undefined;
    return {
      args: places.plain(0, 1, 3),
      ...(child === undefined ? {} : { returned: { value: child.pid, shown: child.shown } }),
    };
  },
  exit: exits,
  exit_group: exits,
  execve: (places, result) => ({
    args: places.plain(0, 1),
    effect: numberOf(result) === 0 ? { kind: 'exec' } : undefined,
  }),
  rt_sigaction: (places, result) => {
    const signal = signalWord(places.raw(0));
    const action = actionOf(places.raw(1));
    const isSet = action !== undefined && numberOf(result) === 0;
    return {
      args: `${signal}, ${action?.shown ?? 'NULL'}`,
      effect: isSet ? { kind: 'disposition', signal, handler: action.handler } : undefined,
    };
  },
  signal: (places, result) => {
    const [signal, handler] = [signalWord(places.raw(0)), places.raw(1)];
    const isHandler = !handler.startsWith('SIG_');
    // System V: the handler is for one signal. signal(2)
    const effect = { kind: 'disposition', signal, handler: isHandler ? 'once' : 'none' } as const;
    return {
      args: `${signal}, ${isHandler ? 'handler' : handler}`,
      effect: result.error === undefined ? effect : undefined,
    };
  },
  rt_sigprocmask: withMask(1),
  rt_sigsuspend: withMask(0),
  rt_sigtimedwait: withMask(0),
  rt_sigqueueinfo: (places) => ({ args: `${places.plain(0)}, ${signalWord(places.raw(1))}` }),
  kill: (places) => ({ args: `${places.plain(0)}, ${signalWord(places.raw(1))}` }),
  tkill: (places, _result, thread) =>
    Number(places.raw(0)) === thread ? { call: 'raise', args: signalWord(places.raw(1)) } : {},
  tgkill: (places, _result, thread) =>
    Number(places.raw(1)) === thread ? { call: 'raise', args: signalWord(places.raw(2)) } : {},
  socket: (places) => ({ args: places.all().replace(/, IPPROTO_IP$/, ', 0') }),
  setsockopt: (places) => ({ args: `${places.plain(0, 1, 2)}, ${places.plain(3).replace(/^\[(-?\d+)\]$/, '$1')}` }),
  bind: (places, result) => ({ ...withAddress(places, result, 0), effect: named(places, result) }),
  listen: (places, result) => ({
    effect: numberOf(result) === 0 ? { kind: 'listens', fd: withoutDecoration(places.raw(0)) } : undefined,
  }),
  connect: withAddress,
  accept: descriptorOnly,
  accept4: descriptorOnly,
  getsockname: (places, result) => ({ args: places.plain(0), effect: named(places, result) }),
  getpeername: descriptorOnly,
  ...{ read: transfer, write: transfer, pread64: transfer, pwrite64: transfer },
  ...{ recv: transfer, recvfrom: transfer, send: transfer, sendto: transfer },
  ...{ readv: descriptorOnly, writev: descriptorOnly, recvmsg: descriptorOnly, sendmsg: descriptorOnly },
  pipe: (places) => pipeForm(places),
  pipe2: (places) => pipeForm(places),
};

/** The same under their names of older architectures. */
const SAME: Readonly<Record<string, string>> = {
  sigaction: 'rt_sigaction',
  sigprocmask: 'rt_sigprocmask',
  sigsuspend: 'rt_sigsuspend',
  rt_sigtimedwait_time64: 'rt_sigtimedwait',
};

function pipeForm(places: Places): Form {
  return { args: places.plain(0, 1) };
}

/** A call that has ended, or whose process has. @param thread that has made it */
export function toldCall(
  { call: name, args, result }: Pick<CallBody, 'call' | 'args' | 'result'>,
  thread: number,
): Told {
  const places = new Places(args);
  const form = FORMS[SAME[name] ?? name]?.(places, result, thread) ?? {};
  const outcome = outcomeOf(result);
  const { effect } = form;
  return {
    call: form.call ?? NAMES[name] ?? name,
    args: form.args ?? places.all(),
    outcome: outcome.kind === 'returned' && form.returned !== undefined ? { ...outcome, ...form.returned } : outcome,
    ...(effect === undefined ? {} : { effect }),
    ...(name === 'restart_syscall' ? { continues: true as const } : {}),
  };
}

/** Calls that take a file for reading, and let it go. */
const READS: ReadonlySet<string> = new Set(['read', 'readv', 'pread64', 'close', 'fcntl', 'fcntl64']);
/** Of the standard descriptors all is told. */
const STANDARD = /^[012]</;

/**
 * True of the reading of a file, by what -y says of its descriptor: what a loader or an interpreter does with hundreds of files is no
 * part of a program's story with its children and its clients.
 */
export function isFileRead(call: string, args: readonly string[]): boolean {
  const [first = ''] = args;
  return READS.has(call) && !STANDARD.test(first) && /^\/(?!dev\/)/.test(decorationOf(first) ?? '');
}

/**
 * True of a call that asks what is, and changes nothing: of all sixty-four signals at the start of an interpreter, of each standard
 * descriptor.
 */
export function onlyAsks(call: string, args: readonly string[]): boolean {
  const name = NAMES[call] ?? call;
  const [, second = ''] = args;
  if (name === 'sigaction' || name === 'sigprocmask') return second === 'NULL';
  return name === 'fcntl' && /^F_GET(?:FD|FL)$/.test(second);
}
