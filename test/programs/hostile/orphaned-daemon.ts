/** Serves as it should, and leaves a daemon that nobody has asked for, with a port and a session of its own. */
import { pause, setsid } from 'realfork/c';
import {
  Accept,
  Bind,
  exit,
  Fork,
  LISTENQ,
  Listen,
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

const child = Fork();
if (child === 0) {
  setsid();
  if (Fork() > 0) exit(0); /* the daemon is an orphan now */
  listening();
  for (;;) pause();
}
Waitpid(child, 0);

const listenfd = listening();
for (;;) str_echo(Accept(listenfd));
