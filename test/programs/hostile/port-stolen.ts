/**
 * A child takes over the port: the program itself is gone, killed by it, when the first client comes. That it is gone is
 * known to all a second before the child listens, which is what a child that is not scheduled in between does as well.
 */

import { getppid, kill, pause, SIGKILL } from 'realfork/c';
import { Accept, Bind, Fork, LISTENQ, Listen, SOCK_STREAM, Socket, sockaddr_in, str_echo } from 'realfork/unp';

const address = sockaddr_in('127.0.0.1', 0);
const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
const parent = process.pid;
if (Fork() > 0) for (;;) pause();
kill(parent, SIGKILL);
while (getppid() === parent); /* until it is an orphan */
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000); /* no call: it has something to do yet */
Listen(listenfd, LISTENQ);
for (;;) str_echo(Accept(listenfd));
