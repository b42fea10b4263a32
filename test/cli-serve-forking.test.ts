import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type NetConnectOpts, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findCommand } from '#src/find-command.js';
import { childrenOf } from '#src/observe/processes.js';
import { client, connectError, echo, ended, exchange, hangUp, realfork } from './support/cli';
import { ownDirectory } from './support/own-directory';
import { blocked } from './support/proc';
import { type Run, runCommand, Started } from './support/run-program';
import { testWhere } from './support/systems';

const CLI = join(__dirname, '..', '..', 'dist', 'cli', 'main.js');

/** `realfork serve forking`, which says "listening" on a line of its own for each address. */
class Forking {
  readonly started: Started;

  /** @param program one of test/programs, in place of the command */
  constructor(args: readonly string[], program?: string) {
    const where = args.includes('--listen') ? [] : ['--port', '0'];
    const command =
      program === undefined ? [CLI, 'serve', 'forking', ...where] : [join(__dirname, 'programs', `${program}.js`)];
    this.started = new Started(process.execPath, [...command, ...args]);
  }

  line(pattern: RegExp): Promise<RegExpExecArray> {
    return this.started.stderr.match(pattern);
  }

  async listening(): Promise<NetConnectOpts> {
    const [, host = '', port = ''] = await this.line(/listening on \[?(.+?)\]?:(\d+)\n/);
    return { host, port: Number(port) };
  }

  async pid(): Promise<number> {
    const [, pid] = await this.line(/pid (\d+) listening/);
    return Number(pid);
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.pid(), signal);
  }

  /** Ends it as an administrator does: it has nothing to complain of. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Run> {
    await this.signal(signal);
    const run = await this.started.end();
    expect([run.status, run.signal, run.stdout]).toEqual([0, null, '']);
    expect(run.stderr).toMatch(/realfork: stopped\n$/);
    return run;
  }
}

const servers: Forking[] = [];

function serve(...args: string[]): Forking {
  const server = new Forking(args);
  servers.push(server);
  return server;
}

const own = ownDirectory();
const { file } = own;

afterEach(async () => {
  for (const server of servers.splice(0)) await server.started.kill();
});

const onLinux = process.platform === 'linux';
const isRoot = process.geteuid?.() === 0;
const hasIPv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Until the kernel has reaped and the server has noted all children. */
async function idle(pid: number): Promise<void> {
  while (childrenOf(pid).length > 0) await delay(1);
}

/** Connects, is served a line, and leaves: whole conversations. @param until what it stays for */
async function visit(where: NetConnectOpts, until?: Promise<unknown>): Promise<string> {
  const socket = await client(where);
  const said = await echo(socket, 'hello\n');
  await until;
  await hangUp(socket);
  return said;
}

/** Until the connection is no more, however it ends. */
async function gone(socket: Socket): Promise<void> {
  socket.on('error', () => {}).resume();
  if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}

describe('what happens is told a little later', () => {
  /** The `time` of each event that is told of a child, by its kind. */
  const timesIn = (lines: string): Record<string, number> =>
    Object.fromEntries(
      lines
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as { readonly event: string; readonly time: string })
        .map(({ event, time }) => [event, Date.parse(time)]),
    );

  test('with --log json by the time at which it happened', async () => {
    const server = serve('--log', 'json');
    const [, port] = await server.line(/"address":"127\.0\.0\.1:(\d+)"/);
    const before = Date.now();
    const socket = await client({ host: '127.0.0.1', port: Number(port) });
    expect(await echo(socket, 'hello\n')).toBe('hello\n'); // a child is there
    const served = Date.now();
    await server.line(/"event":"start"/);
    const [, pid] = /"event":"start","pid":(\d+)/.exec(server.started.stderr.text) ?? [];
    await hangUp(socket);
    await server.line(/"event":"end"/);
    const { start = 0, end = 0 } = timesIn(server.started.stderr.text);
    expect(start).toBeGreaterThanOrEqual(before - 1); // whole milliseconds
    expect(start).toBeLessThanOrEqual(served);
    expect(end).toBeGreaterThanOrEqual(served);
    expect(Number(pid)).toBeGreaterThan(1);
  });

  test('a child that ends at once is told of in its order, with its status', async () => {
    const server = serve();
    const where = await server.listening();
    const visits = 70; // more than is told at once
    for (let visited = 0; visited < visits; ++visited) expect(await exchange(where, 'x')).toBe('x');
    const { stderr } = server.started;
    const pids = (kind: string): string[] =>
      [...stderr.text.matchAll(new RegExp(`${kind} (\\d+) `, 'g'))].map(([, pid = '']) => pid);
    while (pids('end').length < visits) await delay(5);
    const { text } = stderr;
    expect(pids('start')).toHaveLength(visits);
    expect(pids('end').toSorted()).toEqual(pids('start').toSorted());
    for (const pid of pids('start')) expect(text.indexOf(`start ${pid} `)).toBeLessThan(text.indexOf(`end ${pid} `));
    await server.stop();
  });
});

