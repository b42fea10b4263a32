/**
 * Figure 4.13, "Outline for typical concurrent server": Stevens, UNIX Network Programming, volume 1,
 * section 4.8.
 *
 * Shows: a child for each client; which descriptors parent and child share after fork, and which each
 * must close. Nobody waits for the children: as printed, each of them becomes a zombie.
 *
 * Run:    realfork serve figure-4.13 --port 9877       then, elsewhere:  nc 127.0.0.1 9877
 * Expect: every client is served at once, whatever the others do. With a handler for SIGCHLD and without
 *         SA_RESTART (--sigchld handler) the server dies when its first child does:
 *         "accept error: Interrupted system call".
 */
import { SOCK_STREAM } from '../constants';
import type { SocketAddress } from '../types';
import { LISTENQ, type Unp } from '../unp/wrappers';

/** What serves one client, on its connected socket. */
export type Doit = (connfd: number) => void;

/** What the figure calls. */
export type Figure413Calls = Pick<Unp, 'Socket' | 'Bind' | 'Listen' | 'Accept' | 'Fork' | 'Close' | 'exit'>;

export function figure413(
  { Socket, Bind, Listen, Accept, Fork, Close, exit }: Figure413Calls,
  address: SocketAddress,
  doit: Doit,
): never {
  const listenfd = Socket(address.family, SOCK_STREAM, 0);

  /* fill in sockaddr_in{} with server's well-known port */
  Bind(listenfd, address);
  Listen(listenfd, LISTENQ);

  for (;;) {
    const connfd = Accept(listenfd); /* probably blocks */

    if (Fork() === 0) {
      Close(listenfd); /* child closes listening socket */
      doit(connfd); /* process the request */
      Close(connfd); /* done with this client */
      exit(0); /* child terminates */
    }

    Close(connfd); /* parent closes connected socket */
  }
}
