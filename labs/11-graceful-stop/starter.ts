/**
 * Lab 11: stop without losing anybody, and read the configuration again without stopping.
 *
 *     realfork run graceful.ts PORT CONFIGURATION        for example 9877 server.json
 *
 * The configuration is a file of JSON, { "greeting": "Welcome." }. Each client is greeted with that line, and echoed to.
 * The server has a child for each client. What is missing is marked TODO: so far SIGHUP and SIGTERM kill it.
 */
import { readFileSync } from 'node:fs';
import {
  Accept,
  Bind,
  Close,
  exit,
  Fork,
  LISTENQ,
  Listen,
  SA_RESTART,
  SERV_PORT,
  Setsockopt,
  SIG_DFL,
  SIGCHLD,
  SIGHUP,
  SIGTERM,
  Sigaction,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  sockaddr_in,
  str_echo,
  WNOHANG,
  Writen,
  waitpid,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);
const path = process.argv[3] ?? 'server.json';

/** The greeting that the configuration names. Throws if there is no such file, it is not JSON, or names none. */
function readGreeting(): string {
  const { greeting } = JSON.parse(readFileSync(path, 'utf8')) as { greeting?: unknown };
  if (typeof greeting !== 'string') throw new Error(`${path}: there is no "greeting" in it`);
  return greeting;
}

const greeting = readGreeting();

Sigaction(SIGCHLD, {
  handler: () => {
    while (waitpid(-1, WNOHANG).pid > 0);
  },
  flags: SA_RESTART,
});
/* TODO 1: SIGHUP reads the configuration again. A file that cannot be used changes nothing but one line on standard error. */
Sigaction(SIGHUP, { handler: SIG_DFL });
/* TODO 2: SIGTERM: listen no more, let the children finish, and exit with status 0 when the last one has been reaped.
   TODO 3: a second SIGTERM: have the children end now. */
Sigaction(SIGTERM, { handler: SIG_DFL });

const listenfd = Socket(sockaddr_in('127.0.0.1', port).family, SOCK_STREAM, 0);
Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
Bind(listenfd, sockaddr_in('127.0.0.1', port));
Listen(listenfd, LISTENQ);

for (;;) {
  const connfd =
    Accept(listenfd); /* a signal that comes just before it is noticed only when the next client has come */

  if (Fork() === 0) {
    Close(listenfd); /* child closes listening socket */
    Writen(connfd, `${greeting}\n`);
    str_echo(connfd); /* process the request */
    exit(0); /* child terminates */
  }
  Close(connfd); /* parent closes connected socket */
}
