import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Recording } from '#src/observe/recording.js';
import type { TraceFile } from '#src/observe/trace-events.js';
import { CLI, client, echo, ended, hangUp, realfork } from './support/cli';
import { ownDirectory } from './support/own-directory';
import { blocked } from './support/proc';
import { runCommand, Started } from './support/run-program';
import { whereStraceAttaches } from './support/systems';
import { Tmux, testInTmux } from './support/tmux';
import { log, straceLog } from './support/traced';
import { compiledPrograms, describeTraced } from './support/traced-programs';

/** `realfork trace`, as a user runs it. */

const folder = ownDirectory();

const traced = (...args: readonly string[]): Started => new Started(process.execPath, [CLI, 'trace', ...args]);

const startedIn: Started[] = [];
afterEach(async () => {
  for (const one of startedIn.splice(0)) await one.kill();
});

/** One that the end of its test kills. */
function start(...args: readonly string[]): Started {
  const one = traced(...args);
  startedIn.push(one);
  return one;
}

describeTraced('a command', () => {
  test('has its own standard streams and its own exit status; what it does is told on standard error', async () => {
    const script = 'cat; echo error >&2; (exit 4); exit 3';
    const run = await realfork(['trace', '--', 'sh', '-c', script], { input: 'input\n' });
    expect([run.status, run.stdout]).toEqual([3, 'input\n']);
    expect(run.stderr).toMatch(/^error$/m);
    expect(run.stderr).toMatch(
      /^\[(\d+)\] fork\(\) = (\d+)\n(?:.*\n)*\[\2\] exit\(4\)\n(?:.*\n)*\[\1\] waitpid\(-1, 0\) = \2, exited 4\n/m,
    );
    expect(run.stderr).toMatch(
      /^\[\d+\] exit\(3\)\n\ntrace: sh -c 'cat; echo error >&2; \(exit 4\); exit 3'\nstrace \S+\. Observed on Linux /m,
    );
    expect(run.stderr).toContain(
      '3 processes; 0 calls failed with EINTR, 0 restarted after a handler; 2 zombies, reaped.\n',
    );
    expect(run.stderr).not.toContain('as expected');
  });

  test('that a signal ends: the status that shells have for it', async () => {
    const run = await realfork(['trace', '--', 'sh', '-c', 'kill -KILL $$']);
    expect([run.status, run.signal]).toEqual([137, null]);
    expect(run.stderr).toMatch(/^\[\d+\] killed by SIGKILL$/m);
  });

  test('has no descriptor of its tracer, and the limit on descriptors that the shell has', async () => {
    const plain = await runCommand('ls', ['/proc/self/fd']);
    const run = await realfork(['trace', '--', 'ls', '/proc/self/fd']);
    expect([run.status, run.stdout]).toEqual([0, plain.stdout]);
    const command = `ulimit -S -n 500; ${process.execPath} ${CLI} trace -- sh -c 'ulimit -n'; :`;
    expect((await runCommand('sh', ['-c', command])).stdout).toBe('500\n');
  });

  test('--output has lines and table; --quiet leaves the lines out', async () => {
    const output = join(folder.path, 'lines');
    const run = await realfork(['trace', '--output', output, '--', 'sh', '-c', 'exit 2']);
    expect([run.status, run.stdout, run.stderr]).toEqual([2, '', '']);
    expect(readFileSync(output, 'utf8')).toMatch(/^\[\d+\] exit\(2\)\n\ntrace: sh/m);
    const quiet = await realfork(['trace', '--quiet', '--', 'true']);
    expect(quiet.stderr).toMatch(/^trace: true\n/);
  });

  test('the outlets: a recording that report shows again, a page, a trace for Perfetto, JSON', async () => {
    const file = (name: string): string => join(folder.path, name);
    const outlets = [
      '--record',
      file('record'),
      '--html',
      file('html'),
      '--perfetto',
      file('perfetto'),
      '--json',
      file('json'),
    ];
    const run = await realfork(['trace', '--quiet', ...outlets, '--', 'sh', '-c', '(exit 0); :']);
    const [table = '', wrote = ''] = run.stderr.split(/(?=^wrote )/m);
    expect([run.status, wrote]).toEqual([0, expect.stringContaining('record: "realfork report ')]);
    const report = await realfork(['report', file('record'), '--html', file('again')]);
    expect(report.status).toBe(0);
    expect((await realfork(['report', file('record')])).stdout).toBe(table);
    const page = readFileSync(file('html'), 'utf8');
    expect(page).toBe(readFileSync(file('again'), 'utf8'));
    expect(page).toContain('<th scope="col">process</th>');
    const [recording] = JSON.parse(readFileSync(file('json'), 'utf8')) as Recording[];
    expect(recording?.rows.map(({ observed }) => [observed['ended'], observed['until']])).toEqual([
      ['exit(0)', undefined],
      ['exit(0)', 'reaped'],
    ]);
    const { traceEvents } = JSON.parse(readFileSync(file('perfetto'), 'utf8')) as TraceFile;
    expect(traceEvents.filter(({ name }) => name === 'zombie')).toHaveLength(1);
  });

  test.each(['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s of the tracer is passed on to it',
    async (signal) => {
      const script = "trap 'kill $!; exit 9' INT QUIT TERM HUP; sleep 100 & echo ready; wait";
      const run = start('--', 'sh', '-c', script);
      await run.stdout.match(/ready/);
      process.kill(run.pid, signal);
      expect(await run.end()).toMatchObject({ status: 9, stdout: 'ready\n' });
    },
  );

  test('whose lines nobody reads any more goes on to its end', async () => {
    const command = `${process.execPath} ${CLI} trace -- sh -c 'for i in 1 2 3 4 5 6 7 8 9; do (exit 0); done; exit 7' 2>&1 >/dev/null`;
    const run = await runCommand('sh', ['-c', `{ ${command}; echo $? >&3; } 3>&1 | head -n 1 >/dev/null`]);
    expect(run.status).toBe(0);
    const shown = await runCommand('bash', ['-c', `${command} | head -n 1 >/dev/null; echo \${PIPESTATUS[0]}`]);
    expect(shown.stdout).toBe('7\n');
  });

  test('whose lines cannot be written goes on to its end, and the tracer says why', async () => {
    const run = await realfork(['trace', '--output', '/dev/full', '--', 'sh', '-c', 'echo text; exit 3']);
    expect(run).toMatchObject({ status: 1, stdout: 'text\n', stderr: expect.stringMatching(/^realfork: ENOSPC.*\n$/) });
  });

  testInTmux('Ctrl-C in a terminal goes to it once, and the table comes after it', async () => {
    const terminal = new Tmux(120, 40);
    try {
      await terminal.ready('READY');
      const script = folder.file(
        'script',
        "trap 'echo interrupted; kill $!' INT\nsleep 100 & echo sleeping\nwait; exit 5\n",
      );
      terminal.press(`${process.execPath} ${CLI} trace -q -- sh ${script}; echo status $?`, 'Enter');
      await terminal.shows(/^sleeping$/m);
      terminal.press('C-c');
      const { input } = await terminal.shows(/^status 5$/m);
      expect(input.match(/interrupted/g)).toHaveLength(1);
      expect(input).toMatch(/^2 processes; /m);
    } finally {
      terminal.close();
    }
  });
});

describe('where there is nothing to trace', () => {
  test.each([
    [
      [],
      2,
      /^realfork: name a command \(realfork trace -- \.\/server 9877\), or --pid PID, or --from FILE: one of them$/m,
    ],
    [['--from', 'a', 'true'], 2, /one of them$/m],
    [['--pid', '1'], 2, /It must be a pid: a whole number above 1\.$/m],
    [['--from', '/nowhere/log'], 1, /^realfork: ENOENT: .*$/m],
    [['--from', 'x', '--output', 'y'], 2, /a log is shown on standard output$/m],
    [['--', 'there-is-no-such-command'], 127, /^realfork: there is no command there-is-no-such-command$/m],
    [['--', '/etc/passwd'], 126, /^realfork: \/etc\/passwd is not executable: chmod \+x$/m],
  ] as const)('%j: status %d, and one line', async (args, status, message) => {
    const run = await realfork(['trace', ...args]);
    expect([run.status, run.stdout]).toEqual([status, '']);
    expect(run.stderr).toMatch(message);
  });

  test('strace is missing: one line says how to install it', async () => {
    const run = await realfork(['trace', '--', '/bin/sh', '-c', ':'], { env: { PATH: folder.path } });
    expect([run.status, run.stdout]).toEqual([1, '']);
    expect(run.stderr).toMatch(
      /^realfork: there is no strace, which traces programs\. Install it: apt-get install strace .*\n$/,
    );
  });
});

describeTraced('where tracing is not permitted', () => {
  test('one line gives the reason: here, as another strace traces already', async () => {
    const args = ['-f', '-qq', '-e', 'trace=none', '-e', 'signal=none', '-o', '/dev/null'];
    const run = await runCommand('strace', [...args, process.execPath, CLI, 'trace', '--', 'true']);
    expect([run.status, run.stdout]).toEqual([1, '']);
    expect(run.stderr).toMatch(
      /^realfork: strace may not trace here: .*Operation not permitted\. A container must allow it .*\n$/,
    );
  });
});

describeTraced('a process that runs', () => {
  const program = compiledPrograms('figure-4.13');
  const test = whereStraceAttaches();

  test('is traced from where it is, let go at SIGINT, and goes on', async () => {
    const server = new Started(program('figure-4.13'), []);
    startedIn.push(server);
    const [, port = ''] = await server.stdout.match(/^(\d+)$/m);
    await blocked(server.pid, 3);
    const record = join(folder.path, 'record');
    const run = start('--pid', String(server.pid), '--record', record);
    await run.stderr.match(new RegExp(`^realfork: attached to ${server.pid}; Ctrl-C lets it go$`, 'm'));
    const first = await client({ host: '127.0.0.1', port: Number(port) });
    await echo(first, 'hello\n');
    await run.stderr.match(/^\[\d+\] close\(4\) = 0$/m);
    await blocked(server.pid, 3);
    await hangUp(first);
    await run.stderr.match(/^\[\d+\] accept\(3\) = -1 EINTR$/m);
    process.kill(run.pid, 'SIGINT');
    const { status, stderr } = await run.end();
    expect(status).toBe(0);
    expect(stderr).toMatch(/^\[(\d+)\] SIGCHLD from \d+ → handler$/m);
    expect(stderr).toMatch(/^2 processes; 1 call failed with EINTR, 0 restarted after a handler; 1 zombie, reaped\.$/m);
    const second = await client({ host: '127.0.0.1', port: Number(port) });
    expect(await echo(second, 'again\n')).toBe('again\n');
    await hangUp(second);
    expect((await server.end()).status).toBe(7);
  });

  test('that there is not, and one that is traced already: one line', async () => {
    const other = new Started('sleep', ['100']);
    startedIn.push(other);
    const run = start('--pid', String(other.pid));
    await run.stderr.match(/attached to/);
    const second = await realfork(['trace', '--pid', String(other.pid)]);
    expect([second.status, second.stdout]).toEqual([1, '']);
    expect(second.stderr).toMatch(/^realfork: strace cannot attach to \d+: .*Operation not permitted\n$/);
    process.kill(other.pid, 'SIGKILL');
    await ended(other.pid);
    expect((await run.end()).stderr).toMatch(/^\[\d+\] killed by SIGKILL$/m);
    const none = await realfork(['trace', '--pid', String(other.pid)]);
    expect(none).toMatchObject({ status: 1, stderr: `realfork: there is no process ${other.pid}\n` });
  });
});

describe('a log that somebody else has made', () => {
  const name = 'figure-4.13.eintr';

  test('is shown as a run is, from a file or from standard input, where there is no strace', async () => {
    const file = folder.file('log', straceLog(name));
    mkdirSync(join(folder.path, 'bin'));
    symlinkSync(process.execPath, join(folder.path, 'bin', 'node'));
    const env = { PATH: join(folder.path, 'bin') };
    const run = await realfork(['trace', '--from', file], { env });
    expect([run.status, run.stderr]).toEqual([0, '']);
    expect(run.stdout).toMatch(/^\[15458\] accept\(3\) = -1 EINTR$/m);
    expect(run.stdout).toMatch(/^server 15458 +\d+ +2 +0 +2 +2 +exit\(7\)/m);
    const piped = await realfork(['trace', '--from', '-'], { env, input: straceLog(name) });
    expect(piped.stdout).toBe(run.stdout.replaceAll(file, 'standard input'));
  });

  test('times that it does not have are said to be missing', async () => {
    const run = await realfork(['trace', '-q', '--from', folder.file('log', straceLog('endings.plain'))]);
    expect(run.stdout).toMatch(/^.*The log has no times: /m);
  });

  test('lines that are not strace’s are left out, and told with their number', async () => {
    const text = log(`
      1 accept(3, NULL, NULL) = 4
      accept error: Interrupted system call
      nonsense
      1 exit_group(0) = ?`);
    const run = await realfork(['trace', '--from', '-'], { input: text });
    expect([run.status, run.stdout]).toEqual([0, expect.stringMatching(/^\[1\] accept\(3\) = 4\n\[1\] exit\(0\)\n/)]);
    expect(run.stderr).toBe(
      'realfork: standard input, line 2: it is no call, no signal and no end of a process: left out, and 1 more lines\n',
    );
  });

  test('control characters of a log do not reach the terminal', async () => {
    const run = await realfork(['trace', '--from', '-'], {
      input: '1 chdir("a\u001b[31mb") = 0\n1 kill(2, SIG\u0007X) = 0\n',
    });
    expect(run.stdout).toMatch(/^[\n\P{Cc}]*$/u);
    expect(run.stdout).toContain('kill(2, SIG?X)');
  });

  test.each([
    [
      'a text',
      'Dear all,\nplease find attached\n',
      /^realfork: standard input, line 1: .*None of its lines is one that strace writes\n$/,
    ],
    [
      'a file without lines',
      '\u0000'.repeat(3_000_000),
      /^realfork: standard input, line 1: it is longer than 1048576 characters\..*\n$/,
    ],
  ])('%s: one line, status 1', async (_, input, message) => {
    const run = await realfork(['trace', '--from', '-'], { input });
    expect([run.status, run.stdout, run.stderr]).toEqual([1, '', expect.stringMatching(message)]);
  });

  test('nothing at all', async () => {
    const run = await realfork(['trace', '--from', '-']);
    expect([run.status, run.stdout]).toEqual([0, 'realfork: no call was seen\n']);
  });
});

describeTraced('beside the reading of files', () => {
  const program = compiledPrograms('endings');

  test('--all has all calls', async () => {
    const few = await realfork(['trace', '--', program('endings')]);
    const all = await realfork(['trace', '--all', '--', program('endings')]);
    expect([few.status, all.status]).toEqual([143, 143]);
    expect(few.stderr).not.toMatch(/mmap|openat/);
    expect(all.stderr).toMatch(/^\[\d+\] mmap\(.*\) = 0x[\da-f]+$/m);
    expect(few.stderr).toMatch(/^\[(\d+):(\d+)\] read\(3, 1 bytes\) = 1$/m);
  });
});
