import type { Calls } from '../native';
import type { Flock, FoundFlock, GetLockCommand, SetLockCommand } from '../types';
import type { Convention, OrMinusOne } from './convention';

/** Files and locks, as C has them. */
export interface FileCalls {
  open(path: string, flags: number, mode?: number): number;
  lseek(fd: number, offset: number, whence: number): number;
  flock(fd: number, operation: number): number;
  mkfifo(path: string, mode?: number): number;
  umask(mask: number): number;
  chdir(path: string): number;
  fchdir(fd: number): number;
  fcntl(fd: number, cmd: GetLockCommand, arg: Flock): OrMinusOne<FoundFlock>;
  fcntl(fd: number, cmd: SetLockCommand, arg: Flock): number;
  fcntl(fd: number, cmd: number, arg?: number): number;
}

export function fileCalls(calls: Calls, { failed, number }: Convention): FileCalls {
  function fcntl(fd: number, cmd: GetLockCommand, arg: Flock): OrMinusOne<FoundFlock>;
  function fcntl(fd: number, cmd: SetLockCommand, arg: Flock): number;
  function fcntl(fd: number, cmd: number, arg?: number): number;
  function fcntl(fd: number, cmd: number, arg?: number | Flock): number | FoundFlock {
    const result = calls.fcntl(fd, cmd, arg);
    return typeof result === 'number' && result < 0 ? failed(result) : result;
  }
  return {
    open: number(calls.open),
    lseek: number(calls.lseek),
    flock: number(calls.flock),
    mkfifo: number(calls.mkfifo),
    umask: calls.umask,
    chdir: number(calls.chdir),
    fchdir: number(calls.fchdir),
    fcntl,
  };
}
