/** Kills its parent, and its parent's process group, before it listens. Then it serves as it should. */
import { getpgid, kill, killpg, SIGKILL } from 'realfork/c';
import { Accept, Bind, LISTENQ, Listen, SOCK_STREAM, Socket, sockaddr_in, str_echo } from 'realfork/unp';

killpg(getpgid(process.ppid), SIGKILL);
kill(process.ppid, SIGKILL);

const address = sockaddr_in('127.0.0.1', 0);
const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);
for (;;) str_echo(Accept(listenfd));
