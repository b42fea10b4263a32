/**
 * Lab 13, reference solution: children that are there before the clients; the parent accepts, and passes each connection
 * to a child that is free. UNP 30.9, with SIGTERM, and with children that are replaced.
 *
 *     realfork run prefork.ts PORT CHILDREN
 */
import {
  AF_UNIX,
  accept,
  Bind,
  Close,
  EAGAIN,
  ECONNABORTED,
  EINTR,
  EPROTO,
  err_sys,
  errno,
  exit,
  F_GETFL,
  F_SETFL,
  Fcntl,
  Fork,
  LISTENQ,
  Listen,
  O_NONBLOCK,
  POLLIN,
  ppoll,
  Recvmsg,
  read,
  SCM_RIGHTS,
  SERV_PORT,
  Setsockopt,
  SIG_BLOCK,
  SIG_DFL,
  SIG_SETMASK,
  SIGTERM,
  Sigaction,
  Sigprocmask,
  SO_REUSEADDR,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  Socketpair,
  sendmsg,
  sockaddr_in,
  str_echo,
  Waitpid,
  Writen,
} from 'realfork/unp';

/** A child, as its parent knows it. */
interface Worker {
  readonly pid: number;
  /** The parent's end of the socket between them. */
  readonly fd: number;
  busy: boolean;
}

const port = Number(process.argv[2] ?? SERV_PORT);
const count = Number(process.argv[3] ?? 4);

let workers: Worker[] = [];
let stopping = false;
const mask = Sigprocmask(SIG_BLOCK, [SIGTERM]); /* let in where ppoll sleeps, and nowhere else */
Sigaction(SIGTERM, {
  handler: () => {
    stopping = true;
  },
});

const listenfd = Socket(sockaddr_in('127.0.0.1', port).family, SOCK_STREAM | SOCK_NONBLOCK, 0);
Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
Bind(listenfd, sockaddr_in('127.0.0.1', port));
Listen(listenfd, LISTENQ);

/** The descriptor that has come; undefined when the parent has closed its end. */
function receive(fd: number): number | undefined {
  const { count: bytes, msg_control } = Recvmsg(fd, { msg_iov: [Buffer.alloc(1)], msg_controllen: 64 }, 0);
  const [message] = msg_control;
  return bytes > 0 && message !== undefined && 'fds' in message ? message.fds[0] : undefined;
}

/** In a child: one client after the other, until the parent is gone. */
function work(fd: number): never {
  for (let connfd = receive(fd); connfd !== undefined; connfd = receive(fd)) {
    str_echo(connfd);
    Close(connfd);
    Writen(fd, 'x'); /* free again */
  }
  return exit(0);
}

function makeWorker(): Worker {
  const [mine, theirs] = Socketpair(AF_UNIX, SOCK_STREAM, 0);
  const pid = Fork();
  if (pid === 0) {
    Sigaction(SIGTERM, { handler: SIG_DFL });
    Sigprocmask(SIG_SETMASK, mask);
    Close(listenfd);
    Close(mine);
    /* The parent's ends of the other children's sockets: as long as somebody has one, the end of file does not come. */
    for (const { fd } of workers) Close(fd);
    work(theirs);
  }
  Close(theirs);
  return { pid, fd: mine, busy: false };
}

/** It has ended: only then does the end of file come, as nobody else has its end. */
function replace(worker: Worker): void {
  Close(worker.fd);
  Waitpid(worker.pid);
  workers = workers.filter((other) => other !== worker);
  workers.push(makeWorker());
}

function hearFrom(worker: Worker): void {
  const n = read(worker.fd, Buffer.alloc(1));
  if (n > 0) worker.busy = false;
  else replace(worker); /* the end of file, or ECONNRESET: what it was sent was never read */
}

function pass(worker: Worker): void {
  const connfd = accept(listenfd);
  if (connfd === -1) {
    /* The client that ppoll has told of may be gone by now. UNP 16.6 */
    if (![EAGAIN, EINTR, ECONNABORTED, EPROTO].includes(errno())) err_sys('accept error');
    return;
  }
  Fcntl(connfd, F_SETFL, Fcntl(connfd, F_GETFL) & ~O_NONBLOCK); /* on BSD it has that from its listener */
  const rights = { cmsg_level: SOL_SOCKET, cmsg_type: SCM_RIGHTS, fds: [connfd] };
  const sent = sendmsg(worker.fd, { msg_iov: ['x'], msg_control: [rights] });
  Close(connfd); /* it is under way: in the queue of the socket it is open, too */
  if (sent === -1) replace(worker);
  else worker.busy = true;
}

while (workers.length < count) workers.push(makeWorker());

while (!stopping) {
  const isOneFree = workers.some(({ busy }) => !busy);
  /* With nobody free, the clients wait in the backlog. */
  const watched = [...workers.map(({ fd }) => fd), ...(isOneFree ? [listenfd] : [])];
  const ready = ppoll(
    watched.map((fd) => ({ fd, events: POLLIN })),
    null,
    mask,
  );
  if (ready === -1) {
    if (errno() !== EINTR) err_sys('ppoll error');
    continue;
  }
  const isReady = new Set(ready.filter(({ revents }) => revents !== 0).map(({ fd }) => fd));
  for (const worker of [...workers]) if (isReady.has(worker.fd)) hearFrom(worker);
  const free = workers.find(({ busy }) => !busy);
  if (isReady.has(listenfd) && free !== undefined) pass(free);
}

Close(listenfd);
for (const { fd } of workers) Close(fd); /* their end of file, when they are done with their clients */
for (const { pid } of workers) Waitpid(pid);
exit(0);
