/** Writes what is no text and no event wherever it can, answers with it, and gives the calls what they do not take. */
import { writeSync } from 'node:fs';
import { accept, write } from 'realfork/c';
import { Bind, LISTENQ, Listen, SOCK_STREAM, Socket, sockaddr_in } from 'realfork/unp';

const noise = Buffer.from([0x00, 0xff, 0x1b, 0x5b, 0x32, 0x4a, 0x0d, 0x0a, 0xc3, 0x28]);
for (const fd of [1, 2, 3, 4, 200]) {
  try {
    writeSync(fd, '{"kind":7}\nnull\n[[[\n{"kind":"call","t":"soon"}\n');
    writeSync(fd, noise);
  } catch {
    // not every one of them is open
  }
}

const address = sockaddr_in('127.0.0.1', 0);
const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);
const connfd = accept(listenfd);
write(connfd, noise);
accept(String(listenfd) as unknown as number);