describe('under load', () => {
  testWhere(onLinux, 'no /proc')(
    '200 clients at once, at most 40 children: all are served, nothing is left',
    async () => {
      const server = serve('-c', '40');
      const where = await server.listening();
      const pid = await server.pid();
      await visit(where);
      await idle(pid);
      const before = descriptors(pid);
      let most = 0;
      let isOver = false;
      const watching = (async () => {
        for (; !isOver; await delay(5)) most = Math.max(most, childrenOf(pid).length);
      })();
      // Those that are served first stay until the limit is reached, however slowly the server forks.
      const full = server.line(/status: 40\/40\n/);
      const said = await Promise.all(Array.from({ length: 200 }, () => visit(where, full))).finally(async () => {
        isOver = true;
        await watching;
      });
      expect(said).toEqual(Array(200).fill('hello\n'));
      expect(most).toBeLessThanOrEqual(40);
      await idle(pid);
      expect(descriptors(pid)).toBe(before);
      const { stderr } = await server.stop();
      const counts = [...stderr.matchAll(/status: (\d+)\/40\n/g)].map(([, count]) => Number(count));
      expect(Math.max(...counts)).toBe(40);
      expect(stderr.match(/ end \d+ status 0 from /g)).toHaveLength(201);
    },
  );

  testWhere(onLinux && findCommand('prlimit') !== undefined, 'there is no prlimit')(
    'RLIMIT_NOFILE reached: the client waits in the backlog, and is served when there is room',
    async () => {
      const server = serve();
      const where = await server.listening();
      const pid = await server.pid();
      await visit(where);
      await idle(pid);
      const open = new Set(readdirSync(`/proc/${pid}/fd`));
      let lowestFree = 0;
      while (open.has(String(lowestFree))) lowestFree += 1;
      const [, limit = ''] = /Max open files\s+(\d+)/.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
      expect(spawnSync('prlimit', ['--pid', String(pid), `--nofile=${lowestFree}:`]).status).toBe(0);
      const waiting = visit(where);
      await server.line(/realfork: accept: EMFILE \(Too many open files\)\n/);
      await blocked(pid); // it does not spin
      expect(spawnSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]).status).toBe(0);
      expect(await waiting).toBe('hello\n');
      expect(await visit(where)).toBe('hello\n');
      await server.stop();
    },
  );

  testWhere(isRoot, 'not root, who can be somebody that has no other process')(
    'RLIMIT_NPROC reached: that client is closed, and the next one is served when there is room',
    async () => {
      // A program of its own, which lowers its limit and raises it again at each SIGHUP.
      const server = new Forking(['limited'], 'forking-server');
      servers.push(server);
      const where = await server.listening();
      expect(await visit(where)).toBe('hello\n');
      await idle(await server.pid());
      await server.signal('SIGHUP');
      await server.line(/reloaded/);
      await gone(await client(where));
      await server.line(/realfork: fork: EAGAIN \(Resource temporarily unavailable\)\n/);
      await server.signal('SIGHUP');
      await server.line(/reloaded[\s\S]*reloaded/);
      expect(await visit(where)).toBe('hello\n');
      await server.stop();
    },
  );
});

