import type { Calls } from '../native';
import type { Flock, FoundFlock, GetLockCommand, SetLockCommand } from '../types';
import type { Convention, OrMinusOne } from './convention';

/** fcntl(2), as C has it. */
export interface FileCalls {
  fcntl(fd: number, cmd: GetLockCommand, arg: Flock): OrMinusOne<FoundFlock>;
  fcntl(fd: number, cmd: SetLockCommand, arg: Flock): number;
  fcntl(fd: number, cmd: number, arg?: number): number;
}

export function fileCalls(calls: Calls, { failed }: Convention): FileCalls {
  function fcntl(fd: number, cmd: GetLockCommand, arg: Flock): OrMinusOne<FoundFlock>;
  function fcntl(fd: number, cmd: SetLockCommand, arg: Flock): number;
  function fcntl(fd: number, cmd: number, arg?: number): number;
  function fcntl(fd: number, cmd: number, arg?: number | Flock): number | FoundFlock {
    const result = calls.fcntl(fd, cmd, arg);
    return typeof result === 'number' && result < 0 ? failed(result) : result;
  }
  return { fcntl };
}
