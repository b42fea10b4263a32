/**
 * crypto.randomUUID() of Node draws random bits for so many UUIDs at a time (lib/internal/crypto/random.js,
 * kBatchSize). What is left of them at a fork would be given out by parent and child alike.
 */
const BATCH = 128;

/** To have it compiled before it runs in a child. */
const WARM_UP = 16;

type RandomUUID = typeof import('node:crypto')['randomUUID'];
let randomUUID: RandomUUID | undefined;

/** How many modules of Node there were when the last of them was looked at. */
let seen = 0;

function isLoaded(): boolean {
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
  if (moduleLoadList.length === seen) return false; // it is asked until it is
  seen = moduleLoadList.length;
  return moduleLoadList.includes('NativeModule internal/crypto/random');
}

/** In the child: throws away as many as there can be left. */
function drawBatch(): void {
  for (let drawn = 0; drawn < BATCH; ++drawn) randomUUID?.();
}

/** In the parent: what the child has to do so that its UUIDs are its own; nothing if there can be none yet. */
export function uuidsOfItsOwn(): (() => void) | undefined {
  if (randomUUID === undefined) {
    if (!isLoaded()) return undefined;
    ({ randomUUID } = require('node:crypto') as typeof import('node:crypto'));
    for (let drawn = 0; drawn < WARM_UP; ++drawn) randomUUID();
  }
  return drawBatch;
}
