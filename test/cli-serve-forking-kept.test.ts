import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { NetConnectOpts, Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { observe } from '#src/observe/observe.js';
import { childrenOf, findProcess } from '#src/observe/processes.js';
import { client, connectError, echo, ended, exchange, hangUp, realfork, Server } from './support/cli';
import { ownDirectory } from './support/own-directory';
import { testWhere } from './support/systems';

/** `serve forking --requests` and `--spare`: children that wait for clients by themselves. */

const { file } = ownDirectory();
const onLinux = process.platform === 'linux';

/** Says which process serves, and which of its clients this is; then it stays for as long as the client does. */
const WHO = `
const { read, write } = require('realfork');
let nth = 0;
exports.doit = (connfd) => {
  nth += 1;
  write(connfd, Buffer.from(process.pid + ' ' + nth + '\\n'));
  const buffer = Buffer.alloc(64);
  for (let n = read(connfd, buffer); n > 0; n = read(connfd, buffer)) {
    if (buffer.toString('latin1', 0, n) === 'throw\\n') throw new Error('as I like it');
    write(connfd, buffer.subarray(0, n));
  }
};`;

class Kept extends Server {
  /** @param doit the path of a service, or its name */
  constructor(args: readonly string[], doit = file('doit.js', WHO)) {
    super([...(args.includes('--listen') ? [] : ['--port', '0']), ...args, '--doit', doit], [], 'forking');
  }

  override async pid(): Promise<number> {
    return Number((await this.line(/pid (\d+) listening/))[1]);
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.pid(), signal);
  }

  /** The spare children that there are, when it has told of so many since it was started. */
  async spares(count: number): Promise<number[]> {
    await this.line(new RegExp(`(?:spare \\d+\\n[\\s\\S]*){${count}}`));
    return [...this.started.stderr.text.matchAll(/spare (\d+)\n/g)].map(([, pid]) => Number(pid));
  }

  /** A client that is served whole. @returns who has served it, once that waits for the next one or has ended */
  async visit(): Promise<Guest> {
    const guest = await Guest.of(await this.listening());
    await hangUp(guest.socket);
    await this.line(new RegExp(`(?:served|end) ${guest.pid} status 0 from 127.0.0.1:${guest.port}\n`));
    return guest;
  }
}

/** A client that is served. */
class Guest {
  private constructor(
    readonly socket: Socket,
    readonly pid: number,
    readonly nth: number,
    readonly port: number | undefined,
  ) {}

  static async of(where: NetConnectOpts): Promise<Guest> {
    const socket = await client(where);
    const port = socket.localPort;
    const [said] = await once(socket, 'data');
    const [pid, nth] = String(said).trim().split(' ').map(Number);
    return new Guest(socket, pid ?? 0, nth ?? 0, port);
  }
}

const servers: Kept[] = [];

function serve(...args: string[]): Kept {
  const server = new Kept(args);
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.started.kill();
});

/** Until the connection is no more, however it ends. */
async function gone(socket: Socket): Promise<void> {
  socket.on('error', () => {}).resume();
  if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}

const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const listensIn = (pid: number): number =>
  observe(pid).openFiles.filter(({ socket }) => socket?.state === 'LISTEN').length;

async function stop(server: Kept): Promise<string> {
  const { status, signal, stderr } = await server.stop();
  expect([status, signal]).toEqual([0, null]);
  expect(stderr).toMatch(/realfork: stopped\n$/);
  return stderr;
}

