/**
 * event-loop: the second of CS:APP's "Approaches for Writing Concurrent Servers": "Programmer manually interleaves
 * multiple logical flows. All flows share the same address space." In Node the event loop interleaves them.
 *
 * Shows: what echoserverp does, in one process and one thread, for comparison. No fork, no zombie, no EINTR; and a client
 * whose service computes for a second keeps all others waiting for it.
 *
 * Run:    realfork serve event-loop --port 9877       then, elsewhere, several:  nc 127.0.0.1 9877
 * Expect: all are served at once; ps shows one process, ss -tnp or sockstat -c its connections, all with the same pid.
 */
import type { Socket } from 'node:net';
import { SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from '../constants';
import type { SocketAddress } from '../types';
import { LISTENQ, type Unp } from '../unp/wrappers';

export type EventLoopCalls = Pick<Unp, 'Socket' | 'Setsockopt' | 'Bind' | 'Listen'>;

/** Returns at once: it is the event loop that serves. */
export function eventLoop(
  { Socket, Setsockopt, Bind, Listen }: EventLoopCalls,
  address: SocketAddress,
  onConnection: (socket: Socket) => void,
): void {
  const listenfd = Socket(address.family, SOCK_STREAM, 0);
  Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
  Bind(listenfd, address);
  Listen(listenfd, LISTENQ);

  // Loaded by this server only: the children of all others would inherit it.
  const { createServer } = require('node:net') as typeof import('node:net');
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy()); /* a reset concerns its own client only */
    onConnection(socket);
  });
  server.listen({ fd: listenfd, backlog: LISTENQ });
}
