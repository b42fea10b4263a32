import { join } from 'node:path';
import {
  AF_INET,
  AF_UNIX,
  F_GETFL,
  F_SETFL,
  F_SETLKW,
  F_WRLCK,
  IPC_PRIVATE,
  IPC_RMID,
  LOCK_EX,
  O_CREAT,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  P_ALL,
  POLLIN,
  SIGUSR2,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  WEXITED,
} from '../../constants';
import type { PollRequest, SocketAddress } from '../../types';
import type { Unp } from '../../unp/wrappers';

/** A call that blocks, and what ends it. */
interface Blocked {
  /** As the program is to make it: a negative result is a failure. */
  readonly call: (unp: Unp) => number;
  /** Run by a child, when it is told: then the call has something to give. */
  readonly release: (unp: Unp) => void;
  /** What is not the process's own, and would be left behind. */
  readonly remove?: (unp: Unp) => void;
}

/** What prepare() is given. */
export interface Bench {
  readonly unp: Unp;
  /** For what is no part of the story. */
  readonly untraced: Unp;
  /** For files: empty, and removed afterwards. */
  readonly directory: string;
}

export type Manual = 'goes on' | 'EINTR' | 'returns what is left';

export interface TableCall {
  /** What is in the table. */
  readonly title: string;
  /** The name that it is traced by. */
  readonly call: string;
  /** What signal(7) says, with SA_RESTART. */
  readonly manual: Manual;
  /** The systems on which there is such a call and it blocks; left out: all. */
  readonly only?: readonly NodeJS.Platform[];
  /** Before the fork. */
  readonly prepare: (bench: Bench) => Blocked;
}

const LONG_S = 60;
const long = { tv_sec: LONG_S, tv_nsec: 0 };
const byte = (): Buffer => Buffer.alloc(1);

/** -1 of a call that gives a struct. */
const failed = (result: object | number): number => (typeof result === 'number' ? result : 0);

function stream(unp: Unp): [here: number, there: number] {
  return unp.Socketpair(AF_UNIX, SOCK_STREAM, 0);
}

/** Writes until there is no more room. */
function fill({ fcntl, write }: Unp, fd: number): void {
  const chunk = Buffer.alloc(4096);
  const flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  while (write(fd, chunk) !== -1); /* EAGAIN */
  while (write(fd, chunk, 1) !== -1);
  fcntl(fd, F_SETFL, flags);
}

function listening(unp: Unp): [listenfd: number, address: SocketAddress] {
  const listenfd = unp.Socket(AF_INET, SOCK_STREAM, 0);
  unp.Bind(listenfd, unp.sockaddr_in('127.0.0.1', 0));
  unp.Listen(listenfd, 5);
  return [listenfd, unp.Getsockname(listenfd)];
}

/** A call that waits for a client. */
const accepting =
  (call: (unp: Unp, listenfd: number) => number, limit?: number) =>
  ({ unp }: Bench): Blocked => {
    const [listenfd, address] = listening(unp);
    if (limit !== undefined) unp.Setsockopt(listenfd, SOL_SOCKET, SO_RCVTIMEO, { tv_sec: limit, tv_usec: 0 });
    return {
      call: (own) => call(own, listenfd),
      release: (own) => own.Connect(own.Socket(AF_INET, SOCK_STREAM, 0), address),
    };
  };

/** A call that waits for a byte from the other end. */
const receiving =
  (call: (unp: Unp, fd: number) => number, limit?: number) =>
  ({ unp }: Bench): Blocked => {
    const [here, there] = stream(unp);
    if (limit !== undefined) unp.Setsockopt(here, SOL_SOCKET, SO_RCVTIMEO, { tv_sec: limit, tv_usec: 0 });
    return { call: (own) => call(own, here), release: (own) => own.Write(there, '!') };
  };

/** A call that waits for room at the other end. */
const sending =
  (call: (unp: Unp, fd: number) => number, limit?: number) =>
  ({ unp, untraced }: Bench): Blocked => {
    const [here, there] = stream(unp);
    fill(untraced, here);
    if (limit !== undefined) unp.Setsockopt(here, SOL_SOCKET, SO_SNDTIMEO, { tv_sec: limit, tv_usec: 0 });
    return { call: (own) => call(own, here), release: (own) => drain(own, there) };
  };

/** Reads all that is there. */
function drain({ fcntl, read }: Unp, fd: number): void {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  while (read(fd, Buffer.alloc(65_536)) > 0); /* EAGAIN */
}

/** A call that waits for a child, which ends when it is told. */
const waiting = (call: (unp: Unp) => number) => (): Blocked => ({ call, release: () => {} });

/** A call that waits for its time: nothing else ends it. */
const sleeping = (call: (unp: Unp) => number) => (): Blocked => ({ call, release: () => {} });

