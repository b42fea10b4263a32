/**
 * Lab 03: DELIBERATELY FAULTY, to diagnose. It leaves no zombie. What does it do to its second client?
 *
 *     realfork run faulty.ts PORT
 */
import {
  Accept,
  Bind,
  Close,
  exit,
  Fork,
  LISTENQ,
  Listen,
  SERV_PORT,
  SOCK_STREAM,
  Socket,
  STDOUT_FILENO,
  sockaddr_in,
  str_echo,
  Waitpid,
  Writen,
} from 'realfork/unp';

const address = sockaddr_in('127.0.0.1', Number(process.argv[2] ?? SERV_PORT));

const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);

for (;;) {
  const connfd = Accept(listenfd);

  const pid = Fork();
  if (pid === 0) {
    Close(listenfd);
    str_echo(connfd);
    exit(0);
  }

  Close(connfd);
  Waitpid(pid, 0);
  Writen(STDOUT_FILENO, `child ${pid} terminated\n`);
}
