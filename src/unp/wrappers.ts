import { writeSync } from 'node:fs';
import { type C, createC } from '../c-convention';
import { checkBytes, checkNumber, checkText } from '../checked';
import { AF_INET, ECONNABORTED, EINTR, EPROTO, SA_RESTART, SIGALRM, STDERR_FILENO } from '../constants';
import { strerror } from '../errno';
import { exit as exitOfProcess } from '../fork/exit';
import type { Calls } from '../native';
import type {
  ByteView,
  ForkOptions,
  InetAddress,
  Linger,
  Message,
  MessageBuffers,
  OldSignalAction,
  PollRequest,
  PollResult,
  ReadyDescriptors,
  ReceivedFrom,
  ReceivedMessage,
  ReceivedQueueMessage,
  SemaphoreOperation,
  SignalAction,
  SignalHandler,
  SocketAddress,
  StandardDisposition,
  Timeval,
  WaitResult,
} from '../types';

/** unp.h: bytes of a text line at the most. */
export const MAXLINE = 4096;
/** unp.h: the backlog, "how many client connections the kernel will queue". */
export const LISTENQ = 1024;
/** unp.h: the port of the examples, "TCP and UDP". */
export const SERV_PORT = 9877;

/** unp.h: poll's timeout that never ends. */
export const INFTIM = -1;

/** What a wrapper does when its call fails: prints `<what>: <text of the error>` and ends the process. */
export type ErrSys = (what: string, errno: number) => never;

/** exit(3): runs what is to run at exit, then ends the process. */
export type Exit = (status: number) => never;

/**
 * Stevens' wrapper functions (UNP 1.4): a capital letter means "call it, and on failure print
 * `accept error: Interrupted system call` and exit with status 1". Beside them the calls in lower case,
 * as in C: -1 and errno().
 */
export interface Unp extends C {
  /** exit(3): the 'exit' listeners run, then the process ends. */
  exit: Exit;
  /** Prints `<what>: <text of errno()>` and exits with status 1. UNP D.3 */
  err_sys(what: string): never;
  /** Prints `what` and exits with status 1. UNP D.3 */
  err_quit(what: string): never;

  Fork(options?: ForkOptions): number;
  Wait(): WaitResult;
  Waitpid(pid: number, options?: number): WaitResult;
  /** sigaction(2), or death. */
  Sigaction(signum: number, action?: SignalAction): OldSignalAction;
  /**
   * Figure 5.6: installs a handler with an empty mask, and with SA_RESTART for every signal but SIGALRM.
   * @returns the old action's handler
   */
  Signal(signo: number, handler: SignalHandler | StandardDisposition): OldSignalAction['handler'];

  Sigprocmask(how: number, set?: readonly number[]): number[];
  Sigpending(): number[];

  Mmap(length: number, prot: number, flags: number, fd?: number, offset?: number): ArrayBuffer;
  Semget(key: number, nsems: number, semflg: number): number;
  Semop(semid: number, sops: readonly SemaphoreOperation[]): void;
  Semctl(semid: number, semnum: number, cmd: number, arg?: number): number;
  Msgget(key: number, msgflg: number): number;
  Msgctl(msqid: number, cmd: number): void;
  Msgsnd(msqid: number, mtype: number, mtext: ByteView | string, msgflg?: number): void;
  Msgrcv(msqid: number, buffer: ByteView, msgtyp?: number, msgflg?: number): ReceivedQueueMessage;

  Socket(family: number, type: number, protocol: number): number;
  Bind(fd: number, address: SocketAddress): void;
  /** The environment variable LISTENQ overrides `backlog` (Figure 4.9). */
  Listen(fd: number, backlog: number): void;
  /** Calls accept again after EPROTO and ECONNABORTED, where a client went while it was queued (UNP D, wrapsock.c). */
  Accept(listenfd: number): number;
  Connect(fd: number, address: SocketAddress): void;
  Shutdown(fd: number, how: number): void;
  Getsockname(fd: number): SocketAddress;
  Getpeername(fd: number): SocketAddress;
  Setsockopt(fd: number, level: number, option: number, value: number | boolean | Timeval | Linger): void;
  Socketpair(family: number, type: number, protocol: number): [number, number];

