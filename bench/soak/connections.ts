/**
 * Very many connections through `realfork serve forking`, as it is shipped: none is lost, the last are served as fast as the
 * first, and memory and descriptors are as at the start.
 *
 *   connections COUNT PATIENCE-SECONDS CLIENTS-AT-A-TIME
 *
 * Run by soak.ts, which watches it: it writes messages.ts on standard output and ends with status 1 if
 * anything was not as it must be.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { environment } from '#src/bench/environment.js';
import { compileLoad, hasReaped, offer } from '#src/bench/load.js';
import { ProcessGroup } from '#src/bench/process-group.js';
import { processorTime } from '#src/bench/processor-time.js';
import { temporaryDirectory } from '#src/bench/temporary-directory.js';
import { Workshop } from '#src/bench/workshop.js';
import type { ServerStatus } from '#src/servers/forking/status.js';
import { serve } from '../harness/programs';
import { check, conclude, verdict } from './findings';
import { tell } from './messages';

const [count = 0, patience = 30, clients = 4] = process.argv.slice(2).map(Number);

/** The load is offered in so many parts, of which the first and the last are compared. */
const PARTS = 20;
/** By so much processor time a connection may cost more at the end, as a fraction; a connection takes what the machine gives. */
const TOLERANCE = 0.1;
/** Memory may grow by so much: V8's heap does, with the first thousands of forks. MiB. */
const GROWTH = 8;

interface Part {
  readonly perSecond: number;
  /** Of the server and its children, microseconds for each connection. */
  readonly cpu: number;
  /** Of the server, private memory, in MiB. */
  readonly memory: number;
  readonly descriptors: number;
}

const privateMemory = (pid: number): number => {
  const [, kilobytes] = /^Anonymous: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
};

async function asked(path: string): Promise<ServerStatus> {
  const socket = connect(path);
  socket.write('\n');
  return JSON.parse(await text(socket)) as ServerStatus;
}

async function main(): Promise<void> {
  const workshop = Workshop.open();
  if (workshop === undefined)
    throw new Error('the clients are in C, and there is no C compiler: apt install gcc libc6-dev');
  const load = compileLoad(workshop);
  const status = join(temporaryDirectory('realfork-soak-connections-'), 'status');
  const program = serve(`forking --quiet --status ${status}`);
  const server = new ProcessGroup('serve forking', program.command(0), { patience: 2 ** 31 - 1, env: environment });
  const start = performance.now();
  let served = 0;
  const pace = '';
  const alive = setInterval(() => tell({ kind: 'progress', text: `${served}/${count} connections${pace}` }), 1000);
  try {
    const port = await program.port(server);
    const part = async (size: number): Promise<Part> => {
      const before = processorTime(server.pid);
      const { connections, perSecond } = await offer(load, port, { clients, count: size, seconds: patience * 60 });
      await hasReaped('serve forking', server.pid);
      served += connections;
      const cpu = ((processorTime(server.pid) - before) * 1e6) / connections;
      tell({
        kind: 'progress',
        text: `${served}/${count} connections, ${perSecond.toFixed(0)}/s, ${cpu.toFixed(0)} µs each`,
      });
      const descriptors = readdirSync(`/proc/${server.pid}/fd`).length;
      return { perSecond, cpu, memory: privateMemory(server.pid), descriptors };
    };
    const parts: Part[] = [];
    while (served < count) parts.push(await part(Math.min(Math.ceil(count / PARTS), count - served)));
    const { accepted, errors, refused, children } = await asked(status);
    const seen = { accepted, errors: Object.keys(errors).length, refused, children };
    const expected = { accepted: count, errors: 0, refused: 0, children: 0 };
    check(served === count, `${served} of ${count} connections were served`);
    check(JSON.stringify(seen) === JSON.stringify(expected), `the server says ${JSON.stringify({ ...seen, errors })}`);
    const [first, last] = [parts[0], parts.at(-1)];
    if (first === undefined || last === undefined) return;
    const memory = `private memory ${first.memory.toFixed(0)} → ${last.memory.toFixed(0)} MiB`;
    check(last.memory <= first.memory + GROWTH, memory);
    check(last.descriptors === first.descriptors, `descriptors ${first.descriptors} → ${last.descriptors}`);
    const cpu = `processor time of each ${first.cpu.toFixed(0)} → ${last.cpu.toFixed(0)} µs`;
    check(last.cpu <= first.cpu * (1 + TOLERANCE), `it has become slower: ${cpu}. Only an idle machine can tell`);
    const rates = parts.map(({ perSecond }) => perSecond);
    const pace = `${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}/s`;
    conclude(
      verdict(served, 'connections', performance.now() - start),
      pace,
      cpu,
      memory,
      `${last.descriptors} descriptors`,
    );
  } finally {
    clearInterval(alive);
    await server.stop();
  }
}

void main();
