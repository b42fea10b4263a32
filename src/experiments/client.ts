import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { monotonic, type Sink } from '../observe/events';

/** What a call gave, once it has. */
type Returns = (result: number) => void;

/** Tells of a client's part: the event loop makes its calls, so an event is when this program hears of them. */
class ClientEvents {
  private static clients = 0;
  private readonly name: string;

  constructor(private readonly sink: Sink) {
    ClientEvents.clients += 1;
    this.name = `client ${ClientEvents.clients}`;
  }

  begin(call: string): Returns {
    const { pid } = process;
    const args = this.name;
    this.sink({ kind: 'enter', t: monotonic(), pid, call, args });
    return (result) => this.sink({ kind: 'call', t: monotonic(), pid, call, args, result, shown: String(result) });
  }
}

/** A real TCP client of an echo server. */
export class EchoClient {
  private ended = false;

  private constructor(
    private readonly socket: Socket,
    private readonly events: ClientEvents,
  ) {
    socket.on('error', () => {}); // what was waited for rejects; a reset afterwards is nobody's
    socket.on('end', () => {
      this.ended = true;
      this.events.begin('read')(0);
    });
  }

  /** Rejects with the error of connect(2). `sink` is told what the client does. */
  static async connect(port: number, host: string, sink: Sink = () => {}): Promise<EchoClient> {
    const events = new ClientEvents(sink);
    const returns = events.begin('connect');
    const socket = connect({ port, host, allowHalfOpen: true });
    await once(socket, 'connect');
    returns(0);
    return new EchoClient(socket, events);
  }

  /** Sends a line and waits until all of it has come back. Rejects if the connection ends before. */
  async echo(line: string): Promise<string> {
    const returns = this.events.begin('write');
    this.socket.write(line, () => returns(Buffer.byteLength(line)));
    let back = '';
    for await (const chunk of this.socket.iterator({ destroyOnReturn: false })) {
      this.events.begin('read')(chunk.length);
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
    this.shutdown();
    await closed;
  }

  /** Sends the end of file. */
  sendEnd(): void {
    this.socket.resume();
    this.shutdown();
  }

  private shutdown(): void {
    const returns = this.events.begin('shutdown');
    this.socket.end(() => returns(0));
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