  Close(fd: number): void;
  Open(path: string, flags: number, mode?: number): number;
  Mkfifo(path: string, mode?: number): void;
  Recv(fd: number, buffer: ByteView, flags: number): number;
  /** All of it, or death. */
  Send(fd: number, data: ByteView | string, flags: number): void;
  Recvfrom(fd: number, buffer: ByteView, flags: number): ReceivedFrom;
  /** All of it, or death. */
  Sendto(fd: number, data: ByteView | string, flags: number, address: SocketAddress): void;
  Recvmsg(fd: number, message: MessageBuffers, flags: number): ReceivedMessage;
  Sendmsg(fd: number, message: Message, flags: number): void;
  Select(
    readfds: readonly number[],
    writefds: readonly number[],
    exceptfds: readonly number[],
    timeout: Timeval | null,
  ): ReadyDescriptors;
  Fcntl(fd: number, cmd: number, arg?: number): number;
  Poll(fds: readonly PollRequest[], timeout: number): PollResult[];
  Dup2(oldfd: number, newfd: number): number;
  Pipe(): [number, number];
  Read(fd: number, buffer: ByteView): number;
  Write(fd: number, data: ByteView | string): void;
  /** Figure 3.15: reads exactly `count` bytes, fewer only at the end of file; goes on after EINTR. @returns bytes read */
  Readn(fd: number, buffer: Uint8Array, count?: number): number;
  /** Figure 3.16: writes all of it; goes on after EINTR. */
  Writen(fd: number, data: Uint8Array | string): void;
  /**
   * Figure 3.18: reads one line, its newline included, of at most `maxlen` bytes; goes on after EINTR.
   * What was read past the line is kept for the next call on this descriptor, until Close.
   * @returns the line as text; '' at the end of file
   */
  Readline(fd: number, maxlen?: number): string;

  /** Figure 5.3: writes back what it reads, until the end of file; goes on after EINTR. */
  str_echo(sockfd: number): void;
  /** An AF_INET address, in one line. */
  sockaddr_in(address: string, port: number): InetAddress;
}

