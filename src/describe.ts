import { checkNumber } from './checked';
import { native } from './native';
import type { SocketAddress } from './types';

/** Calls, arguments and statuses in the words of their headers: "waitpid(-1, WNOHANG)", "exited 0". */

const { constants } = native;

function named(prefix: RegExp, except: readonly string[] = []): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [name, value] of Object.entries(constants)) {
    if (prefix.test(name) && !except.includes(name) && !names.has(value)) names.set(value, name);
  }
  return names;
}

const SIGNALS = named(/^SIG[A-Z0-9]+$/, ['SIGRTMIN', 'SIGRTMAX']);
const FAMILIES = named(/^AF_/);
const TYPES = named(/^SOCK_(STREAM|DGRAM|RAW|SEQPACKET)$/);
const SHUTDOWNS = named(/^SHUT_/);
const HOWS = named(/^SIG_(BLOCK|UNBLOCK|SETMASK)$/);
const SOCKET_OPTIONS = named(/^SO_/);
const RESOURCES = named(/^RLIMIT_/);
const ACTION_FLAGS = named(/^SA_/);
const POLL_EVENTS = named(/^POLL/, ['POLLRDNORM', 'POLLRDBAND', 'POLLWRNORM', 'POLLWRBAND']);
const FCNTL_COMMANDS = named(/^F_(GET|SET|DUP|OFD)/);
const LOCK_TYPES = named(/^F_(RDLCK|WRLCK|UNLCK)$/);
const CHILD_CODES = named(/^CLD_/);
const ID_TYPES = named(/^P_/);
const PRCTL_OPTIONS = named(/^PR_(SET|GET)_/);
const TIMERS = named(/^ITIMER_/);
const WAITID_OPTIONS = named(/^W(EXITED|STOPPED|CONTINUED|NOHANG|NOWAIT)$/);
const WAIT_OPTIONS = named(/^W(NOHANG|UNTRACED|CONTINUED)$/);

/** Characters of a value: a bigint may have any number of digits. */
const MOST_SHOWN = 64;

/** "SIGCHLD" for 17; "SIGRTMIN+3" for a real-time signal; "signal 99" for none. */
export function signalName(signo: number): string {
  checkNumber('signalName', 'sig', signo);
  const name = SIGNALS.get(signo);
  if (name !== undefined) return name;
  const lowest = constants['SIGRTMIN'] ?? Number.POSITIVE_INFINITY;
  const highest = constants['SIGRTMAX'] ?? Number.NEGATIVE_INFINITY;
  if (signo >= lowest && signo <= highest) return signo === lowest ? 'SIGRTMIN' : `SIGRTMIN+${signo - lowest}`;
  return `signal ${signo}`;
}

/** "SA_RESTART|SA_NOCLDWAIT", "WNOHANG", "0". */
function flagNames(known: ReadonlyMap<number, string>, flags: number): string {
  const names: string[] = [];
  let rest = flags;
  for (const [value, name] of known) {
    if (value === 0 || (rest & value) === 0) continue;
    names.push(name);
    rest &= ~value;
  }
  if (rest !== 0 || names.length === 0) names.push(String(rest));
  return names.join('|');
}

export function describeActionFlags(flags: number): string {
  return flagNames(ACTION_FLAGS, flags);
}

/** "127.0.0.1:9877", "[::1]:9877", "/tmp/socket". */
export function describeAddress(address: SocketAddress): string {
  if ('path' in address) return address.path === '' ? '(unnamed)' : String(address.path).replace('\0', '@');
  return address.family === constants['AF_INET6']
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}

/** "exited 0", "killed by SIGKILL", "killed by SIGSEGV (core dumped)", "stopped by SIGTSTP", "continued". */
export function describeStatus(status: number): string {
  if (native.WIFEXITED(status)) return `exited ${native.WEXITSTATUS(status)}`;
  if (native.WIFSIGNALED(status)) {
    const core = native.WCOREDUMP(status) ? ' (core dumped)' : '';
    return `killed by ${signalName(native.WTERMSIG(status))}${core}`;
  }
  if (native.WIFSTOPPED(status)) return `stopped by ${signalName(native.WSTOPSIG(status))}`;
  if (native.WIFCONTINUED(status)) return 'continued';
  return `status ${status}`;
}

