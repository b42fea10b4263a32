/**
 * Lab 05, DELIBERATELY FAULTY: a version to diagnose, not to copy.
 *
 *     realfork run faulty.ts PORT SECONDS        for example 9877 5
 *
 * It outlives every signal. Connect, say nothing, and be given up after five seconds. Then again, with
 * `while kill -USR1 PID; do sleep 1; done` at the child that serves you. How long do you stay, and why?
 */
import {
  accept,
  Bind,
  Close,
  EAGAIN,
  EINTR,
  err_sys,
  errno,
  exit,
  Fork,
  LISTENQ,
  Listen,
  MAXLINE,
  POLLIN,
  poll,
  Read,
  SERV_PORT,
  Setsockopt,
  SIG_DFL,
  SIGCHLD,
  SIGTERM,
  SIGUSR1,
  Signal,
  SO_RCVTIMEO,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  sockaddr_in,
  WNOHANG,
  Writen,
  waitpid,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);
const seconds = Number(process.argv[3] ?? 30);

let isStopping = false;

/* Signal() sets SA_RESTART: UNP Figure 5.6. */
Signal(SIGCHLD, () => {
  while (waitpid(-1, WNOHANG).pid > 0);
});
Signal(SIGUSR1, () => console.error(`pid ${process.pid} is well`));
Signal(SIGTERM, () => {
  isStopping = true; /* noted here, done in the loop */
});

/** Whether the client says something within so many seconds. */
function isReadable(connfd: number): boolean {
  for (;;) {
    const ready = poll([{ fd: connfd, events: POLLIN }], seconds * 1000);
    if (ready !== -1) return ready.some(({ revents }) => revents !== 0);
    if (errno() !== EINTR) err_sys('poll error');
  }
}

/** Echoes, until the client has gone or has said nothing for so many seconds. */
function serve(connfd: number): void {
  const buffer = Buffer.alloc(MAXLINE);
  while (isReadable(connfd)) {
    const n = Read(connfd, buffer);
    if (n === 0) return;
    Writen(connfd, buffer.subarray(0, n));
  }
}

const address = sockaddr_in('127.0.0.1', port);
const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
/* accept fails with EAGAIN after so many seconds without a client: time for a look round. socket(7) */
Setsockopt(listenfd, SOL_SOCKET, SO_RCVTIMEO, { tv_sec: seconds, tv_usec: 0 });
Listen(listenfd, LISTENQ);
console.error(`pid ${process.pid}`);

while (!isStopping) {
  const connfd = accept(listenfd); /* blocks, for so many seconds */
  if (connfd === -1) {
    /* EINTR for all its SA_RESTART, as the socket has a time limit. signal(7) */
    if (errno() === EINTR || errno() === EAGAIN) continue;
    err_sys('accept error');
  }

  if (Fork() === 0) {
    Signal(SIGTERM, SIG_DFL); /* the loop that looks at isStopping is the parent's */
    Close(listenfd); /* child closes listening socket */
    serve(connfd); /* process the requests */
    exit(0); /* child terminates */
  }

  Close(connfd); /* parent closes connected socket */
}
exit(0);
