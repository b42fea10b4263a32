import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isErrno } from './support/errors';
import { ownDirectory } from './support/own-directory';
import { type Run, reports, runCommand } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'looks into /proc');
const [type, range] = ['ERR_INVALID_ARG_TYPE', 'ERR_OUT_OF_RANGE'];

const example = (name: string, ...args: string[]): Promise<Run> =>
  runCommand(process.execPath, [join(__dirname, '..', 'examples', `${name}.js`), ...args]);

async function linesOf(name: string, ...args: string[]): Promise<string[]> {
  const { status, stderr, stdout } = await example(name, ...args);
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trimEnd().split('\n');
}

describe('snapshot', () => {
  test('a picture of one moment, in its file when it is whole, and told of in between', async () => {
    expect(await reports('recipes', 'snapshots')).toEqual([
      [1, '["before"]', [{ at: 0 }, { at: 1 }]],
      ['RangeError: no more', 23, '["before"]', ['saved']],
      'ERR_SNAPSHOT_NO_FILE',
      ['ENOENT', 5],
      ...[type, type, type, type, type],
    ]);
  });

  const directory = ownDirectory();

  test('examples/bgsave.ts saves a store while it serves', async () => {
    expect(await linesOf('bgsave', join(directory.path, 'dump'))).toEqual([
      ...[5000, 10_000, 15_000, 20_000].map((count) => `${count} keys are written`),
      'saved 20000 keys, as they were at one moment: true',
    ]);
  });
});

test('examples/map.ts', async () => {
  const [all, ...each] = await linesOf('map');
  expect(all?.split(' ')).toHaveLength(4);
  expect(each.map((line) => line.replace(/.*, /, ''))).toEqual(['3 left', '2 left', '1 left', '0 left']);
});

test('examples/pool.ts', async () => {
  expect(await linesOf('pool')).toEqual([
    '[ 10, 30, 30 ]',
    'before refresh 10',
    'after refresh 100',
    "[ 200, 'ChildKilled' ]",
    '6 tasks, 2 children have died',
  ]);
});

const DAEMON = join(__dirname, '..', 'examples', 'daemon.js');

describe('daemonize', () => {
  test('where there can be no daemon, the process that was started says why, and goes on', async () => {
    expect(await reports('recipes', 'daemonsThatCannotBe')).toEqual([
      ...['ENOENT', 'ENOENT', 'ENOENT'],
      ...[type, range, type, type, type],
      0,
    ]);
  });

  const directory = ownDirectory();

  /** The daemon is nobody's child: its end is looked for. */
  async function untilGone(pid: number): Promise<void> {
    for (;;) {
      try {
        process.kill(pid, 0);
      } catch (error) {
        if (isErrno(error, 'ESRCH')) return;
        throw error;
      }
      await delay(5);
    }
  }

  onLinux('examples/daemon.ts runs in the background, once, and takes its pidfile away', async () => {
    const started = await promisify(execFile)(process.execPath, [DAEMON, directory.path]);
    expect(started).toEqual({ stdout: '', stderr: '' });
    const pidfile = join(directory.path, 'daemon.pid');
    const pid = Number(readFileSync(pidfile, 'utf8'));
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
    const [, , group, session, terminal] = stat.map(Number);
    expect([group === pid, session === group, terminal]).toEqual([false, true, 0]);
    const second = await example('daemon', directory.path);
    expect([second.status, second.stderr]).toEqual([
      1,
      `realfork: the daemon is running already: another process has ${pidfile} locked\n`,
    ]);
    process.kill(pid, 'SIGTERM');
    await untilGone(pid);
    expect(existsSync(pidfile)).toBe(false);
    expect(readFileSync(join(directory.path, 'daemon.log'), 'utf8')).toBe('the daemon runs in /\nthe daemon ends\n');
  });
});

describe('reapOrphans', () => {
  onLinux("reaps what others have left, and none of the program's own children", async () => {
    expect(await reports('recipes', 'orphans')).toEqual([
      ['inChild', 6, ['exited 8']],
      ['exited 5', 'exited 1', 'exited 7', 0],
    ]);
  });

  onLinux('examples/init.ts ends as its program does, and reaps an orphan', async () => {
    const run = await example('init', 'sh', '-c', '(sleep 0.1; exit 4) & sleep 1; exit 3');
    expect([run.status, run.stderr]).toEqual([3, '']);
    const orphan = await example('init', 'sh', '-c', 'sh -c "(exit 4) &"; sleep 1');
    expect([orphan.status, orphan.stdout]).toEqual([0, 'an orphan: exited 4\n']);
  });
});

test('spawnPty: a program in a terminal of its own, with its size; ENOENT where there is none', async () => {
  expect(await reports('recipes', 'terminal')).toEqual([
    ['30 90\nhello\ngot hello\n/\nw\n', 'exited 0', true],
    'killed by SIGHUP',
    ...['ENOENT', 'ENOENT'],
    ...[type, type, type, range, type, type],
    [true, false],
  ]);
});
