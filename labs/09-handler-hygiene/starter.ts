/**
 * Lab 09: handler hygiene: errno, masks, what may be called, the self-pipe.
 *
 *     realfork run hygiene.ts PORT LOG        for example 9877 /dev/stderr
 *
 * An echo server with four signals: SIGCHLD reaps, SIGUSR1 reports, SIGHUP does nothing yet, SIGTERM stops it. It does well,
 * until a signal comes at a moment that nobody thought of. There are four such moments; the TODOs say where.
 */
import {
  Accept,
  Bind,
  Close,
  EINTR,
  err_sys,
  errno,
  exit,
  Fork,
  LISTENQ,
  Listen,
  O_WRONLY,
  Open,
  POLLIN,
  poll,
  SA_RESTART,
  SERV_PORT,
  SIGCHLD,
  SIGHUP,
  SIGTERM,
  SIGUSR1,
  Sigaction,
  SOCK_STREAM,
  Socket,
  sockaddr_in,
  str_echo,
  WNOHANG,
  Writen,
  waitpid,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);
const log = Open(process.argv[3] ?? '/dev/stderr', O_WRONLY);

/** The children that have not been reaped. */
const children = new Set<number>();
let isStopping = false;

/** Reaps. */
function sig_chld(): void {
  /* TODO 1: what does the last waitpid leave in errno, and who may be about to look at it? */
  for (let { pid } = waitpid(-1, WNOHANG); pid > 0; { pid } = waitpid(-1, WNOHANG)) {
    children.delete(pid);
    Writen(log, `ended ${pid}\n`);
  }
}

/** Reports: several lines, which belong together. */
function sig_usr1(): void {
  Writen(log, `report: ${children.size} children\n`);
  for (const pid of children) Writen(log, `report: ${pid}\n`);
  Writen(log, 'report: end\n');
}

/** Notes. */
function sig_term(): void {
  isStopping = true;
}

/* TODO 2: SIGCHLD in the midst of a report makes the report wrong. The mask of an action says who waits while its handler runs. */
Sigaction(SIGCHLD, { handler: sig_chld, mask: [], flags: SA_RESTART });
Sigaction(SIGUSR1, { handler: sig_usr1, mask: [], flags: SA_RESTART });
Sigaction(SIGHUP, { handler: () => {}, flags: SA_RESTART });
Sigaction(SIGTERM, { handler: sig_term, flags: SA_RESTART });

const address = sockaddr_in('127.0.0.1', port);
const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);

while (!isStopping) {
  Writen(log, `waiting: ${children.size} children\n`);
  /* TODO 3: SIGTERM that comes before poll, and after the look at isStopping, is lost. A pipe that sig_term writes to, and poll
     looks at too, keeps it: the self-pipe trick. Both its ends are to be non-blocking. */
  const ready = poll([{ fd: listenfd, events: POLLIN }], -1);
  if (ready === -1) {
    Writen(log, 'poll was interrupted\n');
    if (errno() === EINTR) continue;
    err_sys('poll error');
  }
  const connfd = Accept(listenfd);
  const pid = Fork();
  if (pid === 0) {
    /* TODO 4: handlers are inherited, and the pipe of TODO 3 is as well. What is SIGTERM to do to this process? */
    Close(listenfd); /* child closes listening socket */
    str_echo(connfd); /* process the request */
    exit(0); /* child terminates */
  }
  children.add(pid);
  Close(connfd); /* parent closes connected socket */
}
Writen(log, 'stopped\n');
exit(0);
