import type { WriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { quiesce } from '../native';
import { isLoaded } from './loaded';

/**
 * Streams that the thread pool was writing for at a fork. The write is the parent's, and in the child nobody will say
 * that it has ended: what the child writes would wait behind it for ever, and be gone without a word when the child
 * ends. Such a stream is known by the child's first write to it.
 */

interface State {
  readonly writing: boolean;
  constructed: boolean;
  readonly onwrite: (error?: Error | null) => void;
  writecb?: (error?: Error | null) => void;
}

type Busy = Writable & { readonly _writableState: State };

/** Streams that this child has written to; undefined where no stream was busy at its fork. */
let known: WeakSet<object> | undefined;
/** Streams whose file this child opens itself. */
let openedHere = new WeakSet<object>();

function isFileStream(stream: object): stream is WriteStream & Busy {
  if (!isLoaded('internal/fs/streams')) return false;
  const fs = require('node:fs') as typeof import('node:fs');
  return stream instanceof fs.WriteStream;
}

/** Of zlib: compresses in the thread pool. */
function isCompressor(stream: object): boolean {
  if (!isLoaded('zlib')) return false;
  const { _handle: handle } = stream as { _handle?: object | null };
  return handle?.constructor !== undefined && /^(Zlib|Brotli|Zstd)/.test(handle.constructor.name);
}

/** The write of the parent is over for this copy of the stream, which goes on behind it. */
function goOn(stream: WriteStream & Busy): void {
  const performing = Object.getOwnPropertySymbols(stream).find(({ description }) => description === 'kIsPerformingIO');
  if (performing !== undefined) Object.assign(stream, { [performing]: false });
  const state = stream._writableState;
  state.writecb = () => {}; // the parent's
  state.onwrite();
}

function fail(stream: Busy, what: string): void {
  const error = new Error(
    `${what} was under way in the thread pool when this process was forked: it is the parent's, and this copy of the ` +
      'stream cannot go on. Fork when the stream is at rest, or have the child make one of its own.',
  );
  stream._writableState.constructed = true; // or its end would wait for the file to be opened
  stream.destroy(Object.assign(error, { code: 'ERR_FORK_STREAM_BUSY', syscall: 'fork' }));
}

function failUnlessOpened(stream: Busy): void {
  if (!stream._writableState.constructed && !openedHere.has(stream)) fail(stream, 'The opening of this file');
}

function lookAt(stream: Busy): void {
  if (known === undefined || known.has(stream)) return;
  known.add(stream);
  const { writing, constructed } = stream._writableState;
  if (isFileStream(stream)) {
    // A stream opens its file in the tick after it was made: one that was made here has begun to by then.
    if (!constructed) process.nextTick(() => failUnlessOpened(stream));
    else if (writing) goOn(stream);
  } else if (writing && isCompressor(stream)) {
    fail(stream, 'A write to this stream');
  }
}

type Method = (this: Busy, ...args: unknown[]) => unknown;

/** Has `before` see a stream whenever one of its methods is called. */
function precede(prototype: object, name: string, before: (stream: Busy) => void): void {
  const methods = prototype as Record<string, Method>;
  const method = methods[name];
  if (method === undefined) return;
  const { [name]: preceded } = {
    [name](this: Busy, ...args: unknown[]) {
      before(this);
      return method.apply(this, args);
    },
  };
  Object.defineProperty(prototype, name, { value: preceded, writable: true, configurable: true });
}

let isWatching = false;

function watchStreams(): void {
  known = new WeakSet();
  openedHere = new WeakSet();
  if (isWatching) return;
  isWatching = true;
  const { Duplex, Writable } = require('node:stream') as typeof import('node:stream');
  for (const { prototype } of [Writable, Duplex]) {
    for (const name of ['write', 'end']) precede(prototype, name, lookAt);
  }
  if (!isLoaded('internal/fs/streams')) return;
  const { WriteStream } = require('node:fs') as typeof import('node:fs');
  precede(WriteStream.prototype, '_construct', (stream) => void openedHere.add(stream));
}

/** Node's modules of such streams. */
export const STREAM_MODULES = ['internal/fs/streams', 'zlib'];

/** In the parent, before the fork: how a child looks out for streams that cannot go on in it, if there can be any. */
export function streamsToWatch(): (() => void) | undefined {
  return STREAM_MODULES.some(isLoaded) && quiesce().hasRequests() ? watchStreams : undefined;
}
