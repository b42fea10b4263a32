import type { Service } from './service';

/** UNP Figure 5.3: what the client sends, until it sends no more. */
export const echo = {
  doit: (connfd, { str_echo }) => str_echo(connfd),
  rehearse: (client, { Writen }) => Writen(client, '\n'),
  onConnection: (socket) => void socket.pipe(socket),
} satisfies Service;