/** Over the real calls, or over others of the same shape: traced ones, or a test's script. */
export function createUnp(calls: Calls, exit: Exit = exitOfProcess): Unp {
  const c = createC(calls);
  /** What Readline has read past its line, by descriptor. */
  const readAhead = new Map<number, Buffer>();

  const err_quit = (what: string): never => {
    checkText('err_quit', 'what', what);
    writeSync(STDERR_FILENO, `${what}\n`);
    return exit(1);
  };
  const err_sys = (what: string): never => {
    checkText('err_sys', 'what', what);
    return err_quit(`${what}: ${strerror(c.errno())}`);
  };
  const orDie = <Result>(call: string, result: Result | -1): Result =>
    result === -1 ? err_sys(`${call} error`) : result;
  const reaped = (call: string, result: WaitResult): WaitResult =>
    result.pid === -1 ? err_sys(`${call} error`) : result;

  /** What was sent is all of `data`. */
  function whole(call: string, data: ByteView | string, sent: number): void {
    const length = typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
    if (orDie(call, sent) !== length) err_quit(`${call} error: partial write`);
  }

  /** read(2), again after EINTR. */
  function readOn(fd: number, buffer: Uint8Array): number {
    for (;;) {
      const n = c.read(fd, buffer);
      if (n >= 0 || c.errno() !== EINTR) return n;
    }
  }

  function Readn(fd: number, buffer: Uint8Array, count?: number): number {
    checkBytes('Readn', 'buffer', buffer);
    if (count !== undefined) checkNumber('Readn', 'count', count);
    const wanted = Math.min(count ?? Number.POSITIVE_INFINITY, buffer.byteLength); // 0 of one that is detached
    let done = 0;
    while (done < wanted) {
      const n = readOn(fd, buffer.subarray(done, wanted));
      if (n === -1) err_sys('readn error');
      if (n === 0) break; /* EOF */
      done += n;
    }
    return done;
  }

  /** The first `count` bytes of `data`, all of them. */
  function writeOn(fd: number, data: Uint8Array, count: number): void {
    let left = data;
    let bytes = count;
    while (bytes > 0) {
      const n = c.write(fd, left, bytes);
      if (n >= 0) {
        bytes -= n;
        if (bytes > 0) left = left.subarray(n);
      } else if (c.errno() !== EINTR) err_sys('writen error');
    }
  }

  function Writen(fd: number, data: Uint8Array | string): void {
    if (typeof data !== 'string') checkBytes('Writen', 'data', data);
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    writeOn(fd, bytes, bytes.byteLength);
  }

  function Readline(fd: number, maxlen = MAXLINE): string {
    checkNumber('Readline', 'maxlen', maxlen);
    let line = readAhead.get(fd) ?? Buffer.alloc(0);
    for (;;) {
      const newline = line.indexOf('\n');
      const end = newline === -1 ? Number.POSITIVE_INFINITY : newline + 1;
      if (Math.min(end, line.byteLength) >= maxlen || newline !== -1) {
        const length = Math.min(end, maxlen);
        readAhead.set(fd, line.subarray(length));
        return line.toString('utf8', 0, length);
      }
      const more = Buffer.allocUnsafe(MAXLINE);
      const n = readOn(fd, more);
      if (n === -1) err_sys('readline error');
      if (n === 0) {
        readAhead.delete(fd);
        return line.toString('utf8'); /* EOF: what there was of a last line without its newline */
      }
      line = Buffer.concat([line, more.subarray(0, n)]);
    }
  }

  function echo(sockfd: number, buf: Uint8Array): void {
    for (;;) {
      const n = readOn(sockfd, buf);
      if (n > 0) writeOn(sockfd, buf, n);
      else if (n === 0) return;
      else err_sys('str_echo: read error');
    }
  }

  /** A buffer that no str_echo uses at the moment. In C it is on the stack, and costs nothing; here children inherit it. */
  let spare: Uint8Array | undefined;

  function str_echo(sockfd: number): void {
    const buf = spare ?? Buffer.alloc(MAXLINE);
    spare = undefined;
    try {
      echo(sockfd, buf);
    } finally {
      spare = buf;
    }
  }

  function Accept(listenfd: number): number {
    for (;;) {
      const connfd = c.accept(listenfd);
      if (connfd !== -1) return connfd;
      if (c.errno() !== EPROTO && c.errno() !== ECONNABORTED) err_sys('accept error');
    }
  }

  const Sigaction = (signum: number, action?: SignalAction): OldSignalAction =>
    orDie('sigaction', c.sigaction(signum, action));

  return {
    ...c,
    exit,
    err_sys,
    err_quit,
    Fork: (...options) => orDie('fork', c.fork(...options)),
    Wait: () => reaped('wait', c.wait()),
    Waitpid: (pid, options) => reaped('waitpid', c.waitpid(pid, options)),
    Sigaction,
    Signal: (signo, handler) =>
      Sigaction(signo, { handler, mask: [], flags: signo === SIGALRM ? 0 : SA_RESTART }).handler,
    Sigprocmask: (how, set) => orDie('sigprocmask', c.sigprocmask(how, set)),
    Sigpending: () => orDie('sigpending', c.sigpending()),
    Mmap: (length, prot, flags, fd, offset) => orDie('mmap', c.mmap(length, prot, flags, fd, offset)),
    Semget: (key, nsems, semflg) => orDie('semget', c.semget(key, nsems, semflg)),
    Semop: (semid, sops) => void orDie('semop', c.semop(semid, sops)),
    Semctl: (semid, semnum, cmd, arg) => orDie('semctl', c.semctl(semid, semnum, cmd, arg)),
    Msgget: (key, msgflg) => orDie('msgget', c.msgget(key, msgflg)),
    Msgctl: (msqid, cmd) => void orDie('msgctl', c.msgctl(msqid, cmd)),
    Msgsnd: (msqid, mtype, mtext, msgflg) => void orDie('msgsnd', c.msgsnd(msqid, mtype, mtext, msgflg)),
    Msgrcv: (msqid, buffer, msgtyp, msgflg) => orDie('msgrcv', c.msgrcv(msqid, buffer, msgtyp, msgflg)),
    Socket: (family, type, protocol) => orDie('socket', c.socket(family, type, protocol)),
    Bind: (fd, address) => void orDie('bind', c.bind(fd, address)),
    Listen(fd, backlog) {
      const { LISTENQ: override } = process.env;
      orDie('listen', c.listen(fd, override === undefined ? backlog : Number(override)));
    },
    Accept,
    Connect: (fd, address) => void orDie('connect', c.connect(fd, address)),
    Shutdown: (fd, how) => void orDie('shutdown', c.shutdown(fd, how)),
    Getsockname: (fd) => orDie('getsockname', c.getsockname(fd)),
    Getpeername: (fd) => orDie('getpeername', c.getpeername(fd)),
    Setsockopt: (fd, level, option, value) =>
      void orDie('setsockopt', c.setsockopt(fd, level, option, value as number | boolean)),
    Socketpair: (family, type, protocol) => orDie('socketpair', c.socketpair(family, type, protocol)),
    Close(fd) {
      readAhead.delete(fd);
      orDie('close', c.close(fd));
    },
    Open: (path, flags, mode) => orDie('open', c.open(path, flags, mode)),
    Mkfifo: (path, mode) => void orDie('mkfifo', c.mkfifo(path, mode)),
    Recv: (fd, buffer, flags) => orDie('recv', c.recv(fd, buffer, flags)),
    Send: (fd, data, flags) => whole('send', data, c.send(fd, data, flags)),
    Recvfrom: (fd, buffer, flags) => orDie('recvfrom', c.recvfrom(fd, buffer, flags)),
    Sendto: (fd, data, flags, address) => whole('sendto', data, c.sendto(fd, data, flags, address)),
    Recvmsg: (fd, message, flags) => orDie('recvmsg', c.recvmsg(fd, message, flags)),
    Sendmsg: (fd, message, flags) => void orDie('sendmsg', c.sendmsg(fd, message, flags)),
    Select: (readfds, writefds, exceptfds, timeout) => orDie('select', c.select(readfds, writefds, exceptfds, timeout)),
    Fcntl: (fd, cmd, arg) => orDie('fcntl', c.fcntl(fd, cmd, arg)),
    Poll: (fds, timeout) => orDie('poll', c.poll(fds, timeout)),
    Dup2: (oldfd, newfd) => orDie('dup2', c.dup2(oldfd, newfd)),
    Pipe: () => orDie('pipe', c.pipe()),
    Read: (fd, buffer) => orDie('read', c.read(fd, buffer)),
    Write: (fd, data) => whole('write', data, c.write(fd, data)),
    Readn,
    Writen,
    Readline,
    str_echo,
    sockaddr_in: (address, port) => ({ family: AF_INET, address, port }),
  };
}
