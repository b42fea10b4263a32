/**
 * A signal handler interrupts a blocked call: once for each call and each flag. The helper, a child, sends
 * the signal when the kernel says that this process is blocked, and lets the call complete after the handler has run.
 */
import { closeSync, constants, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import {
  AF_INET,
  AF_UNIX,
  accept,
  bind,
  connect,
  EAGAIN,
  ENXIO,
  errno,
  errnoName,
  F_SETLK,
  F_SETLKW,
  F_WRLCK,
  fcntl,
  flock,
  getpid,
  getsockname,
  IPC_NOWAIT,
  IPC_PRIVATE,
  IPC_RMID,
  kill,
  LOCK_EX,
  LOCK_UN,
  listen,
  mkfifo,
  msgctl,
  msgget,
  msgrcv,
  msgsnd,
  nanosleep,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  open,
  P_PID,
  POLLIN,
  type PollRequest,
  pause,
  poll,
  ppoll,
  pselect,
  read,
  readv,
  recv,
  recvfrom,
  recvmsg,
  SA_RESTART,
  SIGCONT,
  SIGSTOP,
  SIGUSR1,
  SIGUSR2,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  select,
  semctl,
  semget,
  semop,
  semtimedop,
  send,
  sendmsg,
  setsockopt,
  sigaction,
  sigsuspend,
  sigtimedwait,
  sigwaitinfo,
  sleep,
  socket,
  socketpair,
  WEXITED,
  wait4,
  waitid,
  waitpid,
  write,
  writev,
} from 'realfork/c';
import { isErrno } from '../support/errors';
import { until, untilBlocked, untilStopped } from '../support/proc';
import { inChild, reap, report, scenarios, Word } from '../support/scenarios';

interface Blocking {
  /** What the kernel shows as the call's first argument. */
  readonly firstArgument?: number;
  /** "completed", or the errno. */
  call(): string;
  /** Run by the helper: lets the call complete. */
  release?(): void;
}

function outcome(result: number): string {
  return result === -1 ? errnoName(errno()) : 'completed';
}

const LONG = { tv_sec: 60, tv_usec: 0 };

function listening(): number {
  const listenfd = socket(AF_INET, SOCK_STREAM);
  bind(listenfd, { family: AF_INET, address: '127.0.0.1', port: 0 });
  listen(listenfd, 5);
  return listenfd;
}

function acceptOn(listenfd: number): Blocking {
  return {
    firstArgument: listenfd,
    call: () => outcome(accept(listenfd)),
    release() {
      const address = getsockname(listenfd);
      if (address !== -1) connect(socket(AF_INET, SOCK_STREAM), address);
    },
  };
}

function pair(): [number, number] {
  const ends = socketpair(AF_UNIX, SOCK_STREAM);
  if (ends === -1) throw new Error(`socketpair: ${errnoName(errno())}`);
  return ends;
}

const readSome = (fd: number): number => read(fd, new Uint8Array(10));
const writeSome = (fd: number): number => write(fd, 'x');

function receiveOn([mine, other]: [number, number], receive = readSome): Blocking {
  return {
    firstArgument: mine,
    call: () => outcome(receive(mine)),
    release: () => void write(other, 'x'),
  };
}

/** Write to a socket until no more goes in. */
function filled([mine, other]: [number, number]): [number, number] {
  const block = new Uint8Array(4096);
  setsockopt(mine, SOL_SOCKET, SO_SNDTIMEO, { tv_sec: 0, tv_usec: 1000 });
  while (write(mine, block) > 0 || write(mine, 'x') > 0);
  if (errno() !== EAGAIN) throw new Error(`filling a socket: ${errnoName(errno())}`);
  setsockopt(mine, SOL_SOCKET, SO_SNDTIMEO, { tv_sec: 0, tv_usec: 0 });
  return [mine, other];
}

function sendOn([mine, other]: [number, number], sendSome = writeSome): Blocking {
  return {
    firstArgument: mine,
    call: () => outcome(sendSome(mine)),
    release() {
      setsockopt(other, SOL_SOCKET, SO_RCVTIMEO, { tv_sec: 0, tv_usec: 1000 });
      while (read(other, new Uint8Array(65536)) > 0);
    },
  };
}

/** Through a description of its own that does not block: that of the pipe stays as it is. */
function fillPipe(writefd: number): void {
  const nonblocking = openSync(`/proc/self/fd/${writefd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  for (const size of [4096, 1]) {
    try {
      for (;;) writeSync(nonblocking, new Uint8Array(size));
    } catch (error) {
      if (!isErrno(error, 'EAGAIN')) throw error;
    }
  }
  closeSync(nonblocking);
}

/** Nothing comes before the handler has run. */
function pollOn(wait: (set: PollRequest[]) => unknown): Blocking {
  const word = new Word();
  return {
    call: () => (wait([{ fd: word.readfd, events: POLLIN }]) === -1 ? errnoName(errno()) : 'completed'),
    release: () => word.send(),
  };
}

function selectOn(wait: (fds: number[]) => unknown): Blocking {
  const word = new Word();
  return {
    call: () => (wait([word.readfd]) === -1 ? errnoName(errno()) : 'completed'),
    release: () => word.send(),
  };
}

/** A file that a child has locked until it gets word; it is gone from its directory already. */
function lockedByAnother(): [fd: number, go: Word] {
  const fd = openSync('locked', 'w');
  unlinkSync('locked');
  const [go, done] = [new Word(), new Word()];
  inChild(() => {
    fcntl(fd, F_SETLK, { l_type: F_WRLCK });
    done.send();
    go.await();
  });
  done.await();
  return [fd, go];
}

const BLOCKING: Readonly<Record<string, () => Blocking>> = {
  accept: () => acceptOn(listening()),
  'accept with SO_RCVTIMEO'() {
    const listenfd = listening();
    setsockopt(listenfd, SOL_SOCKET, SO_RCVTIMEO, LONG);
    return acceptOn(listenfd);
  },
  'connect to a full queue'() {
    const path = `\0realfork-test-${getpid()}`;
    const listenfd = socket(AF_UNIX, SOCK_STREAM);
    bind(listenfd, { family: AF_UNIX, path });
    listen(listenfd, 0);
    while (connect(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK), { family: AF_UNIX, path }) === 0);
    if (errno() !== EAGAIN) throw new Error(`filling a queue: ${errnoName(errno())}`);
    const fd = socket(AF_UNIX, SOCK_STREAM);
    return {
      firstArgument: fd,
      call: () => outcome(connect(fd, { family: AF_UNIX, path })),
      release: () => void accept(listenfd),
    };
  },
  'read from a pipe'() {
    const word = new Word();
    return {
      firstArgument: word.readfd,
      call: () => outcome(read(word.readfd, new Uint8Array(1))),
      release: () => word.send(),
    };
  },
  'write to a full pipe'() {
    const { readfd, writefd } = new Word();
    fillPipe(writefd);
    return {
      firstArgument: writefd,
      call: () => outcome(write(writefd, 'x')),
      release: () => void readSync(readfd, new Uint8Array(65536)),
    };
  },
  'read from a socket': () => receiveOn(pair()),
  'read from a socket with SO_RCVTIMEO'() {
    const ends = pair();
    setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, LONG);
    return receiveOn(ends);
  },
  'write to a full socket': () => sendOn(filled(pair())),
  'write to a full socket with SO_SNDTIMEO'() {
    const ends = filled(pair());
    setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, LONG);
    return sendOn(ends);
  },
  waitpid() {
    const go = new Word();
    const child = inChild(() => go.await());
    return {
      firstArgument: child,
      call: () => outcome(waitpid(child).pid),
      release: () => go.send(),
    };
  },
  poll: () => pollOn((set) => poll(set, -1)),
  ppoll: () => pollOn((set) => ppoll(set)),
  'ppoll with a mask': () => pollOn((set) => ppoll(set, null, [])),
  'open of a FIFO'() {
    mkfifo('fifo');
    return {
      call() {
        const result = outcome(open('fifo', O_RDONLY));
        unlinkSync('fifo');
        return result;
      },
      /* Not the blocking way: after EINTR nobody reads, and the FIFO is gone. ENXIO: not yet, or not again. */
      release: () => until(() => open('fifo', O_WRONLY | O_NONBLOCK) !== -1 || errno() !== ENXIO),
    };
  },
  flock() {
    const fd = openSync('locked', 'w');
    const other = openSync('locked', 'w');
    unlinkSync('locked');
    flock(other, LOCK_EX);
    return { firstArgument: fd, call: () => outcome(flock(fd, LOCK_EX)), release: () => void flock(other, LOCK_UN) };
  },
  recv: () => receiveOn(pair(), (fd) => recv(fd, new Uint8Array(10))),
  recvfrom: () => receiveOn(pair(), (fd) => (recvfrom(fd, new Uint8Array(10)) === -1 ? -1 : 0)),
  recvmsg: () => receiveOn(pair(), (fd) => (recvmsg(fd, { msg_iov: [new Uint8Array(10)] }) === -1 ? -1 : 0)),
  readv: () => receiveOn(pair(), (fd) => readv(fd, [new Uint8Array(10)])),
  send: () => sendOn(filled(pair()), (fd) => send(fd, 'x')),
  sendmsg: () => sendOn(filled(pair()), (fd) => sendmsg(fd, { msg_iov: ['x'] })),
  writev: () => sendOn(filled(pair()), (fd) => writev(fd, ['x'])),
  select: () => selectOn((fds) => select(fds, [], [])),
  pselect: () => selectOn((fds) => pselect(fds, [], [])),
  'pselect with a mask': () => selectOn((fds) => pselect(fds, [], [], null, [])),
  'fcntl F_SETLKW'() {
    const [fd, locked] = lockedByAnother();
    return {
      firstArgument: fd,
      call: () => outcome(fcntl(fd, F_SETLKW, { l_type: F_WRLCK })),
      release: () => locked.send(),
    };
  },
  semop() {
    const id = semget(IPC_PRIVATE, 1, 0o600);
    return {
      firstArgument: id,
      call() {
        const result = outcome(semop(id, [{ sem_num: 0, sem_op: -1 }]));
        semctl(id, 0, IPC_RMID);
        return result;
      },
    };
  },
  semtimedop() {
    const id = semget(IPC_PRIVATE, 1, 0o600);
    return {
      firstArgument: id,
      call() {
        const result = outcome(semtimedop(id, [{ sem_num: 0, sem_op: -1 }], { tv_sec: 60, tv_nsec: 0 }));
        semctl(id, 0, IPC_RMID);
        return result;
      },
    };
  },
  msgrcv() {
    const id = msgget(IPC_PRIVATE, 0o600);
    return {
      firstArgument: id,
      call() {
        const result = outcome(msgrcv(id, new Uint8Array(1)) === -1 ? -1 : 0);
        msgctl(id, IPC_RMID);
        return result;
      },
    };
  },
  'msgsnd to a full queue'() {
    const id = msgget(IPC_PRIVATE, 0o600);
    while (msgsnd(id, 1, new Uint8Array(1024), IPC_NOWAIT) === 0);
    return {
      firstArgument: id,
      call() {
        const result = outcome(msgsnd(id, 1, new Uint8Array(1024)));
        msgctl(id, IPC_RMID);
        return result;
      },
    };
  },
  waitid() {
    const go = new Word();
    const child = inChild(() => go.await());
    return { call: () => outcome(waitid(P_PID, child, WEXITED) === -1 ? -1 : 0), release: () => go.send() };
  },
  wait4() {
    const go = new Word();
    const child = inChild(() => go.await());
    return { firstArgument: child, call: () => outcome(wait4(child).pid), release: () => go.send() };
  },
  sigwaitinfo: () => ({ call: () => outcome(sigwaitinfo([SIGUSR2]) === -1 ? -1 : 0) }),
  sigtimedwait: () => ({ call: () => outcome(sigtimedwait([SIGUSR2], { tv_sec: 60, tv_nsec: 0 }) === -1 ? -1 : 0) }),
  pause: () => ({ call: () => outcome(pause()) }),
  sigsuspend: () => ({ call: () => outcome(sigsuspend([])) }),
  nanosleep: () => ({ call: () => outcome(nanosleep({ tv_sec: 60, tv_nsec: 0 })) }),
  /** sleep(3) has no -1: it returns what is left. */
  sleep: () => ({ call: () => (sleep(60) > 0 ? 'time left' : 'completed') }),
};

function blocking(name: string): Blocking {
  const setUp = BLOCKING[name];
  if (setUp === undefined) throw new Error(`no call ${JSON.stringify(name)}`);
  return setUp();
}

scenarios({
  /** A handler with these flags, while the call is blocked. */
  handled(name = '', flags = '') {
    const { call, firstArgument, release } = blocking(name);
    const handled = new Word();
    let handlerRuns = 0;
    sigaction(SIGUSR1, {
      handler() {
        handlerRuns += 1;
        handled.send();
      },
      flags: flags === 'SA_RESTART' ? SA_RESTART : 0,
    });
    const main = getpid();
    const helper = inChild(() => {
      untilBlocked(main, firstArgument);
      kill(main, SIGUSR1);
      handled.await();
      release?.();
    });
    const result = call();
    reap(helper);
    while (waitpid(-1).pid > 0); /* the child that the call was about */
    report({ result, handlerRuns });
  },

  /** No handler at all: stopped and continued while the call is blocked. */
  stopped(name = '') {
    const { call, firstArgument, release } = blocking(name);
    const main = getpid();
    const helper = inChild(() => {
      untilBlocked(main, firstArgument);
      kill(main, SIGSTOP);
      untilStopped(main);
      kill(main, SIGCONT);
      release?.();
    });
    const result = call();
    reap(helper);
    report({ result });
  },
});
