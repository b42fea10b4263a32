/** A program that asks for settings with which each fork costs less. */
import 'realfork/tuned';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { _exit } from 'realfork';
import { inChild, reap, report, scenarios } from '../support/scenarios';

/** Chunks of V8's heap that have a mapping of their own: 256 KiB, or a multiple, at such a multiple, with nothing beside them. */
function scatteredChunks(): number {
  const CHUNK = 0x40000;
  const mappings = readFileSync('/proc/self/maps', 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [range = '', permissions, , , inode] = line.split(/\s+/);
      const [from = 0, to = 0] = range.split('-').map((address) => Number.parseInt(address, 16));
      return { from, to, plain: permissions === 'rw-p' && inode === '0' };
    });
  return mappings.filter(({ from, to, plain }, at) => {
    const alone = mappings[at - 1]?.to !== from && mappings[at + 1]?.from !== to;
    return plain && alone && from % CHUNK === 0 && (to - from) % CHUNK === 0;
  }).length;
}

/** Mappings that no child would have (MADV_DONTFORK), as V8 wants its heap. proc_pid_smaps(5) */
function keptFromChildren(): number {
  return readFileSync('/proc/self/smaps', 'utf8').match(/^VmFlags:.* dc\b/gm)?.length ?? 0;
}

interface Item {
  readonly round: number;
  readonly i: number;
  readonly text: string;
}

const items = (round: number): Item[] =>
  Array.from({ length: 50_000 }, (_, i) => ({ round, i, text: `item ${i} of ${round}` }));
const wrong = (kept: readonly Item[]): number =>
  kept.filter(({ round, i, text }) => text !== `item ${i} of ${round}`).length;

scenarios({
  started() {
    const { LD_PRELOAD = null, REALFORK_LD_PRELOAD = null } = process.env;
    report({ pid: process.pid, args: process.argv.slice(2), LD_PRELOAD, REALFORK_LD_PRELOAD });
    report({ tuned: process.execArgv.includes('--v8-pool-size=1') });
  },

  layout() {
    const kept = items(0);
    report({ scattered: scatteredChunks(), keptFromChildren: keptFromChildren(), wrong: wrong(kept) });
  },

  /** Chunks are taken and given back many times; what is kept stays what it was, in children as well. */
  garbage() {
    let kept: Item[] = [];
    const ends = new Set<string>();
    for (let round = 0; round < 6; ++round) {
      kept = [...kept.filter(({ i }) => i % 3 === 0), ...items(round)];
      globalThis.gc?.();
      const large = new Float64Array(100_000).fill(round);
      ends.add(reap(inChild(() => _exit(wrong(kept) + wrong(items(round)) + large.filter((n) => n !== round).length))));
    }
    report({ kept: kept.length, wrong: wrong(kept), ends: [...ends] });
  },

  async worker() {
    const body = `const { parentPort } = require('node:worker_threads');
      const all = Array.from({ length: 300000 }, (_, i) => ({ i }));
      parentPort.postMessage(all.filter(({ i }, at) => i === at).length);`;
    const [counted] = await once(new Worker(body, { eval: true }), 'message');
    report({ counted });
  },
});
