import type { Socket } from 'node:net';
import { dropHandle } from '../fork/handles';

const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A socket whose other end is a child's: it is read until the child has ended, and what it has sent is there. */
export class Draining {
  readonly closed: Promise<void>;
  private isClosed = false;

  constructor(readonly socket: Socket) {
    socket.on('error', () => {}); // ECONNRESET, EPIPE: the child has ended, as waitpid(2) will tell
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.isClosed = true;
        resolve();
      });
    });
  }

  /**
   * The child has been reaped. Mostly the end of the stream comes now. It does not where a process that the child has
   * started has the other end as well: then what is there has been read when a turn of the event loop brings nothing.
   */
  async finish(): Promise<void> {
    const { socket } = this;
    for (let before = -1; !this.isClosed && socket.bytesRead !== before; ) {
      if (socket.isPaused()) await this.untilResumed();
      before = socket.bytesRead;
      await aTurn();
      await aTurn(); // between the two the loop has looked for what can be read
    }
    socket.destroy();
    await this.closed;
  }

  private untilResumed(): Promise<void> {
    return Promise.race([this.closed, new Promise<void>((resolve) => this.socket.once('resume', resolve))]);
  }

  /** In another child: that is none of its business. */
  drop(): void {
    dropHandle(this.socket);
  }
}
