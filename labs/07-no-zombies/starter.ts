/**
 * Lab 07: SIG_IGN and SA_NOCLDWAIT: no zombies, and the price.
 *
 *     realfork run nozombies.ts PORT HOW        for example 9877 ignore, or 9877 nocldwait
 *
 * A server whose children run commands, and tell how they ended: send it "7", and it answers "exited 7". Nobody waits for the
 * server's own children. The TODOs say what to do about them, and about what that does to the commands.
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
  SERV_PORT,
  SOCK_STREAM,
  Socket,
  sockaddr_in,
  strerror,
  Writen,
  waitpid,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);
const how = process.argv[3] ?? 'ignore';

/* TODO 1, where `how` is "ignore": SIGCHLD is ignored, and the kernel leaves no zombie. */
/* TODO 2, where it is "nocldwait": SIGCHLD has its default action, with a flag for the same. */

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
    /* TODO 3: when 1 and 2 are done, the answer is "waitpid error: No child processes". This process inherited something. */
    serve(connfd); /* process the requests */
    exit(0); /* child terminates */
  }

  Close(connfd); /* parent closes connected socket */
}
