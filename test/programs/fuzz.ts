/**
 * `npm run fuzz -- 200000 [seed]`: so many calls of the package with arguments that nobody would give, in a process without
 * anything to lose (fuzz-calls.ts), which is started anew behind the call at which it has crashed or hung. The seed is
 * printed: with it the same calls are made.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** So long nothing may be heard of the process. Milliseconds: a call takes microseconds. */
const PATIENCE = 30_000;

const [count = 200_000, seed = randomInt(2 ** 31)] = process.argv.slice(2).map(Number);
const found = { crashes: 0, hangs: 0, wrong: 0 };

function say(line: string): void {
  process.stdout.write(`fuzz: ${line}\n`);
}

/** One process, from a call on. @returns the call behind the one at which it has ended */
async function runFrom(first: number, cwd: string): Promise<number> {
  const program = join(__dirname, 'fuzz-calls.js');
  const child = spawn(process.execPath, [program, String(seed), String(first), String(count)], {
    ...{ cwd, detached: true },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let at = first;
  let isHung = false;
  let errors = '';
  const kill = (): void => {
    isHung = true;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(kill, PATIENCE);
  const [, out, err, progress] = child.stdio as unknown as [null, Readable, Readable, Readable];
  progress.on('data', (bytes: Buffer) => {
    clearTimeout(timer);
    timer = setTimeout(kill, PATIENCE);
    at = Number(/(\d+)\n\d*$/.exec(bytes.toString())?.[1] ?? at);
  });
  err.on('data', (bytes: Buffer) => {
    errors = (errors + bytes.toString()).slice(-2000);
  });
  out.on('data', (bytes: Buffer) => {
    found.wrong += bytes.toString().split('\n').length - 1;
    process.stdout.write(bytes);
  });
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on('close', (...end) => resolve(end)),
  );
  clearTimeout(timer);
  if (status === 0) return count;
  found[isHung ? 'hangs' : 'crashes'] += 1;
  say(`seed ${seed}, call ${at}: ${isHung ? 'it hangs' : `status ${status}, signal ${signal}\n${errors}`}`);
  return at + 1;
}

async function main(): Promise<void> {
  say(`${count} calls, seed ${seed}`);
  const cwd = mkdtempSync(join(tmpdir(), 'realfork-fuzz-'));
  try {
    for (let next = 0; next < count; ) next = await runFrom(next, cwd);
  } finally {
    rmSync(cwd, { recursive: true });
  }
  const { crashes, hangs, wrong } = found;
  say(`${count} calls, seed ${seed}: ${crashes} crashes, ${hangs} hangs, ${wrong} errors without a code`);
  process.exitCode = crashes + hangs + wrong === 0 ? 0 : 1;
}

void main();
