/**
 * A day of a service in ten minutes: `realfork serve forking` among clients of all kinds, and what is done to a server.
 *
 *   service SECONDS PATIENCE-SECONDS CLIENTS-AT-A-TIME
 *
 * Shown: of the clients that keep to the service (quick ones, slow ones, one that sends 1 GiB) none is lost, though others
 * reset, say nothing, or send anything; children are killed, the server is stopped and goes on, reads its configuration each
 * second, and its log is read by nobody now and then. At the end it has the memory and the descriptors of its start.
 *
 * Run by soak.ts, which watches it: it writes messages.ts on standard output and ends with status 1 if
 * anything was not as it must be.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { mkfifo } from 'realfork';
import { temporaryDirectory } from '#src/bench/temporary-directory.js';
import { whenLeaving } from '#src/leaving.js';
import { childrenOf } from '#src/observe/processes.js';
import type { ServerStatus } from '#src/servers/forking/status.js';
import { type Pid, pidOf, signalIfThere, signalProcess } from '#src/signalling.js';
import { complain, conclude, verdict } from './findings';
import { tell } from './messages';
import { HEALTHY, OTHERS, type ServiceClient, sends } from './service-clients';

const [seconds = 600, patience = 30, atATime = 200] = process.argv.slice(2).map(Number);

const CHILDREN = 64;
/** Bytes of the client that sends most: 1 GiB in a day of ten minutes. */
const GIANT = seconds < 300 ? 2 ** 26 : 2 ** 30;
const giant = sends(() => GIANT);
const ALL_HEALTHY: Readonly<Record<string, ServiceClient>> = { ...HEALTHY, giant };
const CLI = join(__dirname, '..', '..', '..', 'dist', 'cli', 'main.js');
/** Memory may grow by so much: V8's heap does, with the first thousands of forks. MiB. */
const GROWTH_MB = 32;

const directory = temporaryDirectory('realfork-soak-service-');
const [limits, status, fifo] = ['limits.json', 'status', 'log'].map((name) => join(directory, name)) as [
  string,
  string,
  string,
];

/** Reads the log, until it is killed and another does. */
class LogReader {
  private reader: ChildProcess | undefined;

