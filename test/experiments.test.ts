import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EXPERIMENTS, type ExperimentName } from '#src/experiments/index.js';
import { ObservedProgram } from '#src/experiments/observed-program.js';
import { observe } from '#src/observe/observe.js';
import { childrenOf } from '#src/observe/processes.js';
import type { Recording } from '#src/observe/recording.js';
import { readRecording } from '#src/observe/recording-file.js';
import { CLI, realfork } from './support/cli';
import { isErrno } from './support/errors';
import { Started } from './support/run-program';

/** Each experiment on this kernel, as a user runs it: what it observes is what the table of this system expects. */

const NAMES = Object.keys(EXPERIMENTS) as ExperimentName[];
/** A process's command line, with blanks between; "" of a zombie, and of what has ended. */
function commandOf(pid: number): string {
  if (process.platform !== 'linux') return observe(pid, { details: true }).processes[0]?.command?.join(' ') ?? '';
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return '';
    throw error;
  }
}

/** Milliseconds: the table of all calls starts eighty processes, and one experiment has five hundred children. */
const PATIENCE = 300_000;

test.each(NAMES)(
  'realfork experiment %s',
  async (name) => {
    const run = await realfork(['experiment', name, '--json'], { patience: PATIENCE });
    const { rows, verdict, question } = JSON.parse(run.stdout) as Recording;
    const differences = rows.filter(({ asExpected }) => !asExpected);
    expect(differences).toEqual([]);
    expect(rows.map(({ id }) => id)).toEqual(Object.keys(EXPERIMENTS[name].setUps));
    expect([run.status, run.stderr, question.at(-1)]).toEqual([0, '', '?']);
    expect(verdict[0]).toMatch(/^As expected on /);
  },
  PATIENCE,
);

test.each(NAMES)('%s has an answer for each system whose every row it knows, and it is one of the choices', (name) => {
  const { answer, choices, expected, setUps } = EXPERIMENTS[name];
  for (const [system, rows] of Object.entries(expected)) {
    for (const id of Object.keys(rows)) expect(Object.keys(setUps)).toContain(id);
    expect(choices[answer[system as NodeJS.Platform] ?? 0]).toBeDefined();
  }
});