/** A call that waits for a lock that the parent of it all has, through another open file description. */
const locking =
  (lock: (unp: Unp, fd: number) => number) =>
  ({ unp, directory }: Bench): Blocked => {
    const path = join(directory, 'file');
    const fd = unp.open(path, O_RDWR | O_CREAT, 0o600);
    const [end, start] = unp.Pipe();
    if (unp.Fork() === 0) {
      const own = unp.open(path, O_RDWR);
      lock(unp, own);
      unp.Write(start, '!'); /* it has the lock */
      unp.Readline(0); /* until told */
      unp._exit(0);
    }
    unp.Read(end, byte());
    return { call: (own) => lock(own, fd), release: () => {} };
  };

const fifo = ({ unp, directory }: Bench): Blocked => {
  const path = join(directory, 'fifo');
  unp.mkfifo(path, 0o600);
  return { call: (own) => own.open(path, O_RDONLY), release: (own) => void own.open(path, O_WRONLY) };
};

const terminal = ({ unp }: Bench): Blocked => {
  const pty = unp.openpty();
  if (pty === -1) return unp.err_sys('openpty error');
  return { call: (own) => own.read(pty.slave, byte()), release: (own) => own.Write(pty.master, 'x\n') };
};

/** connect to a Unix socket whose queue is full. */
const connecting = ({ unp, directory }: Bench): Blocked => {
  const listenfd = unp.Socket(AF_UNIX, SOCK_STREAM, 0);
  const address = { family: AF_UNIX, path: join(directory, 'socket') };
  unp.Bind(listenfd, address);
  unp.Listen(listenfd, 0);
  unp.Connect(unp.Socket(AF_UNIX, SOCK_STREAM, 0), address);
  const sockfd = unp.Socket(AF_UNIX, SOCK_STREAM, 0);
  return { call: (own) => own.connect(sockfd, address), release: (own) => void own.Accept(listenfd) };
};

const datagram =
  (call: (unp: Unp, fd: number) => number) =>
  ({ unp }: Bench): Blocked => {
    const [here, there] = unp.Socketpair(AF_UNIX, SOCK_DGRAM, 0);
    return { call: (own) => call(own, here), release: (own) => own.Write(there, '!') };
  };

/** On a semaphore that is 0. */
const semaphore =
  (call: (unp: Unp, semid: number) => number) =>
  ({ unp }: Bench): Blocked => {
    const semid = unp.semget(IPC_PRIVATE, 1, 0o600);
    return {
      call: (own) => call(own, semid),
      release: (own) => void own.semop(semid, [{ sem_num: 0, sem_op: 1 }]),
      remove: (own) => void own.semctl(semid, 0, IPC_RMID),
    };
  };

/** On a queue without messages. */
const queue =
  (call: (unp: Unp, msqid: number) => number) =>
  ({ unp }: Bench): Blocked => {
    const msqid = unp.msgget(IPC_PRIVATE, 0o600);
    return {
      call: (own) => call(own, msqid),
      release: (own) => void own.msgsnd(msqid, 1, '!'),
      remove: (own) => void own.msgctl(msqid, IPC_RMID),
    };
  };

/** On a pipe, the end to read from and the end to write to. */
const pipeRead =
  (call: (unp: Unp, fd: number) => number) =>
  ({ unp }: Bench): Blocked => {
    const [end, start] = unp.Pipe();
    return { call: (own) => call(own, end), release: (own) => own.Write(start, '!') };
  };

const pipeWrite =
  (call: (unp: Unp, fd: number) => number) =>
  ({ unp, untraced }: Bench): Blocked => {
    const [end, start] = unp.Pipe();
    fill(untraced, start);
    return { call: (own) => call(own, start), release: (own) => drain(own, end) };
  };

const polling = (fd: number): PollRequest[] => [{ fd, events: POLLIN }];
const down = [{ sem_num: 0, sem_op: -1 }];
const restarts = { manual: 'goes on' } as const;
const never = { manual: 'EINTR' } as const;