describe('--requests 3', () => {
  test('three clients in a row have one child, and its memory; then it exits', async () => {
    const server = serve('--requests', '3');
    const guests: Guest[] = [];
    for (let visits = 0; visits < 7; ++visits) guests.push(await server.visit());
    expect(guests.map(({ nth }) => nth)).toEqual([1, 2, 3, 1, 2, 3, 1]);
    const [first, , third, fourth] = guests;
    expect(third?.pid).toBe(first?.pid);
    expect(fourth?.pid).not.toBe(first?.pid);
    const said = await stop(server);
    const of = (pid = 0): string[] => said.match(new RegExp(`\\w+ ${pid}\\b.*`, 'g')) ?? [];
    const from = (nth: number): string => `from 127.0.0.1:${guests[nth]?.port}`;
    expect(of(first?.pid)).toEqual([
      `start ${first?.pid} ${from(0)}`,
      `served ${first?.pid} status 0 ${from(0)}`,
      `client ${first?.pid} ${from(1)}`,
      `served ${first?.pid} status 0 ${from(1)}`,
      `client ${first?.pid} ${from(2)}`,
      `end ${first?.pid} status 0 ${from(2)}`,
    ]);
    // The last one waited for its second client.
    const last = guests[6];
    expect(of(last?.pid).slice(-2)).toEqual([`served ${last?.pid} status 0 ${from(6)}`, `end ${last?.pid} status 0`]);
  });

  testWhere(onLinux, 'no /proc')('a child keeps the listener for as long as it may take another client', async () => {
    const server = serve('--requests', '2');
    const where = await server.listening();
    const first = await Guest.of(where);
    expect(listensIn(first.pid)).toBe(1);
    await hangUp(first.socket);
    await server.line(/served \d+ status 0/);
    const second = await Guest.of(where);
    expect([second.pid, second.nth, listensIn(second.pid)]).toEqual([first.pid, 2, 0]);
    await hangUp(second.socket);
    await stop(server);
  });

  test('a client does not wait for a child that is busy, while there may be another', async () => {
    const server = serve('--requests', '9', '-c', '3');
    const where = await server.listening();
    const idle = await server.visit();
    const busy = [await Guest.of(where), await Guest.of(where), await Guest.of(where)];
    expect(new Set(busy.map(({ pid }) => pid)).size).toBe(3);
    expect(busy[0]).toMatchObject({ pid: idle.pid, nth: 2 });
    // All are busy: the next one waits, for the first of them that is not.
    const waiting = Guest.of(where);
    await hangUp((busy[1] as Guest).socket);
    expect((await waiting).pid).toBe(busy[1]?.pid);
    for (const { socket } of [busy[0] as Guest, await waiting, busy[2] as Guest]) await hangUp(socket);
    expect(await stop(server)).not.toContain('status: 4/');
  });

  test('one whose doit throws serves nobody else', async () => {
    const server = serve('--requests', '3');
    const { socket, pid } = await Guest.of(await server.listening());
    socket.write('throw\n');
    await gone(socket);
    await server.line(new RegExp(`end ${pid} status 1 from`));
    expect(await server.visit()).toMatchObject({ nth: 1 });
    await stop(server);
  });
});

describe('--timeout with --requests and --spare', () => {
  test('is of a client: one after another that was served has its own time, and one that waits has none', async () => {
    const server = serve('--timeout', '1', '--requests', '3', '--spare', '2');
    const [one = 0, two = 0] = await server.spares(2);
    const first = await server.visit();
    const second = await Guest.of(await server.listening());
    await gone(second.socket); // a second and more, for which another has waited
    await server.line(new RegExp(`end ${second.pid} signal SIGALRM from 127.0.0.1:${second.port}\n`));
    expect([one, two]).toContain(first.pid); // the second client may have one that came in its place
    const other = first.pid === second.pid ? [one, two].find((pid) => pid !== first.pid) : first.pid;
    expect(findProcess(other ?? 0)?.state).toBe('sleeping');
    await server.visit();
    await stop(server);
  });
});

describe('--spare 2', () => {
  test('children are there before their clients; each that has taken one is replaced', async () => {
    const server = serve('--spare', '2');
    const spares = await server.spares(2);
    const first = await server.visit();
    expect(spares).toContain(first.pid);
    expect(first.nth).toBe(1);
    const more = await server.spares(3);
    const second = await server.visit();
    expect(more.filter((pid) => pid !== first.pid)).toContain(second.pid);
    await server.spares(4);
    expect(childrenOf(await server.pid())).toHaveLength(2);
    const said = await stop(server);
    expect(said).not.toContain(' start ');
    expect(said).toMatch(new RegExp(`client ${first.pid} from 127.0.0.1:${first.port}\n`));
  });

  test('they count as children: no more than there may be', async () => {
    const server = serve('--spare', '5', '-c', '2');
    await server.spares(2);
    const where = await server.listening();
    const held = [await Guest.of(where), await Guest.of(where)];
    const waiting = Guest.of(where);
    expect(childrenOf(await server.pid())).toHaveLength(2);
    await hangUp((held[0] as Guest).socket);
    await hangUp((await waiting).socket);
    await hangUp((held[1] as Guest).socket);
    expect(await stop(server)).not.toContain('status: 3/');
  });

  testWhere(onLinux, 'no /proc')('one that has its client has no listener', async () => {
    const server = serve('--spare', '1');
    const { socket, pid } = await Guest.of(await server.listening());
    expect(listensIn(pid)).toBe(0);
    await hangUp(socket);
    await stop(server);
  });
});

