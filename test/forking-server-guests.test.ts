import { existsSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { childrenOf } from '#src/observe/processes.js';
import { answer, Counts, prometheusText } from '#src/servers/forking/status.js';
import { CLI, client, ended, exchange, ownServers } from './support/cli';
import { ownDirectory } from './support/own-directory';
import { blocked } from './support/proc';
import { runCommand, Started } from './support/run-program';
import { describeWhere, testWhere } from './support/systems';

/** A forking server with code of others in it, and beside others: no client is lost, and it ends when it is told to. */

const own = ownDirectory();
const PROGRAM = join(__dirname, 'programs', 'forking-server-guests.js');
const started: Started[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.kill();
});

class Guest {
  readonly started: Started;

  constructor(...args: readonly string[]) {
    this.started = new Started(process.execPath, [PROGRAM, ...args]);
    started.push(this.started);
  }

  async serves(times: number): Promise<void> {
    const [, port] = await this.started.stderr.match(/listening on 127\.0\.0\.1:(\d+)\n/);
    const where = { host: '127.0.0.1', port: Number(port) };
    for (let nth = 0; nth < times; ++nth) expect(await text(await client(where))).toBe('hello');
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    const [, pid] = await this.started.stderr.match(/pid (\d+) listening/);
    process.kill(Number(pid), signal);
  }

  async stops(): Promise<void> {
    await this.signal('SIGTERM');
    expect(await this.started.end()).toMatchObject({ status: 0, signal: null });
  }
}

test('programs are started for clients beside a worker_thread, as nothing is forked', async () => {
  const server = new Guest('a worker_thread');
  await server.serves(3);
  await server.stops();
});

describe('children that live in their event loop are served, though in the parent', () => {
  test.each([
    [
      'reload gives a promise',
      /not reloaded, the old settings stay: reload must not be async, and has given a promise/,
    ],
    ['log gives a promise', /log must not be async, and has given a promise/],
    ['hook throws', /fork: Error \(of a hook\)/],
  ])('%s', async (guest, said) => {
    const server = new Guest(guest);
    await server.serves(1);
    await server.signal('SIGHUP');
    await server.started.stderr.match(/reloaded/);
    await server.serves(3);
    await server.started.stderr.match(said);
    await server.stops();
  });
});

describe('what the program does at its end, none of its children does', () => {
  test.each(
    ['exit', 'beforeExit', 'signal-exit'].flatMap((how) => ['onConnection', 'doit'].map((kind) => [how, kind])),
  )('%s, %s', async (how, kind) => {
    const file = own.file('pid', 'of the server');
    const server = new Guest('cleans up', file, String(how), String(kind));
    await server.serves(2);
    await server.started.stderr.match(/(end \d+ status 0[\s\S]*){2}/);
    expect(existsSync(file)).toBe(true);
    await server.stops();
  });
});

test('a child whose process.exit() comes back ends all the same, and does not go on as the server', async () => {
  const server = new Guest('exit comes back');
  await server.serves(2);
  await server.started.stderr.match(/(end \d+ status 0[\s\S]*){2}/);
  await server.stops();
});

test('a server that has ended is not run again', async () => {
  const server = new Guest('runs twice');
  await server.serves(1);
  await server.signal('SIGTERM');
  const run = await server.started.end();
  expect([run.status, run.stderr]).toEqual([
    1,
    expect.stringContaining('Error: this server has ended: make another one'),
  ]);
});

const serve = ownServers();

testWhere(process.platform === 'linux', 'mkfifo(1) of Linux')(
  'a FIFO in the place of the configuration: it is not read again, and the server hears its signals',
  async () => {
    const limits = own.file('limits.json', '{}');
    const server = serve('forking', '--config', limits, '--exec', 'echo hello');
    const where = await server.listening();
    const pid = Number((await server.line(/pid (\d+) listening/))[1]);
    await runCommand('sh', ['-c', 'rm "$1" && mkfifo "$1"', 'sh', limits]);
    process.kill(pid, 'SIGHUP');
    await server.line(/not reloaded, the old settings stay: configuration \S+: no regular file any more\n/);
    expect(await exchange(where, '')).toBe('hello\n');
    process.kill(pid, 'SIGTERM');
    expect(await server.started.end()).toMatchObject({ status: 0 });
  },
);

test('a server that is killed while another takes over from it: that one serves', async () => {
  // Its module is read from a FIFO: the new program does not come to serve before it is let go.
  const doit = own.file('doit.js', "exports.doit = (connfd, { Writen }) => Writen(connfd, 'hello');");
  const server = serve('forking', '--doit', doit);
  const where = await server.listening();
  const pid = Number((await server.line(/pid (\d+) listening/))[1]);
  const gate = own.file('gate', '');
  own.file(
    'doit.js',
    `const fs = require('node:fs');
    while (fs.existsSync(${JSON.stringify(gate)}));
    exports.doit = (connfd, { Writen }) => Writen(connfd, 'hello');`,
  );
  process.kill(pid, 'SIGUSR2');
  while (childrenOf(pid).length === 0);
  const [next] = childrenOf(pid);
  process.kill(pid, 'SIGKILL');
  await ended(pid);
  unlinkSync(gate);
  expect(await exchange(where, '')).toBe('hello');
  const successor = next?.pid ?? 0;
  process.kill(successor, 'SIGTERM');
  await ended(successor);
  await server.started.end();
});

