/**
 * iterative: Stevens, UNIX Network Programming, volume 1, section 30.4, "TCP Iterative Server" (serv00).
 *
 * Shows: one process, one client at a time: no cost for processes at all, which the other servers of chapter 30 are
 * measured against.
 *
 * Run:    realfork serve iterative --port 9877       then, elsewhere, two:  nc 127.0.0.1 9877
 * Expect: the second is connected, and hears nothing until the first has left.
 */
import { SOCK_STREAM } from '../constants';
import type { SocketAddress } from '../types';
import { LISTENQ, type Unp } from '../unp/wrappers';
import type { Doit } from './figure-4.13';

export type IterativeCalls = Pick<Unp, 'Socket' | 'Bind' | 'Listen' | 'Accept' | 'Close'>;

export function iterative(
  { Socket, Bind, Listen, Accept, Close }: IterativeCalls,
  address: SocketAddress,
  doit: Doit,
): never {
  const listenfd = Socket(address.family, SOCK_STREAM, 0);

  Bind(listenfd, address);
  Listen(listenfd, LISTENQ);

  for (;;) {
    const connfd = Accept(listenfd);
    doit(connfd); /* process the request */
    Close(connfd);
  }
}
