import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Failure } from './lab';

/** Bounds the waits of a client: the time of the test. */
export type Within = <Value>(what: string, promise: Promise<Value>) => Promise<Value>;

/** How much of what a server sends is kept, in bytes. */
const MOST_RECEIVED = 1 << 20;

/** A real TCP client. Each of its waits ends with the time of the test, saying what it waited for. */
export class Client {
  /** What the server has sent. */
  received = '';
  /** The server has closed its end. */
  ended = false;
  /** "ECONNRESET", if the connection broke. */
  error: string | undefined;
  private waiting: (() => void)[] = [];

  private constructor(
    private readonly socket: Socket,
    private readonly within: Within,
  ) {
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      this.received += text;
      if (this.received.length > MOST_RECEIVED) socket.destroy();
      this.wake();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.ended = true;
        this.wake();
      });
    }
  }

  static async connect(port: number, within: Within): Promise<Client> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const connected = once(socket, 'connect').catch((error: NodeJS.ErrnoException) => {
      throw new Failure('BAD', {
        expected: `connect to port ${port}`,
        seen: error.code ?? error.message,
        see: 'connect(2)',
      });
    });
    try {
      await within(`connect to port ${port}`, connected);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return new Client(socket, within);
  }

  /** Its end of the connection, which the server's process sees as its peer. */
  get port(): number {
    return this.socket.localPort ?? 0;
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** Until the server has sent this, after all that earlier calls have waited for. @returns what came up to its end */
  async receives(text: string | RegExp): Promise<string> {
    const shown = typeof text === 'string' ? JSON.stringify(text) : String(text);
    return await this.within(`a client receives ${shown}`, this.take(text, shown));
  }

  /** Sends a line and waits until it has come back. */
  async echo(line: string): Promise<void> {
    this.send(line);
    await this.receives(line);
  }

  /** Sends the end of file: shutdown(2). */
  end(): void {
    this.socket.end();
  }

  /** Until the server has closed its end. */
  async serverCloses(): Promise<void> {
    await this.within('the server closes the connection', this.untilEnded());
  }

  /** Sends the end of file, waits for the server's, and closes. */
  async close(): Promise<void> {
    this.end();
    await this.serverCloses();
    this.destroy();
  }

  /** Closes at once. */
  destroy(): void {
    this.socket.destroy();
  }

  /** Closes so that the server reads ECONNRESET. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  private taken = 0;

  private async take(text: string | RegExp, shown: string): Promise<string> {
    for (;;) {
      const rest = this.received.slice(this.taken);
      const [from, length] =
        typeof text === 'string' ? [rest.indexOf(text), text.length] : [rest.search(text), text.exec(rest)?.[0].length];
      if (from !== -1) {
        this.taken += from + (length ?? 0);
        return rest.slice(0, from + (length ?? 0));
      }
      if (this.ended) {
        const what = this.error === undefined ? 'the end of the connection' : `the connection broke: ${this.error}`;
        const before = rest === '' ? '' : `${JSON.stringify(rest.slice(0, 200))}, then `;
        throw new Failure('BAD', { expected: `a client receives ${shown}`, seen: `${before}${what}` });
      }
      await this.somethingHappens();
    }
  }

  private async untilEnded(): Promise<void> {
    while (!this.ended) await this.somethingHappens();
  }

  private somethingHappens(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