  start(): void {
    this.reader = spawn('cat', [fifo], { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  async restart(): Promise<void> {
    const { reader } = this;
    if (reader === undefined) return;
    const ended = once(reader, 'exit');
    reader.kill('SIGKILL');
    await ended;
    await delay(200); // nobody reads
    this.start();
  }

  end(): void {
    this.reader?.kill('SIGKILL');
  }
}

interface Server {
  readonly pid: Pid;
  readonly port: number;
  readonly ended: Promise<unknown[]>;
}

async function asked(): Promise<ServerStatus> {
  const socket = connect(status);
  socket.write('\n');
  return JSON.parse(await text(socket)) as ServerStatus;
}

/** Its log goes to the FIFO, of which this process reads the first line. */
function startServer(): Server {
  const log = openSync(fifo, constants.O_RDWR);
  const command = ['serve', 'forking', '--listen', '127.0.0.1:0', '--children', String(CHILDREN), '--config', limits];
  const options = ['--timeout', '600', '--status', status, '--doit', join(__dirname, 'service-doit.js')];
  const writer = openSync(fifo, constants.O_WRONLY);
  const started = spawn(process.execPath, [CLI, ...command, ...options], { stdio: ['ignore', 'inherit', writer] });
  closeSync(writer);
  const pid = pidOf(started.pid, 'the server');
  const ended = once(started, 'exit');
  whenLeaving(() => void signalIfThere(pid, 'SIGKILL'));
  const buffer = Buffer.alloc(4096);
  let said = '';
  while (!/listening on 127\.0\.0\.1:\d+\n/.test(said)) said += buffer.toString('utf8', 0, readSync(log, buffer));
  closeSync(log);
  return { pid, port: Number(/listening on 127\.0\.0\.1:(\d+)/.exec(said)?.[1]), ended };
}

/** Descriptors, and resident memory in MiB. */
function held(pid: Pid): { readonly descriptors: number; readonly megabytes: number } {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, megabytes: Number(kilobytes) / 1024 };
}

const served = new Map<string, number>();
let isOver = false;
let isStopping = false;

/** There is nothing more to see. */
function abandon(why: string): void {
  complain(why);
  conclude(why);
  process.exit();
}

/** One client after the other, of one kind. */
async function keepComing(kind: string, client: ServiceClient, port: number): Promise<void> {
  while (!isOver) {
    const signal = AbortSignal.timeout((kind === 'giant' ? 10 : 1) * patience * 1000);
    try {
      const wrong = await client(port, signal);
      if (wrong !== undefined) complain(`${kind}: ${wrong}`);
      served.set(kind, (served.get(kind) ?? 0) + 1);
    } catch (error) {
      if (kind in ALL_HEALTHY) complain(`${kind}: lost, ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Until it is over. */
async function each(milliseconds: number, act: () => void | Promise<void>): Promise<void> {
  for (; !isOver; await delay(milliseconds)) await act();
}

/** Half are quick, and there is one giant. */
function kindOf(nth: number): readonly [string, ServiceClient] {
  const kinds: readonly (keyof typeof HEALTHY | keyof typeof OTHERS)[] = [
    ...(['quick', 'quick', 'quick', 'quick', 'slow'] as const),
    ...(['quick', 'reset', 'half-open', 'garbage', 'victim'] as const),
  ];
  const kind = kinds[nth % kinds.length] ?? 'quick';
  return nth === 0 ? ['giant', giant] : [kind, { ...HEALTHY, ...OTHERS }[kind]];
}

async function idle(pid: Pid): Promise<void> {
  while (childrenOf(pid).length > 0) await delay(10);
}

async function main(): Promise<void> {
  mkfifo(fifo, 0o600);
  writeFileSync(limits, '{}');
  const reader = new LogReader();
  whenLeaving(() => reader.end());
  const { pid, port, ended } = startServer();
  reader.start();
  for (let nth = 0; nth < CHILDREN; ++nth) await HEALTHY.quick(port, AbortSignal.timeout(patience * 1000));
  await idle(pid);
  const before = held(pid);
  const began = performance.now();
  void ended.then(([status, signal]) => {
    if (!isStopping) abandon(`the server has ended with ${String(signal ?? status)}`);
  });
  const clients = Array.from({ length: atATime }, (_none, nth) => keepComing(...kindOf(nth), port));
  const surroundings = [
    each(1000, () => {
      writeFileSync(limits, JSON.stringify({ children: CHILDREN - Math.round(Math.random() * 8) }));
      signalProcess(pid, 'SIGHUP');
    }),
    each(7000, async () => {
      signalProcess(pid, 'SIGSTOP');
      await delay(300);
      signalProcess(pid, 'SIGCONT');
    }),
    each(11_000, () => reader.restart()),
  ];
  const told = setInterval(() => {
    const count = [...served.values()].reduce((sum, one) => sum + one, 0);
    const { descriptors, megabytes } = held(pid);
    tell({ kind: 'progress', text: `${count} clients, ${descriptors} descriptors, ${megabytes.toFixed(0)} MiB` });
  }, 1000);
  await Promise.race([delay(seconds * 1000), ended]);
  isOver = true;
  await Promise.all([...clients, ...surroundings]);
  clearInterval(told);
  const count = [...served.values()].reduce((sum, one) => sum + one, 0);
  const took = performance.now() - began;
  await idle(pid);
  const { errors } = await asked();
  const after = held(pid);
  if (after.descriptors !== before.descriptors)
    complain(`${before.descriptors} descriptors have become ${after.descriptors}`);
  if (after.megabytes > before.megabytes + GROWTH_MB)
    complain(`memory has grown from ${before.megabytes} to ${after.megabytes} MiB`);
  isStopping = true;
  signalProcess(pid, 'SIGTERM');
  const [exit, signal] = await ended;
  if (exit !== 0) complain(`the server ended with ${String(signal ?? exit)}`);
  reader.end();
  const kinds = [...served].map(([kind, number]) => `${number} ${kind}`).join(', ');
  const memory = `memory from ${before.megabytes.toFixed(0)} to ${after.megabytes.toFixed(0)} MiB`;
  conclude(verdict(count, 'clients', took), kinds, memory, `errors ${JSON.stringify(errors)}`);
}

void main();
