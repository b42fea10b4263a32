/**
 * Lab 05: SA_RESTART, and where it does not help.
 *
 *     realfork run restart.ts PORT SECONDS        for example 9877 30
 *
 * An echo server with SA_RESTART on every handler. It looks round when nobody has connected for so many seconds, and gives up a
 * client that has said nothing for as long. Every other signal ends a process of it all the same; SIGTERM ends none. The
 * TODOs say where.
 */
import {
  Accept,
  Bind,
  Close,
  exit,
  Fork,
  LISTENQ,
  Listen,
  MAXLINE,
  POLLIN,
  Poll,
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
  isStopping = true; /* noted here, to be done in the loop */
});

/** Whether the client says something within so many seconds, whatever signals come meanwhile. */
function isReadable(connfd: number): boolean {
  /* TODO 2: poll is never restarted, and Poll dies of EINTR. Call poll again, for the time that is left: else a client to which
     signals come stays for ever. performance.now() is a clock that nobody sets back. */
  const ready = Poll([{ fd: connfd, events: POLLIN }], seconds * 1000);
  return ready.some(({ revents }) => revents !== 0);
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

for (;;) {
  /* TODO 1: SIGCHLD has SA_RESTART, and Accept dies of EINTR: why? And of EAGAIN, which is no more than its time limit. Also, a
     process that was stopped and goes on (SIGSTOP, SIGCONT) finds EINTR without any handler. */
  const connfd = Accept(listenfd); /* blocks, for so many seconds */

  /* TODO 3: the server is to end with status 0 at SIGTERM, at once, though it is blocked in accept. Who looks at what the
     handler has noted, and when? */
  if (isStopping) console.error('SIGTERM has come, and nobody cares');

  if (Fork() === 0) {
    Signal(SIGTERM, SIG_DFL); /* the loop that looks at isStopping is the parent's */
    Close(listenfd); /* child closes listening socket */
    serve(connfd); /* process the requests */
    exit(0); /* child terminates */
  }

  Close(connfd); /* parent closes connected socket */
}
