import type { Unp } from '../../unp/wrappers';
import type { Service } from './service';

/**
 * "Hello, World!", as Let's Build A Web Server has it, and who said it. One request for each connection, whose end is
 * the end of the answer (RFC 9112, sections 6.3 and 9.6): a client that sees no end waits for it.
 */

/** Of a request line and its header fields together, in bytes. */
const MOST_HEAD = 16 * 1024;
const MOST_BODY = 64 * 1024;
const END_OF_HEAD = /\r?\n\r?\n/;
const REQUEST_LINE = /^([!#$%&'*+.^`|~\w-]+) (\S+) HTTP\/1\.[01]\r?(?:\n|$)/;

const REASONS = {
  200: 'OK',
  400: 'Bad Request',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
} as const;

function response(status: keyof typeof REASONS, body: string, isHead = false): string {
  const fields = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    // In the head: a body whose length goes by the digits of a pid is a failed request to ab(1).
    `Server: realfork (process ${process.pid}, a child of ${process.ppid})`,
    'Content-Type: text/plain; charset=utf-8',
    ...(status === 405 ? ['Allow: GET, HEAD'] : []),
    'Connection: close',
  ];
  return `${fields.join('\r\n')}\r\n\r\n${isHead ? '' : body}`;
}

/** The bytes of the body that the head announces. RFC 9112, section 6.2 */
function bodyLength(head: string): number {
  const [, length = '0'] = /^content-length:[ \t]*(\d+)[ \t]*\r?$/im.exec(head) ?? [];
  return Number(length);
}

function answerTo(head: string): string {
  const [, method = '', target = ''] = REQUEST_LINE.exec(head) ?? [];
  switch (method) {
    case 'GET':
    case 'HEAD':
      return response(200, `Hello, World!\n${method} ${target}\n`, method === 'HEAD');
    case '':
      return response(400, 'That is no request of HTTP/1.0 or HTTP/1.1.\n');
    default:
      return response(405, 'GET or HEAD, please.\n');
  }
}

/**
 * What to answer to what has come so far; undefined while more is to come: a body as well is read before the answer,
 * as a socket that is closed with bytes unread resets, and the answer may be lost with it.
 * @param isAll nothing more comes
 */
export function answer(request: string, isAll = false): string | undefined {
  const end = END_OF_HEAD.exec(request);
  if (end === null) {
    if (request.length > MOST_HEAD) return response(431, 'The head of the request is longer than 16 KiB.\n');
    return isAll ? answerTo(request) : undefined;
  }
  const head = request.slice(0, end.index);
  const length = bodyLength(head);
  if (length > MOST_BODY) return response(413, 'The body of the request is longer than 64 KiB.\n');
  const isThere = request.length >= end.index + end[0].length + length;
  return isThere || isAll ? answerTo(head) : undefined;
}

/** A client that connects and leaves without a word is owed no answer. */
function serveHttp(connfd: number, { Read, Writen }: Unp): void {
  const buffer = Buffer.alloc(4096);
  let request = '';
  let said: string | undefined;
  while (said === undefined) {
    const n = Read(connfd, buffer);
    if (n === 0 && request === '') return;
    request += buffer.toString('latin1', 0, n);
    said = answer(request, n === 0);
  }
  Writen(connfd, said);
}

export const http = {
  doit: serveHttp,
  rehearse: (client, { Writen }) => Writen(client, 'GET / HTTP/1.0\r\n\r\n'),
  onConnection(socket) {
    let request = '';
    const say = (isAll: boolean): void => {
      const said = answer(request, isAll);
      if (said === undefined) return;
      socket.removeAllListeners('data').removeAllListeners('end').resume().end(said);
    };
    socket.on('data', (chunk) => {
      request += chunk.toString('latin1');
      say(false);
    });
    socket.on('end', () => (request === '' ? socket.end() : say(true)));
  },
} satisfies Service;
