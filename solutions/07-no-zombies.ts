/**
 * Lab 07, a solution: the kernel throws the statuses away, for the server, and not for those who want them.
 *
 *     realfork run nozombies.ts PORT HOW        HOW: ignore or nocldwait
 */
import {
  Accept,
  Bind,
  Close,
  describeStatus,
  errno,
  exit,
  Fork,
  LISTENQ,
  Listen,
  Readline,
  SA_NOCLDWAIT,
  SERV_PORT,
  SIG_DFL,
  SIG_IGN,
  SIGCHLD,
  Sigaction,
  SOCK_STREAM,
  Socket,
  sockaddr_in,
  strerror,
  Writen,
  waitpid,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);
const how = process.argv[3] ?? 'ignore';

if (how === 'ignore') Sigaction(SIGCHLD, { handler: SIG_IGN });
else Sigaction(SIGCHLD, { handler: SIG_DFL, flags: SA_NOCLDWAIT });

/** Runs a child that exits with this status, and tells how it ended. */
function runAndWait(status: number): string {
  const pid = Fork();
  if (pid === 0) exit(status);
  const result = waitpid(pid);
  return result.pid === -1 ? `waitpid error: ${strerror(errno())}` : describeStatus(result.status);
}

/** For each line with a number: how a child that exits with it ended. */
function serve(connfd: number): void {
  for (let line = Readline(connfd); line !== ''; line = Readline(connfd)) {
    Writen(connfd, `${runAndWait(Number(line))}\n`);
  }
}

const address = sockaddr_in('127.0.0.1', port);
const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);
console.error(`pid ${process.pid}, SIGCHLD: ${how}`);

for (;;) {
  const connfd = Accept(listenfd); /* probably blocks */

  if (Fork() === 0) {
    Close(listenfd); /* child closes listening socket */
    Sigaction(SIGCHLD, { handler: SIG_DFL }); /* inherited from the server; this process waits for its children */
    serve(connfd); /* process the requests */
    exit(0); /* child terminates */
  }

  Close(connfd); /* parent closes connected socket */
}
