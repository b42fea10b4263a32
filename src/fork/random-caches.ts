import type * as Crypto from 'node:crypto';
import { quiesce } from '../native';
import { isLoaded } from './loaded';
import { withScopes } from './scopes';

/**
 * Random numbers that Node draws in advance, many at a time: what is left of them at a fork would be given out by parent
 * and children alike. OpenSSL's own generator notices a fork.
 */

/** How many forks lie between the program that was started and this process. */
let generation = 0;
/** A filling of randomInt()'s cache that its parent's pool was at: Node would wait for its end for ever. */
let fillingIsLost = false;

/** crypto.randomInt() of Node: lib/internal/crypto/random.js, randomCache. */
function watchRandomInts({ randomInt, randomFillSync }: typeof Crypto): void {
  const { prototype } = Buffer;
  const { readUIntBE } = prototype;
  const caches: Buffer[] = [];
  prototype.readUIntBE = function noting(this: Buffer, offset: number, size: number): number {
    caches.push(this);
    return readUIntBE.call(this, offset, size);
  };
  try {
    randomInt(2);
  } finally {
    prototype.readUIntBE = readUIntBE;
  }
  const [cache] = caches;
  if (cache === undefined) return;
  let filledIn = generation;
  let refilling = false;
  // In place of Node's method on this one object: so a child that draws none has nothing to do.
  cache.readUIntBE = (offset, size) => {
    if (filledIn !== generation) {
      filledIn = generation;
      randomFillSync(cache);
    }
    const number = readUIntBE.call(cache, offset, size);
    if (fillingIsLost && offset + size === cache.length && !refilling) {
      refilling = true; // here, so that randomInt() with a callback never finds the cache empty
      randomInt(2); // takes this number as well: Node goes on to the next when it has it
      randomInt(2);
      refilling = false;
    }
    return number;
  };
}

/** crypto.randomUUID() and randomUUIDv7(): kBatchSize at a time, of 16 bytes each. */
const UUIDS = { draws: 128, bytes: 16 };

/** Whether the program has made use of the global WebSocket: Node puts its class there when it is first asked for. */
function mayHaveWebSockets(): boolean {
  if (!isLoaded('internal/deps/undici/undici')) return false;
  return typeof Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')?.value === 'function';
}

type Look = () => unknown;
type VariablesOf = (look: Look) => Readonly<Record<string, unknown>>;

/** How deep the module that draws the masks lies beneath WebSocket's. */
const DEPTH = 3;

/** The masks of the frames that WebSocket sends: lib/web/websocket/frame.js of undici, `buffer`. */
function findMasks(variablesOf: VariablesOf, look: Look, depth: number): unknown {
  const { bufIdx, generateMask, WebsocketFrameSend, SendQueue } = variablesOf(look);
  if (typeof bufIdx === 'number' && typeof generateMask === 'function') {
    generateMask(); // there is no memory for them before the first
    const { buffer } = variablesOf(look);
    return buffer;
  }
  if (depth === 1) return undefined;
  for (const next of [WebsocketFrameSend, SendQueue]) {
    const found = typeof next === 'function' ? findMasks(variablesOf, next as Look, depth - 1) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

let masksAreWatched = false;

function watchMasks(): void {
  if (masksAreWatched || !mayHaveWebSockets()) return;
  masksAreWatched = true;
  const masks = withScopes((variablesOf) => findMasks(variablesOf, WebSocket.prototype.send as Look, DEPTH));
  if (masks instanceof Uint8Array) quiesce().watchBuffer(masks);
}

let crypto: typeof Crypto | undefined;
/** In a child, where the memory that Node keeps the bits of UUIDs in cannot be found: throws away as many as there can be. */
let drawUuids: (() => void) | undefined;

/** Before the first fork, and once. */
function watchCaches(loaded: typeof Crypto): void {
  const { randomUUID } = loaded;
  watchRandomInts(loaded);
  const draw = (): void => void randomUUID();
  if (quiesce().watchCache(draw, UUIDS.draws * UUIDS.bytes, UUIDS.draws)) return;
  drawUuids = (): void => {
    for (let drawn = 0; drawn < UUIDS.draws; ++drawn) draw();
  };
}

/** Node's modules that keep such numbers. */
export const RANDOM_MODULES = ['internal/crypto/random', 'internal/deps/undici/undici'];

/**
 * In the parent, before the fork: how a child makes the random numbers that it has inherited its own, if there can be any. To be
 * called on both sides, so that no child is the first to run it.
 */
export function cachesToRenew(): ((inChild: boolean) => void) | undefined {
  if (crypto === undefined && isLoaded('internal/crypto/random')) {
    crypto = require('node:crypto') as typeof Crypto;
    watchCaches(crypto);
  }
  watchMasks();
  if (crypto === undefined && !masksAreWatched) return undefined;
  const mayLose = quiesce().hasRequests();
  return (inChild) => {
    if (!inChild) return;
    ++generation;
    if (!quiesce().renewCaches()) throw new Error('getrandom(2) gives no random bytes to this child');
    drawUuids?.();
    if (mayLose && crypto !== undefined) {
      fillingIsLost = true;
      crypto.randomInt(2);
    }
  };
}
