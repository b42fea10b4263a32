/** A program that asks for settings with which each fork costs less. */
import 'realfork/tuned';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { _exit, alarm, close, fork, pipe, read, wait, wait4 } from 'realfork';
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

/** KiB of malloc's heap. proc_pid_smaps(5): AnonHugePages of [heap] */
function heapOnLargePages(): number {
  const heap = /\[heap\]\n[\s\S]*?AnonHugePages: +(\d+) kB/.exec(readFileSync('/proc/self/smaps', 'utf8'));
  return Number(heap?.[1]);
}

/** KiB of the heaps on small pages: of all anonymous memory of a size, which the rest of Node has not. proc_pid_smaps(5) */
function onSmallPages(): number {
  const number = (mapping: string, name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(mapping)?.[1]);
  return readFileSync('/proc/self/smaps', 'utf8')
    .split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
    .map((mapping) => number(mapping, 'Anonymous') - number(mapping, 'AnonHugePages'))
    .filter((small) => small >= 1024)
    .reduce((sum, small) => sum + small, 0);
}

interface Item {
  readonly round: number;
  i: number;
  readonly text: string;
}

const items = (round: number): Item[] =>
  Array.from({ length: 50_000 }, (_, i) => ({ round, i, text: `item ${i} of ${round}` }));
const wrong = (kept: readonly Item[]): number =>
  kept.filter(({ round, i, text }) => text !== `item ${i} of ${round}`).length;

const FORKS = 400;
const TURNS = 20_000;

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

  /** Mappings that no child has, here and in a child, before a fork and after it. */
  'kept from children'() {
    const before = keptFromChildren();
    const end = reap(inChild(() => _exit(keptFromChildren())));
    report({ before, end, after: keptFromChildren() });
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

  /** KiB of malloc's heap on large pages, before any fork, when it has none, and after some. */
  'large pages'() {
    const blocks = Array.from({ length: 800 }, (_, i) => Buffer.allocUnsafeSlow(8192).fill(i & 0xff));
    const before = heapOnLargePages();
    for (let i = 0; i < 130; ++i) reap(inChild(() => _exit(0)));
    const wrong = blocks.filter((block, i) => block.some((byte) => byte !== (i & 0xff))).length;
    report({ before, after: heapOnLargePages(), wrong });
  },

  /** KiB of the heaps that are on small pages: after the parent has written to all of its chunks beside a child, and after some forks. */
  'a large heap'() {
    const large = Array.from({ length: 1_000_000 }, (_, i) => i + 0.5);
    const kept = Array.from({ length: 5 }, (_, round) => items(round)).flat();
    const [readfd, writefd] = pipe();
    const child = fork();
    if (child === 0) {
      close(writefd);
      read(readfd, Buffer.alloc(1)); // the parent's end
      _exit(0);
    }
    for (const item of kept) item.i += 1;
    for (const fd of [readfd, writefd]) close(fd);
    reap(child);
    for (const item of kept) item.i -= 1;
    const before = onSmallPages();
    for (let i = 0; i < 150; ++i) reap(inChild(() => _exit(0)));
    const wrongNumbers = large.filter((value, i) => value !== i + 0.5).length;
    report({ before, after: onSmallPages(), wrong: wrong(kept) + wrongNumbers });
  },

  /** How many page faults more a child has when its parent's loop has run for long, and V8 would have replaced it. */
  'a hot loop'() {
    const faults: number[] = [];
    let sum = 0;
    for (let i = 0; i < FORKS; ++i) {
      if (fork() === 0) _exit(sum & 1);
      faults.push(wait4(-1).rusage.ru_minflt);
      if (i > FORKS / 4) for (let k = 0; k < TURNS; ++k) sum += k & 3; // the same loop for V8, which goes by functions
    }
    const mean = (some: readonly number[]): number => some.reduce((total, number) => total + number, 0) / some.length;
    report({ more: Math.round(mean(faults.slice(-FORKS / 4)) - mean(faults.slice(FORKS / 8, FORKS / 4))) });
  },

  /**
   * For --trace-osr: what V8 does with a loop of a child. The loop ends with the child, which is killed: a thread beside it
   * compiles it, and runs when the machine lets it. Nobody there to kill it: SIGALRM.
   */
  "a child's hot loop"() {
    if (fork() === 0) {
      alarm(60);
      let sum = 0;
      for (let k = 0; k >= 0; k = (k + 1) & 0xffff) sum = (sum + k) & 3;
      _exit(sum & 1);
    }
    wait();
  },

  /** Whether V8 takes the code that it has cached, before any fork and after some. */
  'cached code'() {
    const source = 'function once(a) { return a + 1 } once(1)';
    const cachedData = new Script(source).createCachedData();
    const refused = () => new Script(source, { cachedData, filename: 'again' }).cachedDataRejected;
    const before = refused();
    for (let i = 0; i < 150; ++i) reap(inChild(() => _exit(0)));
    report({ before, after: refused() });
  },
});
