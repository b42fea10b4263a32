/**
 * An echo server in ten lines, with createForkingServer, as docs/servers.md has it.
 *
 *   forking-server LIMIT
 *
 * Prints "listening PORT" once clients can connect. Ends itself after LIMIT seconds.
 */
import { AF_INET, alarm, createForkingServer, read, STDOUT_FILENO, write } from 'realfork';

const server = createForkingServer({
  listen: { family: AF_INET, address: '127.0.0.1', port: 0 },
  doit(connfd) {
    const buffer = Buffer.alloc(4096);
    for (let n = read(connfd, buffer); n > 0; n = read(connfd, buffer)) write(connfd, buffer, n);
  },
});

alarm(Number(process.argv[2]));
for (const address of server.listen()) {
  if ('port' in address) write(STDOUT_FILENO, `listening ${address.port}\n`);
}
server.run();
