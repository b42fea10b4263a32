import { Socket } from 'node:net';
import type { Client } from './options';

/**
 * Serves one client in the event loop of a child of its own. It may be async. The child ends when nothing is left in its
 * loop: when the connection is closed, and what was begun for it is done. What it throws, or rejects with, is an uncaught
 * error as in any Node program.
 */
export type ServeSocket =
  | ((socket: Socket, client: Client) => void)
  | ((socket: Socket, client: Client) => Promise<void>);

/** What a child does in a turn of its event loop, when it has left the loop of its server. */
export function serveInEventLoop(onConnection: ServeSocket, connfd: number, client: Client): void {
  const socket = new Socket({ fd: connfd, readable: true, writable: true });
  try {
    void onConnection(socket, client);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