describe.each([
  ['--requests 4', ['--requests', '4']],
  ['--spare 8', ['--spare', '8']],
  ['--requests 4 --spare 8', ['--requests', '4', '--spare', '8']],
])('%s', (_name, args) => {
  test.each([['40'], ['8']])('a burst of 64, at most %s children: all are served', async (most) => {
    const server = serve(...args, '-c', most);
    const where = await server.listening();
    const said = async (): Promise<string> => {
      const { socket } = await Guest.of(where);
      const back = await echo(socket, 'hello\n');
      await hangUp(socket);
      return back;
    };
    for (let bursts = 0; bursts < 3; ++bursts) {
      expect(await Promise.all(Array.from({ length: 64 }, said))).toEqual(Array(64).fill('hello\n'));
    }
    const lines = await stop(server);
    // Each client is told of once as it comes, and once as it goes.
    const froms = (kinds: string): string[] =>
      [...lines.matchAll(new RegExp(`(?:${kinds}) \\d+ .*from (\\S+)\n`, 'g'))].map(([, from = '']) => from).toSorted();
    const came = [...lines.matchAll(/(?:start|client) \d+ from (\S+)\n/g)].map(([, from = '']) => from).toSorted();
    expect(came).toHaveLength(3 * 64);
    expect(froms('served|end')).toEqual(came);
    const counts = [...lines.matchAll(/status: (\d+)\//g)].map(([, count]) => Number(count));
    expect(Math.max(...counts)).toBeLessThanOrEqual(Number(most));
  });

  testWhere(onLinux, 'no /proc')('no descriptor and no zombie is left in the server', async () => {
    const server = serve(...args);
    const pid = await server.pid();
    await server.visit();
    const before = descriptors(pid);
    for (let visits = 0; visits < 20; ++visits) await server.visit();
    while (childrenOf(pid).some(({ state }) => state === 'zombie')) await delay(1);
    expect(descriptors(pid)).toBe(before);
    await stop(server);
  });

  test('--status counts all clients, also where nobody is told of them', async () => {
    const server = serve(...args, '--log', 'json', '--status', './status');
    const [, port] = await server.line(/"address":"127\.0\.0\.1:(\d+)"/);
    for (let visits = 0; visits < 9; ++visits) {
      await hangUp((await Guest.of({ host: '127.0.0.1', port: Number(port) })).socket);
    }
    const socket = await client({ path: join(server.started.directory, 'status') });
    socket.end('status\n');
    expect(JSON.parse(await text(socket))).toMatchObject({ accepted: 9 });
    await server.started.kill();
  });

  test('SIGKILL to the server: its children end, one that is busy when it has served its client', async () => {
    const server = serve(...args);
    const idle = await server.visit();
    const busy = await Guest.of(await server.listening());
    const pid = await server.pid();
    const children = childrenOf(pid).map((child) => child.pid);
    expect(children).toContain(busy.pid);
    process.kill(pid, 'SIGKILL');
    for (const child of [idle.pid, ...children]) if (child !== busy.pid) await ended(child);
    expect(await echo(busy.socket, 'still here\n')).toBe('still here\n');
    await hangUp(busy.socket);
    await ended(busy.pid);
  });

  test('SIGTERM: nobody can connect, children end, one that is busy when it has served its client', async () => {
    const server = serve(...args);
    await server.visit();
    const where = await server.listening();
    const busy = await Guest.of(where);
    await server.signal('SIGTERM');
    await server.line(/SIGTERM: no longer listening/);
    expect(await connectError(where)).toBe('ECONNREFUSED');
    expect(await echo(busy.socket, 'still here\n')).toBe('still here\n');
    await hangUp(busy.socket);
    const { status, stderr } = await server.started.end();
    expect([status, stderr]).toEqual([0, expect.stringMatching(/status: 0\/40\nrealfork: stopped\n$/)]);
  });

  test('SIGTERM, on a Unix socket: the same', async () => {
    const server = serve(...args, '--listen', './socket');
    await server.line(/listening/);
    const path = join(server.started.directory, 'socket');
    const busy = await Guest.of({ path });
    await server.signal('SIGTERM');
    await server.line(/SIGTERM: no longer listening/);
    expect(await connectError({ path })).toMatch(/ECONNREFUSED|ENOENT/);
    await hangUp(busy.socket);
    expect((await server.started.end()).status).toBe(0);
  });

  test('SIGHUP replaces those that are idle; one that is busy ends when it has served its client', async () => {
    const server = serve(...args, '--config', file('limits.json', '{ "timeout": 0 }'));
    const before = await server.visit();
    const busy = await Guest.of(await server.listening());
    const idle = childrenOf(await server.pid())
      .map(({ pid }) => pid)
      .filter((pid) => pid !== busy.pid);
    await server.signal('SIGHUP');
    await server.line(/reloaded: /);
    for (const pid of idle) await server.line(new RegExp(`end ${pid} status 0\n`));
    expect(await echo(busy.socket, 'still here\n')).toBe('still here\n');
    const after = await server.visit();
    expect([before.pid, busy.pid, ...idle]).not.toContain(after.pid);
    await hangUp(busy.socket);
    await server.line(new RegExp(`end ${busy.pid} status 0`));
    await stop(server);
  });

  test('SIGUSR2: another serves on the same listeners, and loses nobody', async () => {
    const server = serve(...args);
    const where = await server.listening();
    const before = await server.visit();
    const busy = await Guest.of(where);
    await server.signal('SIGUSR2');
    const [, next] = await server.line(/pid (\d+) serves from now on/);
    try {
      const after = await Guest.of(where);
      expect([before.pid, busy.pid]).not.toContain(after.pid);
      await hangUp(after.socket);
      await hangUp(busy.socket);
      await server.line(/realfork: stopped\n/); // between lines of the next one
    } finally {
      process.kill(Number(next), 'SIGTERM');
      await ended(Number(next));
    }
  });

  test('one that is killed while it is idle: the next client has another', async () => {
    const server = serve(...args);
    const first = await server.visit();
    const pid = await server.pid();
    const idle = childrenOf(pid).map((child) => child.pid);
    for (const child of idle) process.kill(child, 'SIGKILL');
    const second = await server.visit();
    expect([first.pid, ...idle]).not.toContain(second.pid);
    for (const child of idle) await server.line(new RegExp(`end ${child} signal SIGKILL\n`));
    await stop(server);
  });

  test('one that is killed while it serves: its client sees the end, others do not', async () => {
    const server = serve(...args);
    const where = await server.listening();
    const [one, other] = [await Guest.of(where), await Guest.of(where)];
    process.kill(one.pid, 'SIGKILL');
    await gone(one.socket);
    await server.line(new RegExp(`end ${one.pid} signal SIGKILL from 127.0.0.1:${one.port}\n`));
    expect(await echo(other.socket, 'still here\n')).toBe('still here\n');
    await hangUp(other.socket);
    await server.visit();
    await stop(server);
  });

  testWhere(onLinux, 'no /proc')('one that is stopped while it is idle keeps no client waiting', async () => {
    const server = serve(...args);
    await server.visit();
    const pid = await server.pid();
    const idle = childrenOf(pid).map((child) => child.pid);
    for (const child of idle) process.kill(child, 'SIGSTOP');
    for (const child of idle) while (findProcess(child)?.state !== 'stopped') await delay(1);
    expect(idle).not.toContain((await server.visit()).pid);
    for (const child of idle) process.kill(child, 'SIGCONT');
    await server.visit();
    await stop(server);
  });
});

describe.each([
  ['--requests 4', ['--requests', '4']],
  ['--requests 4 --spare 8', ['--requests', '4', '--spare', '8']],
])('%s, forked without a line of JavaScript', (_name, args) => {
  test('a burst of 64 is served, each client is told of; the children end with a server that is killed', async () => {
    const server = new Kept(args, 'echo');
    servers.push(server);
    const where = await server.listening();
    const said = await Promise.all(Array.from({ length: 64 }, () => exchange(where, 'hello')));
    expect(said).toEqual(Array(64).fill('hello'));
    const froms = (kinds: string): string[] =>
      [...server.started.stderr.text.matchAll(new RegExp(`(?:${kinds}) \\d+ .*?from (\\S+)\n`, 'g'))]
        .map(([, from = '']) => from)
        .toSorted();
    while (froms('served|end').length < 64) await delay(5);
    expect(new Set(froms('served|end')).size).toBe(64);
    expect([...server.started.stderr.text.matchAll(/(?:start|client) \d+ from \S+\n/g)]).toHaveLength(64);
    const pid = await server.pid();
    const children = childrenOf(pid).map((child) => child.pid);
    process.kill(pid, 'SIGKILL');
    for (const child of children) await ended(child);
  });
});

test('SIGHUP with a configuration that counts by address: not with them', async () => {
  const server = serve('--requests', '2', '--config', file('limits.json', '{ "children": 3 }'));
  await server.listening();
  file('limits.json', '{ "perAddress": 3 }');
  await server.signal('SIGHUP');
  await server.line(/not reloaded, the old settings stay: .*"requests" has no "perAddress"/);
  await server.visit();
  await stop(server);
});

test.each([
  ['--requests', '2', '--exec', 'cat'],
  ['--spare', '2', '--exec', 'cat'],
  ['--requests', '2', '--per-address', '3'],
  ['--spare', '2', '--per-address', '3'],
  ['--requests', '0'],
  ['--spare', '-1'],
])('%s %s %s %s is refused, status 2', async (...args) => {
  const run = await realfork(['serve', 'forking', ...args]);
  expect([run.status, run.stdout]).toEqual([2, '']);
  expect(run.stderr).toMatch(/--(?:requests|spare)/);
});

test('a service that lives in its event loop is refused, status 1', async () => {
  const service = file('loop.js', 'exports.onConnection = (socket) => void socket.end();');
  const run = await realfork(['serve', 'forking', '--port', '0', '--requests', '2', '--doit', service]);
  expect([run.status, run.stderr]).toEqual([
    1,
    expect.stringContaining('A forking server with "onConnection" has no option "requests"'),
  ]);
});
