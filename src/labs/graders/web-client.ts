import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Attempt } from '../lab';

/** What came back for a request. */
export interface HttpAnswer {
  /** 0: what came has no status line. */
  readonly status: number;
  readonly contentLength: number | undefined;
  readonly body: Buffer;
  /** "end of file", as it should be; "ECONNRESET". */
  readonly end: string;
}

function parse(bytes: Buffer, end: string): HttpAnswer {
  const at = bytes.indexOf('\r\n\r\n');
  const head = bytes.toString('latin1', 0, at === -1 ? bytes.length : at);
  const [, status = '0'] = /^HTTP\/1\.[01] (\d{3})\b/.exec(head) ?? [];
  const length = /^content-length:[ \t]*(\d+)[ \t]*$/im.exec(head)?.[1];
  return {
    status: Number(status),
    contentLength: length === undefined ? undefined : Number(length),
    body: at === -1 ? Buffer.alloc(0) : bytes.subarray(at + 4),
    end,
  };
}

/** "status 200, Content-Length 14, 14 bytes of body, end of file" */
export function inWords({ status, contentLength, body, end }: HttpAnswer): string {
  if (status === 0 && body.length === 0) return `no answer, ${end}`;
  return `status ${status}, Content-Length ${contentLength ?? 'missing'}, ${body.length} bytes of body, ${end}`;
}

/** A client that says what it is told to, byte by byte: also what no HTTP library would send. */
export class WebClient {
  private readonly chunks: Buffer[] = [];
  private end = '';
  private readonly closed: Promise<unknown>;

  private constructor(
    private readonly socket: Socket,
    private readonly attempt: Attempt,
  ) {
    socket.on('data', (chunk: Buffer) => void this.chunks.push(chunk));
    socket.on('end', () => {
      this.end ||= 'end of file';
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.end = error.code ?? error.message;
    });
    this.closed = new Promise((resolve) => socket.on('close', resolve));
  }

  /** @param reads false: it reads nothing before answer(), and the kernel's buffers fill up */
  static async connect(attempt: Attempt, port: number, { reads = true } = {}): Promise<WebClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    if (!reads) socket.pause();
    await attempt.within(`connect to port ${port}`, once(socket, 'connect'), 'connect(2)');
    return new WebClient(socket, attempt);
  }

  send(text: string): void {
    if (!this.socket.destroyed) this.socket.write(text, 'latin1');
  }

  /** Something has come, if only the end. */
  get hasHeard(): boolean {
    return this.chunks.length > 0 || this.end !== '';
  }

  /** All that comes until the end of the connection. */
  async answer(what: string): Promise<HttpAnswer> {
    this.socket.resume();
    await this.attempt.within(
      `${what}: an answer, and the end of the connection`,
      this.closed,
      'RFC 9112, 6.3; UNP 4.8',
    );
    return parse(Buffer.concat(this.chunks), this.end);
  }

  /** Goes, with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

export const requestFor = (target: string, method = 'GET'): string =>
  `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** One request on a connection of its own. */
export async function ask(attempt: Attempt, port: number, target: string, method = 'GET'): Promise<HttpAnswer> {
  const client = await WebClient.connect(attempt, port);
  client.send(requestFor(target, method));
  return client.answer(`${method} ${target}`);
}
