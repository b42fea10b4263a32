import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isPid, killGroup, killProcess, pidOf } from '#src/signalling.js';
import { CLI } from './support/cli';
import { runCommand } from './support/run-program';
import { testWhere } from './support/systems';

const ROOT = join(__dirname, '..', '..');

/** What kill(2) takes for many, for nobody, or for process 1; and what is no number at all. */
const NONE = [-1, 0, 1, -4711, 2.5, Number.NaN, 2 ** 31, undefined, null, '4711'];

test.each(NONE)('%p is no process that is signalled', (value) => {
  expect(isPid(value)).toBe(false);
  expect(() => pidOf(value, 'the child')).toThrow(
    expect.objectContaining({ code: 'ERR_OUT_OF_RANGE', message: expect.stringContaining(`Received ${value}`) }),
  );
});

test('a process and the group that it leads', () => {
  const made: unknown[] = [];
  const calls = { kill: (...args: readonly number[]) => made.push(args) };
  killProcess(calls, pidOf(4711, 'a child'), 15);
  killGroup(calls, pidOf(4711, 'a child'), 9);
  expect(made).toEqual([
    [4711, 15],
    [-4711, 9],
  ]);
});

/** Where the calls themselves are made, or named. */
const CALLS = ['signalling.ts', 'native.ts', 'posix/', 'c-convention/', 'unp/', 'index.ts', 'c.ts', 'calls.ts'];

test('nothing in src/ signals but by src/signalling.ts; a program that an experiment shows may signal itself', () => {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const signals =
    /(?:process\.kill|(?<!\.)\bkill|[a-z]\.kill|\bkillpg|pidfd_send_signal|sigqueue)\((?!unp\.getpid\(\)|[\d)$])/;
  const found = files
    .filter((name) => !CALLS.some((own) => name === own || (own.endsWith('/') && name.startsWith(own))))
    .flatMap((name) =>
      readFileSync(join(ROOT, 'src', name), 'utf8')
        .split('\n')
        .filter((line) => signals.test(line) && !/^\s*(?:\*|\/\/|\/\*|kill\(.*\): void \{$)/.test(line)) // nor a method of that name
        .map((line) => `${relative('.', name)}: ${line.trim()}`),
    );
  expect(found).toEqual([]);
});

/** Whether this process may make a PID namespace: kill(-1) reaches nobody outside. unshare(1) */
const hasNamespaces =
  process.platform === 'linux' &&
  spawnSync('unshare', ['--pid', '--fork', '--mount-proc', '--kill-child', 'true']).status === 0;
const inNamespace = testWhere(hasNamespaces, 'needs a PID namespace, which root may make: unshare(1)');

const COMMANDS: readonly string[] = [
  'experiment zombies',
  'experiment orphan',
  'experiment listenfd-left-open',
  'figures',
];

/** Process 1 of the namespace: kill(-1) spares it. */
const SCRIPT = `
for command in ${COMMANDS.map((command) => `'${command}'`).join(' ')}; do
  sleep 60 & bystander=$!
  "$NODE" "$CLI" $command
  echo "status $?"
  grep -q '^State:.[^ZX]' /proc/$bystander/status && echo "$command: the bystander lives"
  kill $bystander
done
`;

inNamespace('where every fork fails, each command says so, and signals nobody else', async () => {
  const run = await runCommand('unshare', ['--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', SCRIPT], {
    env: {
      ...process.env,
      ...{ NODE: process.execPath, CLI },
      NODE_OPTIONS: `--require ${join(__dirname, 'programs', 'no-fork.js')}`,
    },
  });
  expect(run.stdout.trim().split('\n')).toEqual(
    COMMANDS.flatMap((command) => ['status 1', `${command}: the bystander lives`]),
  );
  const said = run.stderr.split('\n').filter((line) => line.startsWith('realfork: '));
  expect(said).toEqual(
    COMMANDS.map(() => expect.stringMatching(/fork of process \d+ failed: EAGAIN|fork error: Resource/)),
  );
});