describe('where it listens', () => {
  testWhere(hasIPv6, 'no ::1')('IPv4, IPv6 and a Unix socket, all at once; the path is gone afterwards', async () => {
    const server = serve('--listen', '127.0.0.1:0', '--listen', '[::1]:0', '--listen', './socket');
    const [, four = '', six = ''] = await server.line(/127\.0\.0\.1:(\d+)\n.*\[::1\]:(\d+)\n.*\.\/socket\n/);
    const path = join(server.started.directory, 'socket');
    for (const where of [{ host: '127.0.0.1', port: Number(four) }, { host: '::1', port: Number(six) }, { path }]) {
      expect(await visit(where)).toBe('hello\n');
    }
    await server.stop();
    expect(existsSync(path)).toBe(false);
  });

  test('a path that another server has left behind is taken over', async () => {
    const first = serve('--listen', './socket');
    const pid = await first.pid();
    const path = join(first.started.directory, 'socket');
    process.kill(pid, 'SIGKILL');
    await ended(pid); // not only awake, to end: it listens until then
    expect(existsSync(path)).toBe(true);
    const second = serve('--listen', path);
    await second.line(/listening/);
    expect(await visit({ path })).toBe('hello\n');
    await second.stop();
    expect(existsSync(path)).toBe(false);
  });

  test('one on which somebody listens is not; none of its addresses is kept: one line, status 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const run = await realfork(['serve', 'forking', '--listen', './socket', '--listen', `127.0.0.1:${port}`]);
    taken.close();
    expect([run.status, run.stdout]).toEqual([1, '']);
    expect(run.stderr).toMatch(/^realfork: bind\(\d+, 127\.0\.0\.1:\d+\): EADDRINUSE, .*\n$/);
  });

  test('a path on which somebody listens is not taken over', async () => {
    const first = serve('--listen', './socket');
    await first.line(/listening/);
    const path = join(first.started.directory, 'socket');
    const run = await realfork(['serve', 'forking', '--listen', path]);
    expect([run.status, run.stderr]).toEqual([1, expect.stringContaining('EADDRINUSE')]);
    expect(await visit({ path })).toBe('hello\n');
    await first.stop();
  });
});

describe('signals', () => {
  test('SIGTERM: the client that is there is served to its end, no other', async () => {
    const server = serve();
    const where = await server.listening();
    const socket = await client(where);
    expect(await echo(socket, 'one\n')).toBe('one\n');
    await server.signal('SIGTERM');
    await server.line(/SIGTERM: no longer listening; children left: 1, to finish within 30 s\n/);
    expect(await connectError(where)).toBe('ECONNREFUSED');
    expect(await echo(socket, 'two\n')).toBe('two\n');
    await hangUp(socket);
    const run = await server.started.end();
    expect([run.status, run.stderr]).toEqual([
      0,
      expect.stringMatching(/end \d+ status 0 .*\n.*0\/40\nrealfork: stopped\n$/),
    ]);
  });

  test('SIGTERM --grace 0: what is left is killed', async () => {
    const server = serve('--grace', '0');
    const socket = await client(await server.listening());
    expect(await echo(socket, 'one\n')).toBe('one\n');
    const over = gone(socket);
    const run = await server.stop();
    await over;
    expect(run.stderr).toMatch(/SIGKILL to all children: 1\nrealfork: end \d+ signal SIGKILL from /);
  });

  test('SIGINT: children are told to end', async () => {
    const server = serve();
    const socket = await client(await server.listening());
    expect(await echo(socket, 'one\n')).toBe('one\n');
    const over = gone(socket);
    const run = await server.stop('SIGINT');
    await over;
    // SIGTERM has killed it, though it may take the second after which the server makes sure of that to be gone.
    expect(run.stderr).toMatch(
      /SIGTERM to all children: 1\n(?:realfork: SIGKILL to all children: 1\n)?realfork: end \d+ signal SIGTERM from /,
    );
  });

  test('SIGHUP: the limits are as the file says now; one that cannot be used changes nothing', async () => {
    const path = file('limits.json', '{ "children": 5 }');
    const server = serve('--config', path, '-c', '7', '-C', '3');
    const where = await server.listening();
    await visit(where);
    await server.line(/status: 1\/5\n/);
    file('limits.json', '{ "children": 2, "timeout": 60 }');
    await server.signal('SIGHUP');
    await server.line(/reloaded: \{"children":2,"perAddress":3,"timeout":60\}\n/);
    await visit(where);
    await server.line(/status: 1\/2\n/);
    const malformed = { '{': 'JSON', '{ "children": 0 }': 'from 1 to', '{ "child": 1 }': 'child: ' };
    for (const [text, why] of Object.entries(malformed)) {
      file('limits.json', text);
      await server.signal('SIGHUP');
      await server.line(new RegExp(`not reloaded, the old settings stay: .*${why}`));
    }
    await visit(where);
    await server.line(/status: 1\/2\n[\s\S]*status: 1\/2\n/);
    await server.stop();
  });

  test('--config with a file that there is not: one line, status 1', async () => {
    const run = await realfork(['serve', 'forking', '--config', './none.json']);
    expect([run.status, run.stderr]).toEqual([1, expect.stringMatching(/^realfork: configuration .*ENOENT.*\n$/)]);
  });

  test('SIGHUP without a configuration: one line', async () => {
    const server = serve();
    await server.signal('SIGHUP');
    await server.line(/not reloaded, the old settings stay: there is no configuration to read again\n/);
    expect(await visit(await server.listening())).toBe('hello\n');
    await server.stop();
  });
});

