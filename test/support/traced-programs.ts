import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCommand } from '#src/find-command.js';
import { client, echo, hangUp } from './cli';
import { blocked } from './proc';
import type { Started } from './run-program';
import { describeWithStraceAndCc } from './systems';

/** The programs of test/traced, of other languages. */

const SOURCES = join(__dirname, '..', '..', '..', 'test', 'traced');

/** C programs that are compiled for the tests of a file, and gone after them. Call where the tests are described. */
export function compiledPrograms(...names: readonly string[]): (name: string) => string {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'realfork-traced-'));
    for (const name of names) {
      const args = ['-std=gnu11', '-pthread', '-o', join(directory, name), join(SOURCES, `${name}.c`)];
      const { status, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`cc could not compile ${name}.c: ${stderr}`);
    }
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return (name) => join(directory, name);
}

/** A program in a language with an interpreter: a command line. The interpreter itself, and not what chooses one. */
export function interpreted(language: 'python3' | 'perl', source: string): readonly string[] | undefined {
  const tell = language === 'perl' ? ['-e', 'print $^X'] : ['-c', 'import sys; print(sys.executable, end="")'];
  if (findCommand(language) === undefined) return undefined;
  const { status, stdout } = spawnSync(language, tell, { encoding: 'utf8' });
  return status === 0 ? [stdout, join(SOURCES, source)] : undefined;
}

export const describeTraced = describeWithStraceAndCc();

/** Until the traced server, whose listening socket is `listenfd`, is blocked in accept on it. */
export async function listens(traced: Started): Promise<{ readonly pid: number; readonly listenfd: number }> {
  const [, pid, listenfd] = await traced.stderr.match(/^\[(\d+)\] listen\((\d+), \d+\) = 0$/m);
  await blocked(Number(pid), Number(listenfd));
  return { pid: Number(pid), listenfd: Number(listenfd) };
}

/**
 * Two clients, one after the other, each of whom goes when the server is blocked again: its child ends, and the signal comes into
 * that call. @param told what the trace says each time, once its parent has dealt with it
 */
export async function serveTwo(traced: Started, port: number, told: RegExp, isLastInAccept: boolean): Promise<void> {
  const { pid, listenfd } = await listens(traced);
  for (const nth of [1, 2]) {
    const socket = await client({ host: '127.0.0.1', port });
    await echo(socket, 'hello\n');
    await traced.stderr.match(new RegExp(`(?:^\\[${pid}\\] close\\(\\d+\\) = 0$.*?){${nth}}`, 'ms'));
    if (nth === 1 || isLastInAccept) await blocked(pid, listenfd);
    await hangUp(socket);
    await traced.stderr.match(new RegExp(`(?:${told.source}.*?){${nth}}`, 'ms'));
  }
}
