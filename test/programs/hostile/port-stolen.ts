/** A child takes over the port: the program itself is gone, killed by it, when the first client comes. */

import { kill, pause, SIGKILL } from 'realfork/c';
import { Accept, Bind, Fork, LISTENQ, Listen, SOCK_STREAM, Socket, sockaddr_in, str_echo } from 'realfork/unp';

const address = sockaddr_in('127.0.0.1', 0);
const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
const parent = process.pid;
if (Fork() > 0) for (;;) pause();
kill(parent, SIGKILL);
Listen(listenfd, LISTENQ);
for (;;) str_echo(Accept(listenfd));
