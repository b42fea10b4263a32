/**
 * Lab 12: a web server that survives a load test.
 *
 *     realfork run web.ts PORT DIRECTORY        for example 8888 public
 *
 * It answers GET and HEAD with the files of DIRECTORY, one request for each connection, a child for each. With one curl it
 * works. It was written for one curl: find what breaks it, and mend it. The places are marked TODO.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Accept,
  Bind,
  Close,
  exit,
  Fork,
  LISTENQ,
  Listen,
  Read,
  SERV_PORT,
  Setsockopt,
  SIGCHLD,
  Sigaction,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  sockaddr_in,
  Wait,
  write,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);
const root = process.argv[3] ?? '.';

const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 400: 'Bad Request', 404: 'Not Found' };

/** The whole answer: head and body. RFC 9112 */
function response(status: number, body: Buffer): Buffer {
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Content-Length: ${body.byteLength}`,
    'Connection: close',
    '\r\n',
  ].join('\r\n');
  return Buffer.concat([Buffer.from(head), body]);
}

/** What to say to a request. */
function answer(request: string): Buffer {
  const [, method = '', target = ''] = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r?\n/.exec(request) ?? [];
  if (method === '') return response(400, Buffer.from('That is no request.\n'));
  /* TODO 5: /no-such-file; /../../etc/passwd; /%2e%2e/secret; a symbolic link that leads out of `root`. And HEAD: the
     head of the answer to GET, and no body. */
  return response(200, readFileSync(join(root, decodeURIComponent(target))));
}

function serve(connfd: number): void {
  const buffer = Buffer.alloc(4096);
  /* TODO 3: TCP is a stream of bytes: a request may come in pieces. It ends with an empty line. */
  const n = Read(connfd, buffer);
  const said = answer(buffer.toString('latin1', 0, n));
  /* TODO 4: how much of it does write write, if a signal comes or the client reads slowly? */
  write(connfd, said);
}

/* TODO 1: SIGCHLD comes once for several children. TODO 2: and it interrupts accept. */
Sigaction(SIGCHLD, { handler: () => void Wait() });

const listenfd = Socket(sockaddr_in('127.0.0.1', port).family, SOCK_STREAM, 0);
Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
Bind(listenfd, sockaddr_in('127.0.0.1', port));
Listen(listenfd, LISTENQ);

for (;;) {
  const connfd = Accept(listenfd);

  if (Fork() === 0) {
    Close(listenfd); /* child closes listening socket */
    serve(connfd);
    Close(connfd);
    exit(0); /* child terminates */
  }
  /* TODO 6: what does the parent still have open, and what does the client see of that? */
}
