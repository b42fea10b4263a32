import { once } from 'node:events';
import { Socket } from 'node:net';
import {
  dup,
  EINTR,
  errno,
  read,
  SA_RESTART,
  SIG_BLOCK,
  SIG_DFL,
  SIG_UNBLOCK,
  SIGCHLD,
  SIGRTMIN,
  SIGUSR1,
  sigaction,
  sigprocmask,
  sigsuspend,
  WNOHANG,
  waitpid,
} from 'realfork/c';
import type { Seen } from './handler';
import { allocate, hotLoop } from './work';

/** Where the process is while the storm goes over it. */
export interface Receiver {
  readonly name: string;
  /** Of the action: SA_RESTART or none. */
  readonly flags: number;
  /** Until the sender has sent everything. Returns its report, and how often a call failed with EINTR. */
  readonly receive: (reportfd: number, sender: number, seen: Seen) => Promise<Received> | Received;
}

export interface Received {
  readonly report: Uint8Array;
  readonly eintr: number;
}

/** More than the report: read() gives what there is. */
const ROOM = 64;

/** Blocks in read() until there is something. */
function blockInRead(fd: number): Received {
  const buffer = new Uint8Array(ROOM);
  let eintr = 0;
  for (;;) {
    const n = read(fd, buffer);
    if (n >= 0) return { report: buffer.subarray(0, n), eintr };
    if (errno() !== EINTR) throw new Error(`read failed, errno ${errno()}`);
    eintr += 1;
  }
}

const inRead = (flags: number): Receiver['receive'] => {
  return (reportfd) => {
    const received = blockInRead(reportfd);
    if ((flags & SA_RESTART) !== 0 && received.eintr > 0) throw new Error('EINTR from read, for all SA_RESTART');
    return received;
  };
};

/** The handler waits for children as well: whichever of the two gets the sender. */
function inWaitpid(reportfd: number, sender: number, seen: Seen): Received {
  let eintr = 0;
  while (!seen.reaped.has(sender)) {
    const { pid, status } = waitpid(sender);
    if (pid === sender) seen.reaped.set(pid, status);
    else if (errno() === EINTR) eintr += 1;
  }
  return { ...blockInRead(reportfd), eintr };
}

/** The signals are blocked, but for the moments in sigsuspend. SIGCHLD among them: none is missed between the two. */
function inSigsuspend(reportfd: number, sender: number, seen: Seen): Received {
  const signals = [SIGUSR1, SIGRTMIN, SIGCHLD];
  const before = sigprocmask(SIG_BLOCK, signals);
  if (before === -1) throw new Error('sigprocmask failed');
  sigaction(SIGCHLD, () => {});
  let eintr = 0;
  for (;;) {
    const { pid, status } = waitpid(sender, WNOHANG);
    if (pid === sender) seen.reaped.set(pid, status);
    if (seen.reaped.has(sender)) break;
    sigsuspend(before);
    eintr += 1;
  }
  sigprocmask(SIG_UNBLOCK, signals);
  sigaction(SIGCHLD, SIG_DFL);
  return { ...blockInRead(reportfd), eintr };
}

/** Handlers wait while JavaScript runs, and run at the next call. */
function inJavaScript(reportfd: number, sender: number, seen: Seen): Received {
  while (!seen.reaped.has(sender)) {
    allocate(20);
    hotLoop(50_000);
    const { pid, status } = waitpid(sender, WNOHANG);
    if (pid === sender) seen.reaped.set(pid, status);
  }
  return blockInRead(reportfd);
}

/** Nothing but Node's event loop: handlers run when it turns. */
async function inEventLoop(reportfd: number): Promise<Received> {
  // The socket closes the descriptor that it is given.
  const socket = new Socket({ fd: dup(reportfd), readable: true, writable: false });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'close');
  return { report: Buffer.concat(chunks), eintr: 0 };
}

export const RECEIVERS: readonly Receiver[] = [
  { name: 'read, SA_RESTART', flags: SA_RESTART, receive: inRead(SA_RESTART) },
  { name: 'read', flags: 0, receive: inRead(0) },
  { name: 'waitpid, SA_RESTART', flags: SA_RESTART, receive: inWaitpid },
  { name: 'waitpid', flags: 0, receive: inWaitpid },
  { name: 'sigsuspend', flags: 0, receive: inSigsuspend },
  { name: 'JavaScript', flags: 0, receive: inJavaScript },
  { name: 'event loop', flags: SA_RESTART, receive: inEventLoop },
];
