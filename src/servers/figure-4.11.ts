/**
 * Figure 4.11, "Daytime server that prints client IP address and port": Stevens, UNIX Network Programming, volume 1,
 * section 4.6. The iterative server that section 4.8 begins with.
 *
 * Shows: one process, one client at a time. The next one is connected by the kernel, and waits in its queue.
 *
 * Run:    realfork serve figure-4.11 --port 9877       then, elsewhere:  nc 127.0.0.1 9877
 * Expect: the date and time, and the end of the connection. With --doit echo the server stays with its first client
 *         until that leaves: a second nc is connected (ss -tn or sockstat -c shows it), but hears nothing until then.
 */
import { AF_UNIX, SOCK_STREAM, STDOUT_FILENO } from '../constants';
import { describeAddress } from '../describe';
import type { SocketAddress } from '../types';
import { LISTENQ, type Unp } from '../unp/wrappers';
import type { Doit } from './figure-4.13';

/** What the figure calls. */
export type Figure411Calls = Pick<Unp, 'Socket' | 'Bind' | 'Listen' | 'Accept' | 'Getpeername' | 'Writen' | 'Close'>;

export function figure411(
  { Socket, Bind, Listen, Accept, Getpeername, Writen, Close }: Figure411Calls,
  address: SocketAddress,
  doit: Doit,
): never {
  const listenfd = Socket(address.family, SOCK_STREAM, 0);

  Bind(listenfd, address);
  Listen(listenfd, LISTENQ);

  for (;;) {
    const connfd = Accept(listenfd); /* which gives the client's address as well in C */
    const client = address.family === AF_UNIX ? 'a process of this machine' : describeAddress(Getpeername(connfd));
    Writen(STDOUT_FILENO, `connection from ${client}\n`);

    doit(connfd); /* the date and time, in the figure */

    Close(connfd);
  }
}
