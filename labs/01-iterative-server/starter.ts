/**
 * Lab 01: an iterative server.
 *
 *     realfork run server.ts PORT SECONDS         for example 9877 5
 *
 * It echoes what a client sends, until that leaves; then it accepts the next one. It has two weaknesses, which are yours
 * to mend; they are marked TODO.
 */
import {
  Accept,
  Bind,
  Close,
  LISTENQ,
  Listen,
  SERV_PORT,
  SOCK_STREAM,
  Socket,
  sockaddr_in,
  str_echo,
} from 'realfork/unp';

const address = sockaddr_in('127.0.0.1', Number(process.argv[2] ?? SERV_PORT));
const seconds = Number(process.argv[3] ?? 5);

const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);

for (;;) {
  const connfd = Accept(listenfd); /* probably blocks */

  /* TODO 1: read blocks for as long as the client says nothing. Which option of a socket ends it after `seconds`? */
  console.error(`a client; it may be silent for ${seconds} seconds (but nobody looks)`);

  /* TODO 2: str_echo dies of a read that fails, and so would the server. Echo with read() and write(), which return -1,
     and leave this client, not the program. */
  str_echo(connfd);

  Close(connfd);
}