describe('realfork experiment', () => {
  test('without a name lists them all, each with its question', async () => {
    const run = await realfork(['experiment']);
    expect([run.status, run.stderr]).toEqual([0, '']);
    for (const name of NAMES) expect(run.stdout).toContain(`${name.padEnd(20)}  ${EXPERIMENTS[name].question}`);
  });

  test('--predict asks first, and says what came of it', async () => {
    const wrong = await realfork(['experiment', 'handler-errno', '--predict'], { input: 'what?\n9\n1\n' });
    expect(wrong.stdout).toMatch(
      /^close\(-1\) has failed .*\n {2}1\. EBADF\n {2}2\. ECHILD\n {2}3\. 0\nWhat do you predict\?/,
    );
    expect(wrong.stdout.match(/What do you predict\?/g)).toHaveLength(3);
    expect(wrong.stdout).toMatch(/You predicted: EBADF\. It is: ECHILD\.\n$/);
    const right = await realfork(['experiment', 'handler-errno', '--predict'], { input: '2\n' });
    expect(right.stdout).toMatch(/You predicted it: ECHILD\.\n$/);
    const silent = await realfork(['experiment', 'handler-errno', '--predict']);
    expect([silent.status, silent.stdout]).toEqual([0, expect.not.stringContaining('You predicted')]);
  });

  test('--html, --trace and --record write what realfork report makes of the record', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'realfork-experiment-'));
    try {
      const [html, trace, record] = ['page.html', 'trace.json', 'record'].map((name) => join(directory, name));
      const files = ['--html', html ?? '', '--trace', trace ?? '', '--record', record ?? ''];
      const run = await realfork(['experiment', 'nocldwait', ...files]);
      const wrote = [
        `wrote ${record}: "realfork report ${record}" shows it again\n`,
        `wrote ${html}: open it in a browser\n`,
        `wrote ${trace}: https://ui.perfetto.dev opens it\n`,
      ];
      expect([run.status, run.stderr]).toEqual([0, wrote.join('')]);
      const again = await realfork(['report', record ?? '', '--html', `${html}.2`, '--trace', `${trace}.2`]);
      expect([again.status, again.stderr.split('\n').length]).toEqual([0, 3]);
      for (const file of [html, trace])
        expect(readFileSync(`${file}.2`, 'utf8')).toBe(readFileSync(file ?? '', 'utf8'));
      expect((await realfork(['report', record ?? ''])).stdout).toBe(run.stdout);
      const [recording] = readRecording(record ?? '');
      // Each row has all of its events: of each child its exit.
      const exits = recording?.runs.map(({ events }) => events.filter(({ kind }) => kind === 'exit').length);
      expect(exits).toEqual([2, 2, 2, 2]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('a file that cannot be written is said to be before anything is run', async () => {
    const run = await realfork(['experiment', 'all', '--html', './no/such/page.html'], { patience: 5000 });
    expect([run.status, run.stdout, run.stderr]).toEqual([2, '', expect.stringContaining('ENOENT')]);
  });

  test.each([
    ['experiment', 'all', '--html'],
    ['experiment', 'all', '--record'],
    ['report', 'none', '--trace'],
    ['figures', '--svg'],
  ])('a directory in place of a file is refused before anything is run: %s %s %s', async (...args) => {
    const run = await realfork([...args, tmpdir()], { patience: 5000 });
    expect([run.status, run.stdout]).toEqual([2, '']);
    expect(run.stderr).toContain('is invalid. It is a directory. Name a file in it: ');
  });

  test('one that there is not: which it may be', async () => {
    const near = await realfork(['experiment', 'zombis']);
    expect([near.status, near.stderr]).toEqual([
      2,
      expect.stringContaining('no experiment zombis. Did you mean zombies?'),
    ]);
    const far = await realfork(['experiment', 'xyz']);
    expect(far.stderr).toContain('There is no experiment xyz. "realfork experiment" lists them.');
  });

  test.each([
    ['SIGINT', { status: 130 }],
    ['SIGTERM', { status: 143 }],
    ['SIGHUP', { signal: 'SIGHUP' }],
  ] as const)('%s: nothing is left, not a program that is stopped either', async (signal, end) => {
    const command = new Started(process.execPath, [CLI, 'experiment', 'zombies']);
    // After its execve: one that is stopped before keeps the command in spawn.
    const runs = ({ pid }: { pid: number }): boolean => commandOf(pid).includes('run-program.js');
    let program = childrenOf(command.pid).find(runs);
    for (; program === undefined; program = childrenOf(command.pid).find(runs)) {
      expect(childrenOf(process.pid)).toContainEqual(expect.objectContaining({ pid: command.pid }));
      await delay(1);
    }
    process.kill(program.pid, 'SIGSTOP');
    process.kill(command.pid, signal);
    expect(await command.end()).toMatchObject(end);
  });

  test('a zombie that nobody waits for, as in a container without an init, is not waited for for ever', async () => {
    const runProgram = join(__dirname, '..', '..', 'dist', 'experiments', 'run-program.js');
    const parent = new ObservedProgram([runProgram, 'zombies', 'parent'], 20_000, { stdin: 'pipe' });
    let more = 0;
    const now = performance.now.bind(performance);
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + more);
    try {
      const child = await parent.child(1);
      await parent.ended(child);
      const gone = expect(parent.isGone(child)).rejects.toThrow(
        `process ${child} is a zombie after 10 s: process ${parent.pid}, its parent, does not wait for it`,
      );
      more = 10_001;
      await gone;
    } finally {
      clock.mockRestore();
      await parent.stop();
    }
  });

  test('one that there is not: those that there are, status 2', async () => {
    const run = await realfork(['experiment', 'zombie']);
    expect([run.status, run.stderr]).toEqual([2, expect.stringContaining('zombies')]);
  });
});
