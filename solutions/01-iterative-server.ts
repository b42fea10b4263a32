/**
 * Lab 01, reference solution: an iterative server that no single client can hold up for long.
 *
 *     realfork run server.ts PORT SECONDS
 */
import {
  Accept,
  Bind,
  Close,
  EINTR,
  errno,
  LISTENQ,
  Listen,
  MAXLINE,
  read,
  SERV_PORT,
  Setsockopt,
  SO_RCVTIMEO,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  sockaddr_in,
  write,
} from 'realfork/unp';

const address = sockaddr_in('127.0.0.1', Number(process.argv[2] ?? SERV_PORT));
const seconds = Number(process.argv[3] ?? 5);
const buffer = Buffer.alloc(MAXLINE);

/** As much as the kernel takes at a time; false if the client is gone. */
function writeAll(connfd: number, data: Buffer): boolean {
  for (let sent = 0; sent < data.length; ) {
    const n = write(connfd, data.subarray(sent));
    if (n >= 0) sent += n;
    else if (errno() !== EINTR) return false;
  }
  return true;
}

/** Until the client leaves, breaks off, or is silent for too long. */
function echo(connfd: number): void {
  for (;;) {
    const n = read(connfd, buffer);
    if (n === 0) return; /* it has closed its end */
    if (n < 0 && errno() === EINTR) continue;
    if (n < 0) return; /* EAGAIN: silent; ECONNRESET: broken off */
    if (!writeAll(connfd, buffer.subarray(0, n))) return;
  }
}

const listenfd = Socket(address.family, SOCK_STREAM, 0);
Bind(listenfd, address);
Listen(listenfd, LISTENQ);

for (;;) {
  const connfd = Accept(listenfd); /* probably blocks */
  Setsockopt(connfd, SOL_SOCKET, SO_RCVTIMEO, { tv_sec: seconds, tv_usec: 0 });
  echo(connfd);
  Close(connfd);
}
