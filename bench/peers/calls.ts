/**
 * What a system call costs, by what makes it.
 *
 *   calls realfork|realfork-c|node|koffi getpid|read LIMIT
 *
 * Prints the nanoseconds of one call, the mean of many, a number of times. The same program as calls.c.
 */
import { openSync, readSync } from 'node:fs';
import { alarm, getpid, read } from 'realfork';
import * as c from 'realfork/c';

const SAMPLES = 50;
const CALLS = 10_000;

type Call = () => number;
type Ways = Readonly<Record<'getpid' | 'read', Call>>;

const [way = '', name = '', limit = '0'] = process.argv.slice(2);
const fd = openSync('/dev/zero', 'r');
const byte = new Uint8Array(1);

/** Its declarations: it is there only if somebody has installed it. */
interface Koffi {
  load(path: null): { func(prototype: string): (...args: readonly unknown[]) => number };
}

function koffi(): Ways {
  const libc = (require('koffi') as Koffi).load(null);
  const ownGetpid = libc.func('int getpid()');
  const ownRead = libc.func('long read(int fd, void *buffer, size_t count)');
  return { getpid: () => ownGetpid(), read: () => ownRead(fd, byte, 1) };
}

function ways(): Ways {
  switch (way) {
    case 'realfork':
      return { getpid, read: () => read(fd, byte) };
    case 'realfork-c':
      return { getpid: c.getpid, read: () => c.read(fd, byte) };
    case 'node':
      return { getpid: () => process.ppid, read: () => readSync(fd, byte, 0, 1, null) };
    case 'koffi':
      return koffi();
    default:
      throw new Error(`no way of making calls: ${way}`);
  }
}

function nanosecondsOfOne(call: Call): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < CALLS; ++i) if (call() <= 0) throw new Error(`${name} failed`);
  return Number(process.hrtime.bigint() - start) / CALLS;
}

if (name !== 'getpid' && name !== 'read') throw new Error(`no such call: ${name}`);
const call = ways()[name];
alarm(Number(limit));
for (let i = 0; i < 3; ++i) nanosecondsOfOne(call);
process.stdout.write(`${Array.from({ length: SAMPLES }, () => nanosecondsOfOne(call)).join('\n')}\n`);
