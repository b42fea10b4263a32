import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { EACCES, ENOENT, EPERM, ESRCH } from '../../constants';
import { SyscallError } from '../../errno';

/** Reading /proc. proc(5) */

/** The process ended while it was looked at. */
export class Gone extends Error {}

/** The ticks in which /proc tells times: USER_HZ, the same on every machine that Node runs on. proc_pid_stat(5) */
export const TICKS_PER_SECOND = 100;

/** Whether this is Linux, and /proc is there, and that of this process's own PID namespace. */
export const hasProc = (): boolean => process.platform === 'linux' && existsSync('/proc/self/stat');

export const MOUNT_PROC = 'mount -t proc proc /proc';

/** @throws Error without it: no process would be seen, and each would seem to have ended */
export function mustHaveProc(): void {
  if (hasProc()) return;
  throw new Error(`processes are looked at by /proc, which is not there, or another PID namespace's: ${MOUNT_PROC}`);
}

/** Why the kernel refused: undefined if this user may not see it; throws Gone if it is not there any more, Error without /proc. */
export function ifAllowed(errno: number): undefined {
  switch (-Math.abs(errno)) {
    case -EACCES:
    case -EPERM:
      return undefined;
    case -ENOENT:
    case -ESRCH:
      mustHaveProc();
      throw new Gone();
    default:
      throw new SyscallError('observe', errno);
  }
}

function attempt<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    return ifAllowed(errno);
  }
}

/** The text of a file below /proc: "4711/stat". */
export function procText(path: string): string | undefined {
  return attempt(() => readFileSync(`/proc/${path}`, 'utf8'));
}

/** What a symbolic link below /proc says. */
export function procLink(path: string): string | undefined {
  return attempt(() => readlinkSync(`/proc/${path}`));
}

/** The entries of a directory below /proc whose names are numbers, in their order. */
export function procNumbers(path: string): number[] | undefined {
  return attempt(() => readdirSync(`/proc/${path}`))
    ?.map(Number)
    .filter((number) => !Number.isNaN(number))
    .sort((a, b) => a - b);
}

/** What `look` gives, or undefined if what it looks at has gone. */
export function ifStillThere<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Gone) return undefined;
    throw error;
  }
}
