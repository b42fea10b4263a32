import { Deserializer, Serializer } from 'node:v8';

/**
 * Values on their way between two processes: the structured clone of V8, as v8.serialize() makes it. Large views of memory
 * (Buffer, typed arrays, DataView) are left where they are, and follow the clone as they lie in memory.
 */

/** A clone, and the memory that follows it. The end of `head` has how many bytes of each. */
export interface Packed {
  readonly head: Buffer;
  readonly views: readonly Uint8Array[];
}

/** Below this a view is copied into the clone: a write(2) of its own costs more. Bytes. */
const SMALL = 16 * 1024;

/** The length of one view, and the number of views, at the end of a head. Bytes. */
const LENGTH = Float64Array.BYTES_PER_ELEMENT;
const COUNT = Uint32Array.BYTES_PER_ELEMENT;

/** A view is one of these, by its number; the first is Node's. Float16Array is not in every version. */
const KINDS = [
  'Buffer',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
] as const;

const kindOf = (view: NodeJS.ArrayBufferView): number =>
  Buffer.isBuffer(view) ? 0 : KINDS.indexOf(view[Symbol.toStringTag] as (typeof KINDS)[number]);

const bytesOf = (view: NodeJS.ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

interface ViewClass {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): NodeJS.ArrayBufferView;
  /** DataView has none. */
  readonly BYTES_PER_ELEMENT?: number;
}

/** A view of this kind of all these bytes, which are at the beginning of their memory. */
function viewOf(kind: number, { buffer, byteOffset, byteLength }: Uint8Array): NodeJS.ArrayBufferView {
  const name = KINDS[kind] ?? '';
  if (name === 'Buffer') return Buffer.from(buffer, byteOffset, byteLength);
  const Class = Reflect.get(globalThis, name) as ViewClass | undefined;
  if (Class === undefined) throw cannotClone(`a view of memory of kind ${kind}`);
  return new Class(buffer, byteOffset, byteLength / (Class.BYTES_PER_ELEMENT ?? 1));
}

/** A DOMException DataCloneError, as structuredClone() throws it. */
function cannotClone(what: string): DOMException {
  return new DOMException(what, 'DataCloneError');
}

const isView = (object: object): object is NodeJS.ArrayBufferView => ArrayBuffer.isView(object);

/** Called by V8's serializer, and not in the types of Node. */
interface Hooks {
  _getDataCloneError(message: string): Error;
  _writeHostObject(object: object): void;
}

class Packer extends Serializer implements Hooks {
  readonly views: Uint8Array[] = [];

  constructor() {
    super();
    const all = this as unknown as { _setTreatArrayBufferViewsAsHostObjects(yes: boolean): void };
    all._setTreatArrayBufferViewsAsHostObjects(true);
  }

  _getDataCloneError(message: string): Error {
    return cannotClone(message);
  }

  _writeHostObject(object: object): void {
    if (!isView(object)) throw cannotClone(`${Object.prototype.toString.call(object)} could not be cloned.`);
    const kind = kindOf(object);
    if (kind === -1) throw cannotClone(`${object[Symbol.toStringTag]} could not be cloned.`);
    const bytes = bytesOf(object);
    this.writeUint32(kind);
    this.writeUint32(bytes.byteLength < SMALL ? 1 : 0);
    if (bytes.byteLength >= SMALL) {
      this.views.push(bytes);
      return;
    }
    this.writeUint32(bytes.byteLength);
    this.writeRawBytes(bytes);
  }
}

/**
 * @param room bytes that are left free at the beginning of the head
 * @throws DOMException DataCloneError it cannot be cloned; what a getter of the value throws
 */
export function pack(value: unknown, room: number): Packed {
  const packer = new Packer();
  if (room > 0) packer.writeRawBytes(Buffer.alloc(room));
  packer.writeHeader();
  packer.writeValue(value);
  const { views } = packer;
  const lengths = Buffer.alloc(views.length * LENGTH + COUNT);
  for (const [at, { byteLength }] of views.entries()) lengths.writeDoubleLE(byteLength, at * LENGTH);
  lengths.writeUInt32LE(views.length, views.length * LENGTH);
  packer.writeRawBytes(lengths);
  return { head: packer.releaseBuffer(), views };
}

/** How many bytes of each view follow this head. */
export function lengthsOfViews(head: Buffer): number[] {
  const count = head.readUInt32LE(head.length - COUNT);
  const first = head.length - COUNT - count * LENGTH;
  return Array.from({ length: count }, (_none, at) => head.readDoubleLE(first + at * LENGTH));
}

class Unpacker extends Deserializer {
  private next = 0;

  constructor(
    head: Buffer,
    private readonly views: readonly Uint8Array[],
  ) {
    super(head);
  }

  /** Called by V8's deserializer. */
  _readHostObject(): NodeJS.ArrayBufferView {
    const kind = this.readUint32();
    if (this.readUint32() === 1) return viewOf(kind, new Uint8Array(this.readRawBytes(this.readUint32())));
    const bytes = this.views[this.next++];
    if (bytes === undefined) throw new Error('a clone that names more memory than has followed it');
    return viewOf(kind, bytes);
  }
}

/** @param head without the room at its beginning. It is not kept @param views each in memory of its own, which the value takes over */
export function unpack(head: Buffer, views: readonly Uint8Array[]): unknown {
  const unpacker = new Unpacker(head, views);
  unpacker.readHeader();
  return unpacker.readValue();
}
