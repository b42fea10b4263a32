import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A real TCP client of an echo server. */
export class EchoClient {
  private ended = false;

  private constructor(private readonly socket: Socket) {
    socket.on('error', () => {}); // what was waited for rejects; a reset afterwards is nobody's
    socket.on('end', () => {
      this.ended = true;
    });
  }

  /** Rejects with the error of connect(2). */
  static async connect(port: number, host: string): Promise<EchoClient> {
    const socket = connect({ port, host, allowHalfOpen: true });
    await once(socket, 'connect');
    return new EchoClient(socket);
  }

  /** Sends a line and waits until all of it has come back. Rejects if the connection ends before. */
  async echo(line: string): Promise<string> {
    this.socket.write(line);
    let back = '';
    for await (const chunk of this.socket.iterator({ destroyOnReturn: false })) {
      back += String(chunk);
      if (back.length >= line.length) return back;
    }
    throw new Error(`the server closed the connection, having sent ${JSON.stringify(back)} back`);
  }

  /** Sends the end of file and waits for the server's. */
  async close(): Promise<void> {
    if (this.socket.destroyed) return;
    this.socket.resume();
    const closed = once(this.socket, 'close');
    this.socket.end();
    await closed;
  }

  /** Sends the end of file. */
  sendEnd(): void {
    this.socket.resume();
    this.socket.end();
  }

  /** Whether the server's end of file has come; if `comes`, once it has. */
  async hasEnded(comes: boolean): Promise<boolean> {
    if (comes && !this.ended) await once(this.socket, 'end');
    // What the kernel has is heard of in the next turn of the event loop.
    for (let turn = 0; turn < 2; ++turn) await new Promise((resolve) => setImmediate(resolve));
    return this.ended;
  }

  /** Ends it at once. */
  destroy(): void {
    this.socket.destroy();
  }
}
