/**
 * Lab 10, reference solution: a limit on children (tcpserver's -c), a fork that fails, and accept without a descriptor left.
 *
 *     realfork run limits.ts PORT CHILDREN
 */
import {
  accept,
  Bind,
  Close,
  ECONNABORTED,
  EINTR,
  EMFILE,
  ENFILE,
  ENOBUFS,
  ENOMEM,
  EPROTO,
  err_sys,
  errno,
  exit,
  fork,
  LISTENQ,
  Listen,
  perror,
  ppoll,
  SERV_PORT,
  Setsockopt,
  SIG_BLOCK,
  SIG_SETMASK,
  SIGCHLD,
  Sigaction,
  Sigprocmask,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  sigsuspend,
  sockaddr_in,
  str_echo,
  WNOHANG,
  waitpid,
} from 'realfork/unp';

const EXHAUSTED: readonly number[] = [EMFILE, ENFILE, ENOBUFS, ENOMEM];
const PASSING: readonly number[] = [EINTR, ECONNABORTED, EPROTO];

const port = Number(process.argv[2] ?? SERV_PORT);
const limit = Number(process.argv[3] ?? 40);

/** Children that have not been reaped. */
let children = 0;

Sigaction(SIGCHLD, {
  handler: () => {
    while (waitpid(-1, WNOHANG).pid > 0) children -= 1;
  },
  flags: 0,
});

const listenfd = Socket(sockaddr_in('127.0.0.1', port).family, SOCK_STREAM, 0);
Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
Bind(listenfd, sockaddr_in('127.0.0.1', port));
Listen(listenfd, LISTENQ);

/**
 * At the limit: until a child has been reaped. SIGCHLD is blocked from the look at the count to sigsuspend, which lets it
 * in and sleeps in one step: a child that ends between the two is not missed.
 */
function waitForSlot(): void {
  const before = Sigprocmask(SIG_BLOCK, [SIGCHLD]);
  while (children >= limit) sigsuspend(before);
  Sigprocmask(SIG_SETMASK, before);
}

/** There may be room again in a moment, or once a child has ended: SIGCHLD ends this early, as ppoll is never restarted. */
function backOff(what: string): void {
  perror(what);
  ppoll([], { tv_sec: 0, tv_nsec: 100_000_000 });
}

for (;;) {
  waitForSlot();
  const connfd = accept(listenfd);
  if (connfd === -1) {
    if (EXHAUSTED.includes(errno())) backOff('accept'); /* the client stays in the queue */
    else if (!PASSING.includes(errno())) err_sys('accept error');
    continue;
  }

  children += 1; /* before fork: the child may end before fork returns here */
  const pid = fork();
  if (pid === 0) {
    Close(listenfd); /* child closes listening socket */
    str_echo(connfd); /* process the request */
    exit(0); /* child terminates */
  }
  Close(connfd); /* parent closes connected socket: without a child, this is the end of the connection */
  if (pid === -1) {
    children -= 1; /* nobody will be reaped for it */
    backOff('fork');
  }
}
