import { lengthsOfViews, pack, unpack } from './clone';

/**
 * Messages of one process to another over a stream of bytes. Each is a header, a clone (`head` of clone.ts), and the memory
 * that belongs to it.
 */

/** Of a child: a value, the error of a task, an error that ends the child, word in between. Of its parent: a task. */
export type FrameKind = 'value' | 'error' | 'fatal' | 'word' | 'task';

const KINDS: readonly FrameKind[] = ['value', 'error', 'fatal', 'word', 'task'];

/** The kind, and how many bytes the clone has. */
const HEADER = Uint32Array.BYTES_PER_ELEMENT + Float64Array.BYTES_PER_ELEMENT;

/** The parts of a message, to be written one after the other. @throws DOMException DataCloneError */
export function frameOf(kind: FrameKind, value: unknown): readonly Uint8Array[] {
  const { head, views } = pack(value, HEADER);
  head.writeUInt32LE(KINDS.indexOf(kind), 0);
  head.writeDoubleLE(head.length - HEADER, Uint32Array.BYTES_PER_ELEMENT);
  return [head, ...views];
}

export type OnFrame = (kind: FrameKind, value: unknown) => void;

/** Bytes that are awaited, and where they go. */
class Part {
  private filled = 0;

  constructor(readonly bytes: Buffer) {}

  /** @returns how many of these it has taken */
  take(chunk: Uint8Array): number {
    const count = Math.min(chunk.length, this.bytes.length - this.filled);
    this.bytes.set(count === chunk.length ? chunk : chunk.subarray(0, count), this.filled);
    this.filled += count;
    return count;
  }

  get isFull(): boolean {
    return this.filled === this.bytes.length;
  }
}

/** Memory of its own: a value that is made of it keeps it. */
const part = (length: number): Part => new Part(Buffer.allocUnsafeSlow(length));

/** Puts messages together from the bytes as they come. Memory of a view is filled where it will be: it is copied once. */
export class FrameReader {
  private readonly header = Buffer.alloc(HEADER);
  private kind: FrameKind = 'word';
  private awaited = new Part(this.header);
  private head: Buffer | undefined;
  private views: Buffer[] = [];
  private lengths: number[] = [];

  constructor(private readonly onFrame: OnFrame) {}

  /** @param chunk is not kept */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      rest = rest.subarray(this.awaited.take(rest));
      while (this.awaited.isFull) this.next();
    }
  }

  /** The part that was awaited is there. */
  private next(): void {
    if (this.awaited.bytes === this.header) this.awaitHead();
    else if (this.head === undefined) this.awaitViews(this.awaited.bytes);
    else this.views.push(this.awaited.bytes);
    if (this.head !== undefined) this.awaitView(this.head);
  }

  private awaitHead(): void {
    this.kind = KINDS[this.header.readUInt32LE(0)] ?? 'word';
    this.awaited = part(this.header.readDoubleLE(Uint32Array.BYTES_PER_ELEMENT));
  }

  private awaitViews(head: Buffer): void {
    this.head = head;
    this.lengths = lengthsOfViews(head);
  }

  private awaitView(head: Buffer): void {
    const length = this.lengths[this.views.length];
    if (length !== undefined) {
      this.awaited = part(length);
      return;
    }
    const { kind, views } = this;
    this.head = undefined;
    this.views = [];
    this.awaited = new Part(this.header);
    this.onFrame(kind, unpack(head, views));
  }
}
