import { Socket, type SocketConstructorOpts } from 'node:net';
import { calls } from '../calls';
import { EINTR, SIGKILL, SIGTERM } from '../constants';
import type { Pid } from '../signalling';
import type { WaitResult } from '../types';
import { waitpidAsync } from '../waitpid-async';
import { Draining } from './draining';
import { errorOfStatus } from './errors';
import { FrameReader, frameOf, type OnFrame } from './frames';
import { signalChild } from './kill-child';
import { dropInChildren } from './own-ends';

/** All sockets read into it, one after the other: what is read is looked at at once. */
let buffer: Uint8Array | undefined;
const BUFFER_BYTES = 2 ** 18;

function readingBuffer(): Uint8Array {
  buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
  return buffer;
}

/**
 * A socket that gives its bytes to `receive`, and makes no copy of them before that.
 *
 * The other end sends why it ends, and closes; we write before the event loop has looked for what can be read: EPIPE. Node
 * then closes the socket, and the reason would be lost with it. So what is there is read first.
 */
export function readingSocket(fd: number, receive: (chunk: Uint8Array) => void): Socket {
  const into = readingBuffer();
  const take = (count: number): void => receive(into.subarray(0, count));
  const callback = (count: number): boolean => {
    take(count);
    return true;
  };
  const destroy = function (
    this: Socket,
    error: NodeJS.ErrnoException | null,
    done: (error?: Error | null) => void,
  ): void {
    if (error?.code === 'EPIPE') readRest(fd, into, take);
    Socket.prototype._destroy.call(this, error, done);
  };
  const options = { fd, readable: true, writable: true, onread: { buffer: into, callback }, destroy };
  return new Socket(options as SocketConstructorOpts).resume(); // onread is documented of socket.connect() alone
}

/** What was sent before the other end was closed. It does not wait: libuv's descriptors are O_NONBLOCK. */
function readRest(fd: number, into: Uint8Array, take: (count: number) => void): void {
  for (;;) {
    const count = calls.read(fd, into);
    if (count > 0) take(count);
    else if (count !== -EINTR) return;
  }
}

/** How a child has ended: what waitpid(2) gave, or why it gave nothing. */
export type Ending = { readonly status: number } | { readonly unknown: unknown };

/** Its parent's half of a child: what it sends, its signals, its end. */
export class ForkedChild {
  /** It has been reaped, and all that it has sent is there. */
  readonly ended: Promise<Ending>;
  private readonly link: Draining;
  private readonly reader: FrameReader;
  private readonly keep: () => void;
  private killTimer: NodeJS.Timeout | undefined;
  /** It has been reaped, or this is another of its parent's children. */
  private isOver = false;
  /** It has sent what cannot be read: nothing more is looked at. */
  private isBroken = false;

  /**
   * @param fd the end of a pair of sockets
   * @param onFrame what it sends
   * @param onBroken it has sent what cannot be read (there is no memory for it)
   * @param outputs what copies its standard output and error
   * @param isWatched whether the event loop waits for its end. Else that is seen by the end of its link, which may be
   *   unreferenced
   */
  constructor(
    readonly pid: Pid,
    fd: number,
    onFrame: OnFrame,
    private readonly onBroken: (error: unknown) => void,
    private readonly outputs: readonly Draining[],
    isWatched: boolean,
  ) {
    this.reader = new FrameReader(onFrame);
    this.link = new Draining(readingSocket(fd, (chunk) => this.receive(chunk)));
    this.keep = dropInChildren(() => this.drop());
    this.ended = isWatched ? this.end() : this.link.closed.then(() => this.end());
  }

  private receive(chunk: Uint8Array): void {
    if (this.isBroken) return;
    try {
      this.reader.push(chunk);
    } catch (error) {
      this.isBroken = true;
      this.onBroken(error);
      this.signal(SIGKILL);
    }
  }

  private drop(): void {
    this.isOver = true;
    clearTimeout(this.killTimer);
    this.link.drop();
    for (const output of this.outputs) output.drop();
  }

  private async end(): Promise<Ending> {
    const ending = await waitpidAsync(this.pid).then(
      ({ status }: WaitResult): Ending => ({ status }),
      (unknown: unknown): Ending => ({ unknown }),
    );
    this.isOver = true;
    clearTimeout(this.killTimer);
    await Promise.all([this.link, ...this.outputs].map((one) => one.finish()));
    this.keep();
    return ending;
  }

  /** Sends a message, and does not wait. @throws DOMException DataCloneError */
  send(value: unknown): void {
    for (const part of frameOf('task', value)) this.link.socket.write(part);
  }

  /** No more messages come: where it waits for one it ends. */
  finish(): void {
    this.link.socket.end();
  }

  /** Whether its link keeps the event loop of its parent alive. */
  keepLoopAlive(yes: boolean): void {
    if (yes) this.link.socket.ref();
    else this.link.socket.unref();
  }

  signal(signo: number): void {
    if (!this.isOver) signalChild(this.pid, signo);
  }

  /** SIGTERM, and SIGKILL if it has not ended after so many milliseconds. */
  terminate(forceKillAfter: number): void {
    if (this.isOver || this.killTimer !== undefined) return;
    this.signal(SIGTERM);
    this.killTimer = setTimeout(() => this.signal(SIGKILL), forceKillAfter);
  }

  /** Why there is nothing of it. */
  errorOf(ending: Ending): unknown {
    return 'status' in ending ? errorOfStatus(this.pid, ending.status) : ending.unknown;
  }
}
