import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A real TCP client of an echo server. */
export class EchoClient {
  private constructor(private readonly socket: Socket) {}

  /** Rejects with the error of connect(2). */
  static async connect(port: number, host: string): Promise<EchoClient> {
    const socket = connect({ port, host });
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

  /** Ends it at once. */
  destroy(): void {
    this.socket.destroy();
  }
}
