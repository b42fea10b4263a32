import { checkArray, checkNumber, checkText } from './checked';
import { describeArguments } from './describe';
import { native } from './native';

/** "EINTR" for 4 or -4; "E4711" for a number that has no name on this system. */
export function errnoName(errno: number): string {
  checkNumber('errnoName', 'errno', errno);
  const number = Math.abs(errno);
  return native.errnoNames[number] ?? `E${number}`;
}

/** "Interrupted system call" for 4. strerror(3). */
export function strerror(errno: number): string {
  checkNumber('strerror', 'errnum', errno);
  return native.strerror(Math.abs(errno));
}

const WHO_LISTENS = process.platform === 'freebsd' ? 'sockstat -l -p PORT' : 'ss -ltnp';

/** What to do about errors that people meet. By call and errno; "*" is for any call. */
const ADVICE: Readonly<Record<string, string>> = {
  'bind EADDRINUSE': `Another process listens there: stop it, or choose another port (${WHO_LISTENS} shows which)`,
  'bind EADDRNOTAVAIL': 'No interface of this machine has that address',
  'bind EACCES': 'Ports below 1024 are for root; choose a higher one',
  'connect ECONNREFUSED': 'Nothing listens there: is the server running, and on that port?',
  'fork EAGAIN': 'The limit on processes is reached (RLIMIT_NPROC, or the system): reap children, or raise it',
  '* EMFILE': 'This process has no descriptor left (RLIMIT_NOFILE): is connfd closed in the parent?',
  '* ENFILE': 'The whole system has no descriptor left',
  '* ENOSYS': 'This system has no such call: docs/api.md says which one it has in its place',
  'wait ECHILD': 'There is no child to wait for: none was forked, all are reaped, or SIGCHLD is ignored',
  'waitpid ECHILD': 'There is no such child to wait for: reaped already, or SIGCHLD is ignored or has SA_NOCLDWAIT',
};

/** "Another process listens there: …", where there is something to say. */
export function adviceFor(syscall: string, errno: number): string | undefined {
  const code = errnoName(errno);
  return ADVICE[`${syscall} ${code}`] ?? ADVICE[`* ${code}`];
}

/**
 * A system call that failed, in the form of Node's own system errors.
 * `code` "EINTR", `errno` -4 (negative, as everywhere in Node), `syscall` "accept".
 */
export class SyscallError extends Error {
  override readonly name = 'SyscallError';
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;

  /** @param advice what to do about it, where that is not what holds for this call and this error in general */
  constructor(syscall: string, errno: number, args: readonly unknown[] = [], advice = adviceFor(syscall, errno)) {
    checkText('SyscallError', 'syscall', syscall);
    checkNumber('SyscallError', 'errno', errno);
    checkArray('SyscallError', 'args', args);
    const code = errnoName(errno);
    const said = `${syscall}(${describeArguments(syscall, args)}): ${code}, ${strerror(errno)}`;
    super(advice === undefined ? said : `${said}. ${advice}`);
    this.code = code;
    this.errno = -Math.abs(errno);
    this.syscall = syscall;
  }
}