type Describe = (value: unknown) => string;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isAddress(value: unknown): value is SocketAddress {
  return isRecord(value) && 'family' in value && ('path' in value || 'port' in value);
}

/** So much is shown of a value. It may have any number of elements (an array of length 2³² - 1), and contain itself. */
const SHOWN = { elements: 32, depth: 4 };

/** The first elements of an array, and a mark if there are more. */
function shown(array: readonly unknown[], describe: Describe, separator: string): string {
  const described: string[] = [];
  for (let i = 0; i < array.length && i < SHOWN.elements; ++i) described.push(describe(array[i]));
  if (array.length > SHOWN.elements) described.push('...');
  return described.join(separator);
}

function fields(record: Record<string, unknown>, describe: Describe): string {
  const described: string[] = [];
  for (const key in record) {
    if (described.length === SHOWN.elements) {
      described.push('...');
      break;
    }
    if (Object.hasOwn(record, key)) described.push(`${key}: ${describe(record[key])}`);
  }
  return described.join(', ');
}

/** Any value, short: bytes by their number, text in quotes, an address as people write it. */
const plain: Describe = (value) => plainTo(SHOWN.depth, value);

function plainTo(depth: number, value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (typeof value === 'string') return JSON.stringify(value.length > 32 ? `${value.slice(0, 29)}...` : value);
  if (typeof value === 'function') return 'handler';
  if (isAddress(value)) return describeAddress(value);
  const inside: Describe = (part) => plainTo(depth - 1, part);
  if (Array.isArray(value)) return depth === 0 ? '[...]' : `[${shown(value, inside, ', ')}]`;
  if (isRecord(value)) return depth === 0 ? '{...}' : `{${fields(value, inside)}}`;
  const text = String(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text;
}

const from =
  (names: ReadonlyMap<number, string>): Describe =>
  (value) =>
    (typeof value === 'number' ? names.get(value) : undefined) ?? plain(value);
const flags =
  (known: ReadonlyMap<number, string>): Describe =>
  (value) =>
    typeof value === 'number' ? flagNames(known, value) : plain(value);
const events = flags(POLL_EVENTS);
const signal: Describe = (value) => (typeof value === 'number' ? signalName(value) : plain(value));
const signals: Describe = (value) => (Array.isArray(value) ? `{${shown(value, signal, ' ')}}` : plain(value));
const level: Describe = (value) => (value === constants['SOL_SOCKET'] ? 'SOL_SOCKET' : plain(value));

const disposition: Describe = (value) => {
  if (typeof value === 'function') return 'handler';
  if (value === constants['SIG_DFL']) return 'SIG_DFL';
  if (value === constants['SIG_IGN']) return 'SIG_IGN';
  return 'another handler';
};
const action: Describe = (value) => {
  if (value === undefined) return 'NULL';
  if (!isRecord(value) || !('handler' in value)) return disposition(value);
  const { handler, flags: actionFlags, mask } = value;
  const blocked = Array.isArray(mask) && mask.length > 0 ? `, ${signals(mask)}` : '';
  return `${disposition(handler)}, ${describeActionFlags(Number(actionFlags ?? 0))}${blocked}`;
};

/** "[18 POLLIN → POLLIN|POLLHUP, 20 POLLOUT]" */
const pollSet: Describe = (value) => {
  if (!Array.isArray(value)) return plain(value);
  const request: Describe = (entry) => {
    if (!isRecord(entry)) return plain(entry);
    const asked = `${plain(entry['fd'])} ${events(entry['events'])}`;
    const { revents } = entry;
    return revents === undefined || revents === 0 ? asked : `${asked} → ${events(revents)}`;
  };
  return `[${shown(value, request, ', ')}]`;
};
/** "F_WRLCK 0+10"; "F_WRLCK 0+0 of 4711" */
const lock: Describe = (value) => {
  if (!isRecord(value) || !('l_type' in value)) return plain(value);
  const { l_type, l_start = 0, l_len = 0, l_pid } = value;
  const owner = l_pid === undefined || LOCK_TYPES.get(Number(l_type)) === 'F_UNLCK' ? '' : ` of ${plain(l_pid)}`;
  return `${from(LOCK_TYPES)(l_type)} ${plain(l_start)}+${plain(l_len)}${owner}`;
};

/** How each argument of a call reads, where a plain number would not say it. */
const ARGUMENTS: Readonly<Record<string, readonly Describe[]>> = {
  prctl: [from(PRCTL_OPTIONS)],
  pidfd_send_signal: [plain, signal],
  signalfd: [plain, signals],
  fcntl: [plain, from(FCNTL_COMMANDS), lock],
  poll: [pollSet],
  ppoll: [pollSet, plain, signals],
  kill: [plain, signal],
  raise: [signal],
  waitpid: [plain, flags(WAIT_OPTIONS)],
  wait3: [flags(WAIT_OPTIONS)],
  wait4: [plain, flags(WAIT_OPTIONS)],
  waitid: [from(ID_TYPES), plain, flags(WAITID_OPTIONS)],
  killpg: [plain, signal],
  sigqueue: [plain, signal],
  sigwait: [signals],
  sigwaitinfo: [signals],
  sigtimedwait: [signals],
  siginterrupt: [signal],
  signal: [signal, disposition],
  setitimer: [from(TIMERS)],
  getitimer: [from(TIMERS)],
  sigaction: [signal, action],
  sigprocmask: [from(HOWS), signals],
  sigsuspend: [signals],
  socket: [from(FAMILIES), from(TYPES)],
  socketpair: [from(FAMILIES), from(TYPES)],
  shutdown: [plain, from(SHUTDOWNS)],
  getsockopt: [plain, level, from(SOCKET_OPTIONS)],
  setsockopt: [plain, level, from(SOCKET_OPTIONS)],
  getrlimit: [from(RESOURCES)],
  setrlimit: [from(RESOURCES)],
};

/** read and write may be given fewer bytes than the buffer has: what counts is how many. */
function withCount(call: string, args: readonly unknown[]): readonly unknown[] {
  const [fd, buffer, count] = args;
  const isPart = (call === 'read' || call === 'write') && ArrayBuffer.isView(buffer) && typeof count === 'number';
  return isPart && count <= buffer.byteLength ? [fd, new Uint8Array(buffer.buffer, buffer.byteOffset, count)] : args;
}

/** What was left out at the end is not shown; sigaction's second argument is NULL then. */
function given(call: string, args: readonly unknown[]): readonly unknown[] {
  const last = args.findLastIndex((value) => value !== undefined);
  return call === 'sigaction' ? args : args.slice(0, last + 1);
}

/** The arguments of a call as one would write them: "-1, WNOHANG". */
export function describeArguments(call: string, args: readonly unknown[]): string {
  const describe = ARGUMENTS[call] ?? [];
  return withCount(call, given(call, args))
    .map((value, index) => (describe[index] ?? plain)(value))
    .join(', ');
}

/** "SIGUSR1 from 4711"; of waitid(2) "4713, CLD_EXITED 0", "0". */
function describeInfo(call: string, info: Record<string, unknown>): string {
  if (call !== 'waitid') return `${signal(info['signo'])} from ${plain(info['pid'])}`;
  if (info['pid'] === 0) return '0';
  const status = info['code'] === constants['CLD_EXITED'] ? plain(info['status']) : signal(info['status']);
  return `${plain(info['pid'])}, ${from(CHILD_CODES)(info['code'])} ${status}`;
}

/** The result of a call: "4713, exited 0", "127.0.0.1:9877", "[3, 4]". */
export function describeResult(call: string, result: unknown): string {
  if (isRecord(result) && 'signo' in result) return describeInfo(call, result);
  if (isRecord(result) && typeof result['pid'] === 'number' && typeof result['status'] === 'number') {
    return result['pid'] > 0 ? `${result['pid']}, ${describeStatus(result['status'])}` : String(result['pid']);
  }
  if (call === 'sigaction') return '0';
  if (call === 'poll' || call === 'ppoll') return pollSet(result);
  if (call === 'fcntl') return lock(result);
  if (call === 'sigprocmask' || call === 'sigpending') return signals(result);
  if (isRecord(result) && 'value' in result) return plain(result['value']);
  return plain(result);
}