const CALLS: readonly TableCall[] = [
  { title: 'read, pipe', call: 'read', ...restarts, prepare: pipeRead((c, fd) => c.read(fd, byte())) },
  { title: 'read, socket', call: 'read', ...restarts, prepare: receiving((c, fd) => c.read(fd, byte())) },
  { title: 'read, terminal', call: 'read', ...restarts, prepare: terminal },
  { title: 'readv, pipe', call: 'readv', ...restarts, prepare: pipeRead((c, fd) => c.readv(fd, [byte()])) },
  { title: 'write, pipe', call: 'write', ...restarts, prepare: pipeWrite((c, fd) => c.write(fd, '!')) },
  { title: 'write, socket', call: 'write', ...restarts, prepare: sending((c, fd) => c.write(fd, '!')) },
  { title: 'writev, pipe', call: 'writev', ...restarts, prepare: pipeWrite((c, fd) => c.writev(fd, ['!'])) },
  { title: 'open, FIFO', call: 'open', ...restarts, prepare: fifo },
  { title: 'accept', call: 'accept', ...restarts, prepare: accepting((c, fd) => c.accept(fd)) },
  { title: 'accept4', call: 'accept4', ...restarts, prepare: accepting((c, fd) => c.accept4(fd, 0)) },
  // On FreeBSD ECONNREFUSED at once. unix(4)
  { title: 'connect, Unix socket', call: 'connect', ...restarts, only: ['linux'], prepare: connecting },
  { title: 'recv', call: 'recv', ...restarts, prepare: receiving((c, fd) => c.recv(fd, byte())) },
  { title: 'recvfrom', call: 'recvfrom', ...restarts, prepare: datagram((c, fd) => failed(c.recvfrom(fd, byte()))) },
  {
    ...{ title: 'recvmsg', call: 'recvmsg', ...restarts },
    prepare: receiving((c, fd) => failed(c.recvmsg(fd, { msg_iov: [byte()] }))),
  },
  { title: 'send', call: 'send', ...restarts, prepare: sending((c, fd) => c.send(fd, '!')) },
  { title: 'sendmsg', call: 'sendmsg', ...restarts, prepare: sending((c, fd) => c.sendmsg(fd, { msg_iov: ['!'] })) },
  { title: 'wait', call: 'wait', ...restarts, prepare: waiting((c) => c.wait().pid) },
  { title: 'waitpid', call: 'waitpid', ...restarts, prepare: waiting((c) => c.waitpid(-1).pid) },
  { title: 'wait3', call: 'wait3', ...restarts, prepare: waiting((c) => c.wait3().pid) },
  { title: 'wait4', call: 'wait4', ...restarts, prepare: waiting((c) => c.wait4(-1).pid) },
  { title: 'waitid', call: 'waitid', ...restarts, prepare: waiting((c) => failed(c.waitid(P_ALL, 0, WEXITED))) },
  { title: 'flock', call: 'flock', ...restarts, prepare: locking((c, fd) => c.flock(fd, LOCK_EX)) },
  {
    ...{ title: 'fcntl, F_SETLKW', call: 'fcntl', ...restarts },
    prepare: locking((c, fd) => c.fcntl(fd, F_SETLKW, { l_type: F_WRLCK })),
  },
  {
    ...{ title: 'accept, SO_RCVTIMEO', call: 'accept', ...never },
    prepare: accepting((c, fd) => c.accept(fd), LONG_S),
  },
  {
    ...{ title: 'read, SO_RCVTIMEO', call: 'read', ...never },
    prepare: receiving((c, fd) => c.read(fd, byte()), LONG_S),
  },
  {
    ...{ title: 'recv, SO_RCVTIMEO', call: 'recv', ...never },
    prepare: receiving((c, fd) => c.recv(fd, byte()), LONG_S),
  },
  { title: 'send, SO_SNDTIMEO', call: 'send', ...never, prepare: sending((c, fd) => c.send(fd, '!'), LONG_S) },
  { title: 'poll', call: 'poll', ...never, prepare: pipeRead((c, fd) => failed(c.poll(polling(fd), -1))) },
  { title: 'ppoll', call: 'ppoll', ...never, prepare: pipeRead((c, fd) => failed(c.ppoll(polling(fd)))) },
  {
    ...{ title: 'select', call: 'select', ...never },
    prepare: pipeRead((c, fd) => failed(c.select([fd], [], []))),
  },
  {
    ...{ title: 'pselect', call: 'pselect', ...never },
    prepare: pipeRead((c, fd) => failed(c.pselect([fd], [], []))),
  },
  { title: 'pause', call: 'pause', ...never, prepare: sleeping((c) => c.pause()) },
  {
    title: 'sigsuspend',
    call: 'sigsuspend',
    ...never,
    prepare: sleeping((c) => c.sigsuspend([])),
  },
  {
    ...{ title: 'sigwaitinfo', call: 'sigwaitinfo', ...never },
    prepare: sleeping((c) => failed(c.sigwaitinfo([SIGUSR2]))),
  },
  {
    ...{ title: 'sigtimedwait', call: 'sigtimedwait', ...never },
    prepare: sleeping((c) => failed(c.sigtimedwait([SIGUSR2], long))),
  },
  {
    title: 'nanosleep',
    call: 'nanosleep',
    ...never,
    prepare: sleeping((c) => c.nanosleep(long)),
  },
  {
    ...{ title: 'sleep', call: 'sleep', manual: 'returns what is left' as const },
    prepare: sleeping((c) => c.sleep(LONG_S)),
  },
  { title: 'semop', call: 'semop', ...never, prepare: semaphore((c, id) => c.semop(id, down)) },
  {
    ...{ title: 'semtimedop', call: 'semtimedop', ...never, only: ['linux'] as const },
    prepare: semaphore((c, id) => c.semtimedop(id, down, long)),
  },
  { title: 'msgrcv', call: 'msgrcv', ...never, prepare: queue((c, id) => failed(c.msgrcv(id, byte()))) },
];

/** Every call of the package that can block for ever on this system. */
export const TABLE: readonly TableCall[] = CALLS.filter(({ only }) => only?.includes(process.platform) ?? true);