describe('its children', () => {
  /** What a client hears that says nothing. */
  const said = async (server: Forking): Promise<string> => exchange(await server.listening(), '');

  test('a client that resets, one that sends garbage: only their own child is concerned', async () => {
    const server = serve('--doit', 'http');
    const where = await server.listening();
    const socket = await client(where);
    socket.resetAndDestroy();
    const other = await client(where);
    const answered = once(other, 'data');
    other.end(Buffer.from([0x16, 0x03, 0x01, 0x00, 0x0a, 0x0d, 0x0a, 0x0d, 0x0a, 0xff]));
    expect(String((await answered)[0])).toMatch(/^HTTP\/1\.1 400 /);
    await hangUp(other);
    await server.stop();
  });

  test('one whose doit throws exits with status 1, and its stack is on standard error', async () => {
    const server = serve(
      '--doit',
      file('doit.ts', 'export function doit(): void { throw new Error("as I like it"); }'),
    );
    const where = await server.listening();
    for (let nth = 0; nth < 2; ++nth) await hangUp(await client(where));
    await server.line(/\[\d+\] doit: Error: as I like it\n {4}at .*doit\.ts:1:/);
    const run = await server.stop();
    expect(run.stderr.match(/end \d+ status 1 from /g)).toHaveLength(2);
  });

  test('--timeout ends one whose client says nothing', async () => {
    const server = serve('--timeout', '1');
    const socket = await client(await server.listening());
    await gone(socket);
    await server.line(/end \d+ signal SIGALRM from 127\.0\.0\.1:/);
    await server.stop();
  });

  test('--timeout ends all that one has started, also what does not hear SIGALRM', async () => {
    const server = serve('--timeout', '1', '--exec', 'read how; [ $how = deaf ] && trap "" ALRM; sleep 60; echo end');
    const where = await server.listening();
    for (const [how, signal] of [
      ['hearing', 'SIGALRM'],
      ['deaf', 'SIGKILL'],
    ] as const) {
      const socket = await client(where);
      socket.write(`${how}\n`);
      await gone(socket); // the sleep has the connection as well
      await server.line(new RegExp(`end \\d+ signal ${signal} from .*\n.*status: 0/40\n`));
    }
    await server.stop();
  });

  test('the end of the server ends what they have started', async () => {
    const server = serve('--grace', '0', '--exec', 'echo begin; sleep 60; echo end');
    const socket = await client(await server.listening());
    expect(String((await once(socket, 'data'))[0])).toBe('begin\n');
    const over = gone(socket);
    await server.stop();
    await over;
  });

  test('-C: the second connection of an address is closed, and said to be', async () => {
    const server = serve('-C', '1');
    const where = await server.listening();
    const socket = await client(where);
    expect(await echo(socket, 'one\n')).toBe('one\n');
    await gone(await client(where));
    await server.line(/refused 127\.0\.0\.1:\d+: it has 1 connections already\n/);
    await hangUp(socket);
    await server.stop();
  });

  test('--exec: a program with the connection as its standard input and output, and its peer in the environment', async () => {
    const server = serve('--exec', 'read line; echo "$line $PROTO $TCPREMOTEIP:$TCPREMOTEPORT $TCPLOCALPORT"');
    const where = await server.listening();
    const port = 'port' in where ? where.port : 0;
    const socket = await client(where);
    const mine = socket.localPort;
    socket.write('hello\n');
    expect(String((await once(socket, 'data'))[0])).toBe(`hello TCP 127.0.0.1:${mine} ${port}\n`);
    await gone(socket);
    const run = await server.stop();
    expect(run.stderr).toMatch(/end \d+ status 0 from/);
  });

  test('--exec: a script without "#!" is the shell\'s', async () => {
    const script = join(own.path, 'script');
    writeFileSync(script, 'echo "from $0"\n', { mode: 0o755 });
    const server = serve('--exec', script);
    expect(await said(server)).toBe(`from ${script}\n`);
    expect(await said(server)).toBe(`from ${script}\n`);
    await server.stop();
  });

  test('--exec: while the program is not there its clients hear nothing, and the log says why', async () => {
    const script = join(own.path, 'script');
    const back = (): void => writeFileSync(script, '#!/bin/sh\necho here\n', { mode: 0o755 });
    back();
    const server = serve('--exec', script);
    expect(await said(server)).toBe('here\n');
    rmSync(script);
    expect(await said(server)).toBe('');
    await server.line(/^realfork: execve: ENOENT \(.*\)$/m);
    back();
    expect(await said(server)).toBe('here\n');
    await server.stop();
  });

  testWhere(onLinux, 'no /proc')(
    '--exec: it has no other descriptor, and no signal is ignored or blocked',
    async () => {
      // What this test was started with and a shell has as well is not the server's doing.
      const { stdout: always } = await runCommand('sh', ['-c', 'ls /proc/self/fd']);
      const server = serve('--exec', 'ls /proc/self/fd; grep -E "^Sig(Blk|Ign)" /proc/self/status');
      expect(await said(server)).toBe(`${always}SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n`);
      await server.stop();
    },
  );

  testWhere(isRoot, 'not root')('--user: they are nobody, and cannot become root again', async () => {
    const server = serve('--user', 'nobody', '--exec', 'id -un; id -gn; grep -E "^(Uid|Groups)" /proc/self/status');
    expect(await said(server)).toMatch(/^nobody\nno(group|body)\nUid:\t(\d+)\t\2\t\2\t\2\nGroups:\t\d+ \n$/);
    await server.stop();
  });

  testWhere(isRoot, 'not root')('--user: a path that it may not remove is left, and said to be', async () => {
    const server = serve('--user', 'nobody', '--listen', join(own.path, 'socket')); // the directory is root's
    await server.line(/listening/);
    const run = await server.stop();
    expect(run.stderr).toMatch(/realfork: unlink: EACCES \(.*socket'?\)\n/);
    expect(existsSync(join(own.path, 'socket'))).toBe(true);
  });

  test('--user somebody whom there is not: one line, before it listens', async () => {
    const run = await realfork(['serve', 'forking', '--port', '0', '--user', 'no-such-user']);
    expect([run.status, run.stderr]).toEqual([
      1,
      expect.stringMatching(/^realfork: cannot become no-such-user: .*\n$/),
    ]);
  });
});

test('--log json: a line of JSON for each event', async () => {
  const server = serve('--log', 'json');
  const [, port = ''] = await server.line(/"address":"127\.0\.0\.1:(\d+)"/);
  const [, pid = ''] = await server.line(/"pid":(\d+)/);
  expect(await visit({ host: '127.0.0.1', port: Number(port) })).toBe('hello\n');
  await server.line(/"children":0/);
  process.kill(Number(pid), 'SIGTERM');
  const { stderr } = await server.started.end();
  const events = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const from = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
  const child = events[1]?.['pid'];
  expect(events).toEqual([
    { time, event: 'listening', pid: Number(pid), address: `127.0.0.1:${port}` },
    { time, event: 'start', pid: child, from },
    { time, event: 'status', children: 1, limit: 40 },
    { time, event: 'end', pid: child, from, status: 0 },
    { time, event: 'status', children: 0, limit: 40 },
    { time, event: 'stopping', signal: 'SIGTERM', children: 0, seconds: 30 },
    { time, event: 'stopped' },
  ]);
});

test('--quiet: nothing but errors', async () => {
  const server = serve('--quiet', '--listen', './socket');
  const path = join(server.started.directory, 'socket');
  while ((await connectError({ path })) !== 'connected') await delay(1);
  expect(await visit({ path })).toBe('hello\n');
  process.kill(server.started.pid, 'SIGTERM');
  expect(await server.started.end()).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
});

test.each([
  ['--listen', 'nowhere'],
  ['--listen', '::1'],
  ['--children', '0'],
  ['--exec', 'cat', '--doit', 'echo'],
])('%s %s is refused, status 2', async (...args) => {
  const run = await realfork(['serve', 'forking', ...args]);
  expect([run.status, run.stdout]).toEqual([2, '']);
});
