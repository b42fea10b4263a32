/**
 * Lab 09, a solution: handlers that leave no trace where they have been.
 *
 *     realfork run hygiene.ts PORT LOG
 */
import {
  Accept,
  Bind,
  Close,
  EINTR,
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
  O_WRONLY,
  Open,
  Pipe,
  POLLIN,
  poll,
  read,
  SA_RESTART,
  SERV_PORT,
  SIG_DFL,
  SIGCHLD,
  SIGHUP,
  SIGTERM,
  SIGUSR1,
  Sigaction,
  SOCK_STREAM,
  Socket,
  setErrno,
  sockaddr_in,
  str_echo,
  WNOHANG,
  Writen,
  waitpid,
  write,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);
const log = Open(process.argv[3] ?? '/dev/stderr', O_WRONLY);

/** The children that have not been reaped. */
const children = new Set<number>();
let isStopping = false;

/** The self-pipe: what a handler writes makes poll return, now or when it is called. */
const [wakened, waker] = Pipe();
for (const fd of [wakened, waker]) Fcntl(fd, F_SETFL, Fcntl(fd, F_GETFL) | O_NONBLOCK);

/** Reaps. What it interrupts finds errno as it was. */
function sig_chld(): void {
  const saved = errno();
  for (let { pid } = waitpid(-1, WNOHANG); pid > 0; { pid } = waitpid(-1, WNOHANG)) {
    children.delete(pid);
    Writen(log, `ended ${pid}\n`);
  }
  setErrno(saved);
}

/** Reports: several lines, which belong together. */
function sig_usr1(): void {
  const saved = errno();
  Writen(log, `report: ${children.size} children\n`);
  for (const pid of children) Writen(log, `report: ${pid}\n`);
  Writen(log, 'report: end\n');
  setErrno(saved);
}

/** Notes, and wakes. A pipe that is full wakes as well. */
function sig_term(): void {
  const saved = errno();
  isStopping = true;
  write(waker, '!');
  setErrno(saved);
}

Sigaction(SIGCHLD, { handler: sig_chld, mask: [SIGUSR1], flags: SA_RESTART });
Sigaction(SIGUSR1, { handler: sig_usr1, mask: [SIGCHLD], flags: SA_RESTART });
Sigaction(SIGHUP, { handler: () => {}, flags: SA_RESTART });
Sigaction(SIGTERM, { handler: sig_term, flags: SA_RESTART });

const address = sockaddr_in('127.0.0.1', port);
const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);

while (!isStopping) {
  Writen(log, `waiting: ${children.size} children\n`);
  const ready = poll(
    [
      { fd: listenfd, events: POLLIN },
      { fd: wakened, events: POLLIN },
    ],
    -1,
  );
  if (ready === -1) {
    Writen(log, 'poll was interrupted\n');
    if (errno() === EINTR) continue;
    err_sys('poll error');
  }
  while (read(wakened, Buffer.alloc(64)) > 0); /* empties the pipe */
  if (ready[0]?.revents === 0) continue;

  const connfd = Accept(listenfd);
  const pid = Fork();
  if (pid === 0) {
    for (const signo of [SIGCHLD, SIGUSR1, SIGHUP, SIGTERM]) Sigaction(signo, { handler: SIG_DFL });
    for (const fd of [listenfd, wakened, waker, log]) Close(fd);
    str_echo(connfd); /* process the request */
    exit(0); /* child terminates */
  }
  children.add(pid);
  Close(connfd); /* parent closes connected socket */
}
Writen(log, 'stopped\n');
exit(0);
