import { forkpty } from '../forkpty';
import type { Calls } from '../native';
import type { ForkedPty, Pty, WindowSize } from '../types';
import type { Convention, OrMinusOne } from './convention';

/** Sessions, process groups and terminals, as C has them. */
export interface SessionCalls {
  setsid(): number;
  getsid(pid?: number): number;
  setpgid(pid: number, pgid: number): number;
  getpgid(pid: number): number;
  getpgrp(): number;
  tcgetpgrp(fd: number): number;
  tcsetpgrp(fd: number, pgrp: number): number;
  openpty(winsize?: WindowSize): OrMinusOne<Pty>;
  login_tty(fd: number): number;
  forkpty(winsize?: WindowSize): OrMinusOne<ForkedPty>;
}

export function sessionCalls(calls: Calls, { number, struct }: Convention): SessionCalls {
  return {
    setsid: number(calls.setsid),
    getsid: number(calls.getsid),
    setpgid: number(calls.setpgid),
    getpgid: number(calls.getpgid),
    getpgrp: calls.getpgrp,
    tcgetpgrp: number(calls.tcgetpgrp),
    tcsetpgrp: number(calls.tcsetpgrp),
    openpty: struct(calls.openpty),
    login_tty: number(calls.login_tty),
    forkpty: struct((winsize?: WindowSize) => forkpty(calls, winsize)),
  };
}
