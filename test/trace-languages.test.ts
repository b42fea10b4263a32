import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '#src/observe/events.js';
import { readRecording } from '#src/observe/recording-file.js';
import { CLI } from './support/cli';
import { ownDirectory } from './support/own-directory';
import { Started } from './support/run-program';
import { skippedName } from './support/systems';
import { story } from './support/traced';
import { compiledPrograms, describeTraced, interpreted, serveTwo } from './support/traced-programs';

/** Figure 4.13 in other languages: what becomes of accept when a child ends. */

const folder = ownDirectory();
const started: Started[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.kill();
});

interface Figure {
  readonly lines: string;
  readonly events: readonly Event[];
  /** Of the server, from its first accept on. */
  readonly steps: readonly string[];
}

/** @param told what a trace says when a child was dealt with */
async function figure413(command: readonly string[], told: RegExp): Promise<Figure> {
  const record = join(folder.path, 'record');
  const traced = new Started(process.execPath, [CLI, 'trace', '--record', record, '--', ...command]);
  started.push(traced);
  const [, port] = await traced.stdout.match(/^(\d+)$/m);
  await serveTwo(traced, Number(port), told, false);
  const { status, stderr } = await traced.end();
  expect(status).toBe(7);
  const events = readRecording(record)[0]?.runs[0]?.events ?? [];
  const server = story(events)['server'] ?? [];
  return { lines: stderr, events, steps: server.slice(server.findIndex((step) => step.startsWith('accept'))) };
}

const CHILD_REAPED = /^\[\d+\] waitpid\(-1, WNOHANG\) = \d+, exited 0$/;
/** The steps that do not differ from run to run. */
const without = (steps: readonly string[]): string[] => steps.map((step) => step.replace(/\b\d{2,}\b/g, 'N'));

describeTraced('C', () => {
  const program = compiledPrograms('figure-4.13');

  test('accept fails with EINTR when the first child ends, and the program calls it again', async () => {
    const { steps, events } = await figure413([program('figure-4.13')], CHILD_REAPED);
    expect(without(steps)).toEqual([
      ...['accept(3): 4', 'fork(): N', 'close(4): 0'],
      'accept(3): EINTR',
      ...['> SIGCHLD: returned', '> > waitpid(-1, WNOHANG): N, exited 0', '> > waitpid(-1, WNOHANG): ECHILD'],
      ...['accept(3): 4', 'fork(): N', 'close(4): 0'],
      'pause(): EINTR',
      ...['> SIGCHLD: returned', '> > waitpid(-1, WNOHANG): N, exited 0', '> > waitpid(-1, WNOHANG): ECHILD'],
      'exit(7)',
    ]);
    expect(story(events)['child 1']).toEqual([
      ...['close(3): 0', 'read(4, 4096 bytes): 6', 'write(4, 6 bytes): 6', 'read(4, 4096 bytes): 0'],
      ...['exit(0)', 'zombie until reaped'],
    ]);
  });

  test('with SA_RESTART the same accept goes on, and the program sees nothing', async () => {
    const { steps, lines } = await figure413([program('figure-4.13'), 'restart'], CHILD_REAPED);
    expect(without(steps).slice(3, 7)).toEqual([
      'accept(3): 4',
      ...['> SIGCHLD: returned', '> > waitpid(-1, WNOHANG): N, exited 0', '> > waitpid(-1, WNOHANG): ECHILD'],
    ]);
    expect(lines).toMatch(/^\[\d+\] accept: restarted after SIGCHLD$/m);
    expect(lines).not.toMatch(/accept\(3\) = -1 EINTR/);
  });
});

const SOURCE = join(__dirname, '..', '..', 'test', 'traced');

/** A test of a language that need not be here. */
function testIn(
  language: 'python3' | 'perl',
  file: string,
  name: string,
  run: (command: readonly string[]) => Promise<void>,
): void {
  const command = interpreted(language, file);
  if (command === undefined) test.skip(skippedName(name, `there is no ${language}`), () => {});
  else test(name, () => run(command));
}

describeTraced('Perl', () => {
  testIn('perl', 'figure-4.13.pl', 'accept fails with EINTR, as in C: the program calls it again', async (command) => {
    const { steps } = await figure413(command, CHILD_REAPED);
    const first = steps.indexOf('accept(3): EINTR');
    expect(steps.slice(first, first + 2)).toEqual(['accept(3): EINTR', '> SIGCHLD: returned']);
    expect(readFileSync(join(SOURCE, 'figure-4.13.pl'), 'utf8')).toContain('next if $! == EINTR;');
    expect(steps.at(-1)).toBe('exit(7)');
  });
});

describeTraced('Python', () => {
  testIn('python3', 'figure-4.13.py', 'EINTR is not in the source, and in the calls (PEP 475)', async (command) => {
    const { steps } = await figure413(command, CHILD_REAPED);
    const first = steps.indexOf('accept(3): EINTR');
    expect(steps.slice(first, first + 2)).toEqual(['accept(3): EINTR', '> SIGCHLD: returned']);
    // Its handler in Python runs when the call has failed, and not in the signal's.
    expect(steps.findIndex((step) => /^waitpid\(-1, WNOHANG\): \d+, exited 0$/.test(step))).toBeGreaterThan(first);
    expect(readFileSync(join(SOURCE, 'figure-4.13.py'), 'utf8')).not.toMatch(/EINTR\b(?!\.)|InterruptedError/);
    expect(steps.at(-1)).toBe('exit(7)');
  });
});
