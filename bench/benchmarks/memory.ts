import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { environment } from '#src/bench/environment.js';
import { ProcessGroup } from '#src/bench/process-group.js';
import { findProcess } from '#src/observe/processes.js';
import { type Benchmark, single } from '../harness/benchmark';
import { rowsFor } from '../harness/rows';

const PATIENCE = 10_000;
const SETTLED = 20;

/** KiB that a process shares with no other. proc_pid_smaps_rollup(5) */
function privateMemory(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)].map(([, value]) => Number(value));
  return kilobytes.reduce((sum, value) => sum + value, 0);
}

/** Of a child that has gone to sleep in read: until two looks at it agree. */
async function ofIdleChild(name: string, command: readonly string[]): Promise<number> {
  const limit = PATIENCE / 1000;
  const group = new ProcessGroup(name, [...command, String(limit)], { patience: PATIENCE, env: environment });
  try {
    const child = Number(/^child (\d+)$/.exec(await group.firstLine())?.[1]);
    for (let before = -1; ; ) {
      const now = privateMemory(child);
      if (findProcess(child)?.state === 'sleeping' && now === before) return now;
      before = now;
      await delay(SETTLED);
    }
  } finally {
    await group.stop();
  }
}

export const memory: Benchmark = {
  name: 'memory',
  summary: 'memory that an idle child has for itself alone, next to C and the scripting languages (Linux)',
  prepare: (peers) => {
    const rows = rowsFor(peers, 'idle-child', (command, name) => ofIdleChild(name, command));
    return [
      single({
        ...{ id: 'memory', title: 'private memory of a child that is blocked in read', unit: 'KiB', better: 'less' },
        rows:
          process.platform === 'linux'
            ? rows
            : rows.map(({ id, name }) => ({ id, name, skipped: 'is read from /proc/PID/smaps_rollup of Linux' })),
        goals: ['python', 'python-of-system'].map((beside) => ({ of: 'realfork-tuned', beside, atLeast: 1 })),
      }),
    ];
  },
};
