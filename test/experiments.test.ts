import { EXPERIMENTS, type ExperimentName } from '#src/experiments/index.js';
import type { Recording } from '#src/observe/recording.js';
import { realfork } from './support/cli';

/** Each experiment on this kernel, as a user runs it: what it observes is what the table of this system expects. */

const NAMES = Object.keys(EXPERIMENTS) as ExperimentName[];
/** Milliseconds: the table of all calls starts eighty processes. */
const PATIENCE = 120_000;

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

  test('one that there is not: those that there are, status 2', async () => {
    const run = await realfork(['experiment', 'zombie']);
    expect([run.status, run.stderr]).toEqual([2, expect.stringContaining('zombies')]);
  });
});
