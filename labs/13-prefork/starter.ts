/**
 * Lab 13: children that are there before the clients, and connections that are passed to them.
 *
 *     realfork run prefork.ts PORT CHILDREN        for example 9877 4
 *
 * The parent accepts, and sends each connected socket, as a descriptor, to a child that is free (SCM_RIGHTS). A child
 * serves one client after the other. So far the children are made and nothing is passed: what is yours is marked TODO.
 */
import {
  Accept,
  AF_UNIX,
  Bind,
  Close,
  exit,
  Fork,
  LISTENQ,
  Listen,
  Recvmsg,
  SERV_PORT,
  Setsockopt,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  Socketpair,
  sockaddr_in,
  str_echo,
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

const workers: Worker[] = [];

const listenfd = Socket(sockaddr_in('127.0.0.1', port).family, SOCK_STREAM, 0);
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
    /* TODO 3: tell the parent that this child is free again. */
  }
  return exit(0);
}

function makeWorker(): Worker {
  const [mine, theirs] = Socketpair(AF_UNIX, SOCK_STREAM, 0);
  const pid = Fork();
  if (pid === 0) {
    /* TODO 1: which descriptors has this child inherited that are not its own? All of them: think of the third child. */
    work(theirs);
  }
  Close(theirs);
  return { pid, fd: mine, busy: false };
}

while (workers.length < count) workers.push(makeWorker());

for (;;) {
  /* TODO 4: wait for both: a client, unless all are busy, and word of a child (poll). The end of file from a child means
     that it has ended: wait for it, and make another. */
  const connfd = Accept(listenfd);
  /* TODO 2: send connfd to a child that is free: Sendmsg with { cmsg_level: SOL_SOCKET, cmsg_type: SCM_RIGHTS,
     fds: [connfd] } as msg_control, and one byte as msg_iov. What is to become of connfd here? */
  Close(connfd);
  /* TODO 5: SIGTERM: listen no more, let the children finish, wait for them, and exit with status 0. */
}
