/**
 * Lab 12, reference solution: a web server that survives a load test.
 *
 *     realfork run web.ts PORT DIRECTORY
 */
import { readFileSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import {
  accept,
  alarm,
  Bind,
  Close,
  ECONNABORTED,
  EINTR,
  EPROTO,
  err_sys,
  errno,
  exit,
  fork,
  LISTENQ,
  Listen,
  perror,
  Read,
  SERV_PORT,
  Setsockopt,
  SIG_DFL,
  SIGALRM,
  SIGCHLD,
  Sigaction,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  sockaddr_in,
  WNOHANG,
  Writen,
  waitpid,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);
const root = realpathSync(process.argv[3] ?? '.');

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  431: 'Request Header Fields Too Large',
};
const MOST_HEAD = 16 * 1024;
/** A client that has not got its answer by then holds a child for nothing. Seconds. */
const PATIENCE = 60;

/** The whole answer: head and body. RFC 9112 */
function response(status: number, body: Buffer, withBody = true): Buffer {
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Content-Length: ${body.byteLength}`,
    ...(status === 405 ? ['Allow: GET, HEAD'] : []),
    'Connection: close',
    '\r\n',
  ].join('\r\n');
  return withBody ? Buffer.concat([Buffer.from(head), body]) : Buffer.from(head);
}

const error = (status: number): Buffer => response(status, Buffer.from(`${REASONS[status]}\n`));

/** The file that a target names; undefined if there is none inside `root`, whatever links and dots lead to. */
function fileOf(target: string): Buffer | undefined {
  try {
    const path = realpathSync(join(root, decodeURIComponent(target.replace(/[?#].*/, ''))));
    return path.startsWith(root + sep) ? readFileSync(path) : undefined;
  } catch {
    return undefined; /* ENOENT, EISDIR, a %zz or a zero byte: to the client it is not there */
  }
}

/** What to say to a request. */
function answer(request: string): Buffer {
  const [, method = '', target = ''] = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r?\n/.exec(request) ?? [];
  if (method === '') return error(400);
  if (method !== 'GET' && method !== 'HEAD') return error(405);
  const body = fileOf(target);
  return body === undefined ? error(404) : response(200, body, method === 'GET');
}

function serve(connfd: number): void {
  const buffer = Buffer.alloc(4096);
  let request = '';
  while (!/\r?\n\r?\n/.test(request) && request.length <= MOST_HEAD) {
    const n = Read(connfd, buffer); /* ECONNRESET: this child dies of it, and nobody else */
    if (n === 0 && request === '') return; /* a client that leaves without a word is owed no answer */
    if (n === 0) break;
    request += buffer.toString('latin1', 0, n);
  }
  Writen(connfd, request.length > MOST_HEAD ? error(431) : answer(request));
}

Sigaction(SIGCHLD, {
  handler: () => {
    while (waitpid(-1, WNOHANG).pid > 0);
  },
});

const listenfd = Socket(sockaddr_in('127.0.0.1', port).family, SOCK_STREAM, 0);
Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
Bind(listenfd, sockaddr_in('127.0.0.1', port));
Listen(listenfd, LISTENQ);

for (;;) {
  const connfd = accept(listenfd);
  if (connfd === -1) {
    if (![EINTR, ECONNABORTED, EPROTO].includes(errno())) err_sys('accept error');
    continue;
  }

  const pid = fork();
  if (pid === 0) {
    Close(listenfd); /* child closes listening socket */
    Sigaction(SIGALRM, { handler: SIG_DFL });
    alarm(PATIENCE);
    serve(connfd);
    Close(connfd);
    exit(0); /* child terminates */
  }
  if (pid === -1) perror('fork'); /* this client is turned away; the next may be luckier */
  Close(connfd); /* parent closes connected socket: else the client never sees the end */
}
