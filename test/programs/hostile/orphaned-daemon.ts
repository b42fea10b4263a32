/**
 * Serves as it should, and leaves a daemon that nobody has asked for, with a port and a session of its own. The daemon
 * listens first, for a second or until somebody has taken its port for the program's, which it never answers on.
 */
import { pause, setsid } from 'realfork/c';
import {
  Accept,
  Bind,
  Close,
  exit,
  Fork,
  LISTENQ,
  Listen,
  Pipe,
  POLLIN,
  Poll,
  Read,
  SOCK_STREAM,
  Socket,
  sockaddr_in,
  str_echo,
  Waitpid,
} from 'realfork/unp';

function listening(): number {
  const address = sockaddr_in('127.0.0.1', 0);
  const listenfd = Socket(address.family, SOCK_STREAM, 0);
  Bind(listenfd, address);
  Listen(listenfd, LISTENQ);
  return listenfd;
}

const [readfd, writefd] = Pipe();
const child = Fork();
if (child === 0) {
  setsid();
  if (Fork() > 0) exit(0); /* the daemon is an orphan now */
  Poll([{ fd: listening(), events: POLLIN }], 1000);
  Close(writefd);
  for (;;) pause();
}
Waitpid(child, 0);
Close(writefd);
Read(readfd, Buffer.alloc(1)); /* the end of file */

const listenfd = listening();
for (;;) str_echo(Accept(listenfd));