test('NOTIFY_SOCKET of any length: the service serves', async () => {
  const run = new Started('env', [
    `NOTIFY_SOCKET=/${'x'.repeat(200)}`,
    ...[process.execPath, CLI, 'serve', 'forking', '--port', '0', '--exec', 'echo hello'],
  ]);
  started.push(run);
  const [, pid, port] = await run.stderr.match(/pid (\d+) listening on 127\.0\.0\.1:(\d+)\n/);
  expect(await exchange({ host: '127.0.0.1', port: Number(port) }, '')).toBe('hello\n');
  await run.stderr.match(/realfork: sendto: ERR_/);
  process.kill(Number(pid), 'SIGTERM');
  expect(await run.end()).toMatchObject({ status: 0 });
});

test('serve preforked whose fork is refused, as where its debugger was opened: the child is replaced later', async () => {
  const gate = join(own.path, 'closed');
  const doit = own.file(
    'refusing.js',
    `const fs = require('node:fs');
    require('realfork').registerAtFork({
      before() {
        if (fs.existsSync(${JSON.stringify(gate)})) throw Object.assign(new Error('not now'), { syscall: 'fork' });
      },
    });
    exports.doit = (connfd, { Writen }) => Writen(connfd, 'hello');`,
  );
  const server = serve('preforked', '--children', '1', '--doit', doit);
  const where = await server.listening();
  const pid = await server.pid();
  await server.line(/sigprocmask\(SIG_SETMASK, \{\}\)/); // of the child
  const [child] = childrenOf(pid);
  own.file('closed', '');
  process.kill(child?.pid ?? 0, 'SIGKILL');
  await server.started.stdout.match(/fork error: not now; tried again in a second/);
  unlinkSync(gate);
  expect(await exchange(where, '')).toBe('hello');
  process.kill(pid, 'SIGTERM');
  expect(await server.started.end()).toMatchObject({ status: 0 });
});

describe('--status', () => {
  const status = { pid: 4711, uptime: 1, children: 0, limit: 40, longestChild: 0, accepted: 0, refused: 0 };
  const asked = (line: string): string => answer(line, { ...status, errors: {} });

  test.each([
    ['GET /metrics HTTP/1.1\r', /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain; version=0\.0\.4\r\n[\s\S]*\n# HELP/],
    ['GET /metrics?a=b HTTP/1.1\r', /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain; version/],
    ['GET http://x:80/metrics HTTP/1.1\r', /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain; version/],
    ['GET / HTTP/1.0\r', /^HTTP\/1\.1 200 OK\r\nContent-Type: application\/json\r\n[\s\S]*\r\n\r\n\{/],
    ['HEAD /metrics HTTP/1.1\r', /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n$/],
    ['POST /metrics HTTP/1.1\r', /^HTTP\/1\.1 405 Method Not Allowed\r\n/],
    ['GET /nope HTTP/1.1\r', /^HTTP\/1\.1 404 Not Found\r\n/],
    ['metrics', /^# HELP/],
    ['', /^\{"pid":4711/],
  ])('%j', (line, answered) => {
    expect(asked(line)).toMatch(answered);
  });

  test('a request that comes in two pieces is answered when its line is there', async () => {
    const server = serve('forking', '--status', './status');
    await server.listening();
    const socket = await client({ path: join(server.started.directory, 'status') });
    socket.write('GET /met');
    const pid = Number((await server.line(/pid (\d+) listening/))[1]);
    await blocked(pid);
    socket.write('rics HTTP/1.1\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain/);
    process.kill(pid, 'SIGTERM');
    expect(await server.started.end()).toMatchObject({ status: 0 });
  });

  test('an error of any name is a label', () => {
    const counts = new Counts();
    for (const name of ['a"b', 'c\\d', 'e\nf', 'two words']) counts.failed('fork', name);
    const text = prometheusText({ ...status, errors: counts.errors });
    for (const label of ['a\\"b', 'c\\\\d', 'e\\nf', 'two words']) {
      expect(text).toContain(`realfork_errors_total{call="fork",errno="${label}"} 1\n`);
    }
  });

  test('and there are not more than a hundred of them', () => {
    const counts = new Counts();
    for (let nth = 0; nth < 1000; ++nth) counts.failed('fork', `E${nth}`);
    expect(Object.keys(counts.errors)).toHaveLength(101);
    expect(counts.errors['fork other']).toBe(900);
  });
});

describeWhere(process.geteuid?.() === 0, 'only root becomes somebody else')('--user', () => {
  test.each([
    ['nobody:nogroup:x', /it must be USER or USER:GROUP/],
    ['nobody:', /no group is named/],
    [':nogroup', /no user is named/],
    ['nobody:nosuchgroup', /nosuchgroup/],
    ['4294967295:65534', /4294967295 is no user/],
    ['nosuchuser:nogroup', /nosuchuser/],
  ])('%s is refused before anything is done', async (user, why) => {
    const args = ['serve', 'forking', '--port', '0', '--user', user];
    const run = await runCommand(process.execPath, [CLI, ...args]);
    expect([run.status, run.stderr]).toEqual([1, expect.stringMatching(/^realfork: cannot become [^\n]*\n$/)]);
    expect(run.stderr).toMatch(why);
  });
});
