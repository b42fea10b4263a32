import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf } from '../observe/processes';
import { environment } from './environment';
import { ProcessGroup } from './process-group';
import type { Workshop } from './workshop';

export interface Load {
  /** Clients at a time, 1 to 64. */
  readonly clients: number;
  /** At most so many connections; 0 is no limit. */
  readonly count: number;
  /** After so many seconds none is begun, but for the first of each client. */
  readonly seconds: number;
}

export interface Served {
  readonly connections: number;
  readonly perSecond: number;
  /** Microseconds from connect to the whole echo: half of the clients waited no longer, 99 % of them. */
  readonly p50: number;
  readonly p99: number;
}

/** Beside what is measured: starting, warming up, reaping. Seconds. */
export const SLACK = 30;

/** The clients are in C, so that they are not what is measured. */
export function compileLoad(workshop: Workshop): string {
  return workshop.compile(join(__dirname, '..', '..', 'src', 'bench', 'load.c'));
}

/** Connect, echo five bytes, close, and again. @param program what compileLoad() gave */
export async function offer(program: string, port: number, { clients, count, seconds }: Load): Promise<Served> {
  const args = [port, clients, count, Math.ceil(seconds * 1000)].map(String);
  const group = new ProcessGroup('load', [program, ...args], { patience: (seconds + SLACK) * 1000, env: environment });
  const [line = ''] = await group.finished();
  const [connections = Number.NaN, took = Number.NaN, p50 = Number.NaN, p99 = Number.NaN] = line.split(' ').map(Number);
  return { connections, perSecond: connections / (took / 1e9), p50: p50 / 1000, p99: p99 / 1000 };
}

/** The port that a server says it listens on, in its first line. */
export async function portOf(server: ProcessGroup): Promise<number> {
  return Number(/^listening (\d+)$/.exec(await server.firstLine())?.[1]);
}

/**
 * Of some languages a handler runs between two operations, and not in accept: such a server learns of its last children
 * with its next client.
 */
const MAY_BE_LEFT = 8;

/** Until a server has waited for its children, and none is still ending: one that leaves zombies does less work than the others. */
export async function hasReaped(name: string, pid: number): Promise<void> {
  const deadline = performance.now() + SLACK * 1000;
  for (;;) {
    const children = childrenOf(pid);
    const zombies = children.filter(({ state }) => state === 'zombie');
    if (zombies.length <= MAY_BE_LEFT && children.every(({ state }) => state !== 'running')) return;
    if (performance.now() > deadline) throw new Error(`${name}: children are left: ${JSON.stringify(children)}`);
    await delay(1); // the kernel sends word of this to the server only
  }
}
