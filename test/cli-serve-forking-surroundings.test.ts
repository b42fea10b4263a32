import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as get, type IncomingMessage } from 'node:http';
import { createServer, type NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { prometheusText } from '#src/servers/forking/status.js';
import { CLI, client, hangUp, Server } from './support/cli';
import { ownDirectory } from './support/own-directory';
import { facts, type Run, runCommand, Started } from './support/run-program';
import { testWhere } from './support/systems';

/** `serve forking` among what starts it and what its clients do. */

const own = ownDirectory();
const { file } = own;
const onLinux = process.platform === 'linux';

class Forking extends Server {
  constructor(...args: string[]) {
    super(['--port', '0', ...args], [], 'forking');
  }

  override async pid(): Promise<number> {
    return Number((await this.line(/pid (\d+) listening/))[1]);
  }

  /** What a client hears that says nothing. */
  async said(): Promise<string> {
    return heard(await this.listening());
  }
}

async function heard(where: NetConnectOpts): Promise<string> {
  const socket = await client(where);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  await once(socket, 'end');
  await hangUp(socket);
  return Buffer.concat(chunks).toString();
}

const servers: { readonly started: Started }[] = [];
const begun = <Kind extends { readonly started: Started }>(server: Kind): Kind => {
  servers.push(server);
  return server;
};

afterEach(async () => {
  for (const server of servers.splice(0)) await server.started.kill();
});

const stopped = expect.objectContaining<Partial<Run>>({ status: 0, signal: null, stdout: '' });

test('--keepalive 40: asked after 40 s of silence, and gone 40 s later', async () => {
  const doit = file(
    'options.js',
    `const { getsockopt, IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, ...tcp } = require('realfork');
    exports.doit = (fd, { Writen }) => {
      const values = [getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE) !== 0];
      for (const name of ['TCP_KEEPIDLE', 'TCP_KEEPINTVL', 'TCP_KEEPCNT', 'TCP_USER_TIMEOUT'])
        values.push(tcp[name] === undefined ? 'none' : getsockopt(fd, IPPROTO_TCP, tcp[name]));
      Writen(fd, JSON.stringify(values));
    };`,
  );
  const server = begun(new Forking('--keepalive', '40', '--doit', doit));
  expect(JSON.parse(await server.said())).toEqual([true, 40, 10, 4, onLinux ? 80_000 : 'none']);
  expect(await server.stop()).toEqual(stopped);
});

describe('--exec: the soft limit on descriptors', () => {
  /** Of a server that a shell with the limit 256 has started. */
  async function limit(...args: readonly string[]): Promise<string> {
    const command = ['ulimit -Sn 256; "$0" "$@"; exit $?', process.execPath, CLI, 'serve', 'forking', '--port', '0'];
    const started = new Started('sh', ['-c', ...command, '--exec', 'ulimit -Sn', ...args]);
    begun({ started });
    const [, pid = '', port = ''] = await started.stderr.match(/pid (\d+) listening on 127.0.0.1:(\d+)\n/);
    const said = await heard({ host: '127.0.0.1', port: Number(port) });
    process.kill(Number(pid), 'SIGTERM');
    expect(await started.end()).toEqual(stopped);
    return said;
  }

  testWhere(onLinux, 'no /proc')('is the one that the server was started with', async () => {
    expect(await limit()).toBe('256\n');
  });

  test('is that of --nofile', async () => {
    expect(await limit('--nofile', '300')).toBe('300\n');
  });

  test('one beyond the hard limit is refused: one line, status 1', async () => {
    const command = `ulimit -n 512; exec "$0" "$@"`;
    const args = ['-c', command, process.execPath, CLI, 'serve', 'forking', '--exec', 'cat', '--nofile', '513'];
    const run = await runCommand('sh', args);
    expect([run.status, run.stderr]).toEqual([
      1,
      expect.stringMatching(/^realfork: --nofile 513: the hard limit .*512/),
    ]);
  });
});

describe('children that live in their event loop', () => {
  /** Each on the connection of the one before, where the agent keeps it. */
  async function request(agent: Agent, where: NetConnectOpts, path = '/', body?: string): Promise<string> {
    const asked = get({ ...where, agent, path, method: body === undefined ? 'GET' : 'POST' });
    asked.end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return String(await text(answer));
  }

  test('an http server of Node: requests of a connection have one child, another connection another', async () => {
    const program = join(__dirname, 'programs', 'forking-server.js');
    const { started } = begun({ started: new Started(process.execPath, [program, 'http']) });
    const [, pid = '', port = ''] = await started.stderr.match(/pid (\d+) listening on 127.0.0.1:(\d+)\n/);
    const where = { host: '127.0.0.1', port: Number(port) };
    const agents = [1, 2].map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
    const said: string[] = [];
    for (const agent of agents) {
      said.push(await request(agent, where), await request(agent, where, '/', 'hello'));
    }
    const children = said.map((line) => line.split(' ')[0]);
    expect(said).toEqual(children.flatMap((child, nth) => `${child} ${nth % 2 === 0 ? 'GET ' : 'POST hello'}`));
    expect(children[1]).toBe(children[0]);
    expect(children[3]).toBe(children[2]);
    expect(new Set([pid, ...children]).size).toBe(3);
    for (const agent of agents) agent.destroy();
    for (const child of new Set(children)) await started.stderr.match(new RegExp(`end ${child} status 0 from`));

    const other = new Agent();
    await expect(request(other, where, '/throws')).rejects.toThrow('socket hang up');
    await started.stderr.match(/Error: as I like it\n {4}at [\s\S]*end \d+ status 1 from/);

    process.kill(Number(pid), 'SIGTERM');
    const run = await started.end();
    expect([run.status, run.stdout]).toEqual([0, `${pid} has ended\nexit of ${pid}\n`]);
  });
});

describe('--status', () => {
  test('tells how the server is, in JSON and as Prometheus wants it, and is there again after a restart', async () => {
    const server = begun(new Forking('-C', '1', '-c', '5', '--status', './status', '--exec', 'cat'));
    const where = await server.listening();
    const path = join(server.started.directory, 'status');
    const asked = async (request: string): Promise<string> => {
      const socket = await client({ path });
      socket.write(request);
      return text(socket);
    };
    const silent = await client({ path }); // it does not keep others from being told
    const stays = await client(where);
    stays.write('hello\n');
    await once(stays, 'data');
    await heard(where); // refused
    const json = JSON.parse(await asked('\n')) as Record<string, unknown>;
    const seconds = expect.any(Number);
    expect(json).toEqual({
      ...{ pid: await server.pid(), uptime: seconds, children: 1, limit: 5, longestChild: seconds },
      ...{ accepted: 2, refused: 1, errors: {} },
    });
    expect(json['longestChild']).toBeGreaterThan(0);
    const metrics = await asked('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(metrics).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain; version=0\.0\.4\r\n/);
    expect(metrics).toContain('# TYPE realfork_accepted_total counter\nrealfork_accepted_total 2\n');
    expect(await asked('metrics\n')).toContain('realfork_children 1\n');
    await once(silent.resume(), 'close'); // it had its second
    process.kill(await server.pid(), 'SIGUSR2');
    const [, pid = ''] = await server.line(/pid (\d+) serves from now on/);
    expect(
      JSON.parse(await asked('GET / HTTP/1.0\r\n\r\n').then((said) => said.split('\r\n\r\n')[1] ?? '')),
    ).toMatchObject({
      ...{ pid: Number(pid), accepted: 0 },
    });
    await hangUp(stays);
    await server.line(/stopped\n/);
    process.kill(Number(pid), 'SIGTERM');
    expect(await server.started.end()).toEqual(stopped); // which leaves no path behind
  });
});

test('a status: errors by kind', () => {
  const status = { pid: 4711, uptime: 1, children: 0, limit: 40, longestChild: 0, accepted: 0, refused: 0 };
  const text = prometheusText({ ...status, errors: { 'accept EMFILE': 3, 'fork EAGAIN': 1 } });
  expect(text).toMatch(
    /^(# HELP realfork_\w+ .+\n# TYPE realfork_\w+ (gauge|counter)\n(realfork_\w+(\{.*\})? [\d.]+\n)+)+$/,
  );
  expect(text).toContain('realfork_errors_total{call="accept",errno="EMFILE"} 3\nrealfork_errors_total{call="fork",');
});

describe('SIGUSR2', () => {
  /** Its generations: each says so when it listens. */
  const generation = async (server: Forking, nth: number): Promise<number> => {
    const [text] = await server.line(new RegExp(`(?:pid \\d+ listening[\\s\\S]*?){${nth}}\n`));
    return Number([...text.matchAll(/pid (\d+) listening/g)].at(-1)?.[1]);
  };

  test('starts the program anew on the same listeners: no client is lost, and the old one ends when its clients have', async () => {
    const server = begun(new Forking('--exec', 'read line; echo "$PPID $line"'));
    const where = await server.listening();
    const served = new Map<string, number>();
    let isOver = false;
    const visiting = [1, 2].map(async () => {
      while (!isOver) {
        const socket = await client(where);
        socket.write('hello\n');
        const [answer] = (await once(socket, 'data')) as [Buffer];
        const [, by = 'nobody'] = /^(\d+) hello\n$/.exec(String(answer)) ?? [];
        served.set(by, (served.get(by) ?? 0) + 1);
        await hangUp(socket);
      }
    });
    const stays = await client(where);
    const pids = [await generation(server, 1)];
    for (const nth of [2, 3]) {
      process.kill(pids.at(-1) ?? 0, 'SIGUSR2');
      const pid = await generation(server, nth);
      await server.line(new RegExp(`pid ${pid} serves from now on; children left here: \\d+\n`));
      pids.push(pid);
      while ((served.get(String(pid)) ?? 0) < 3) await delay(1);
    }
    isOver = true;
    await Promise.all(visiting);
    expect(new Set(served.keys())).toEqual(new Set(pids.map(String)));
    stays.write('still here\n');
    expect(String((await once(stays, 'data'))[0])).toBe(`${pids[0]} still here\n`);
    await hangUp(stays);
    await server.line(/stopped\n[\s\S]*stopped\n/);
    process.kill(pids.at(-1) ?? 0, 'SIGTERM');
    const run = await server.started.end();
    expect(run.stderr.match(/realfork: stopped\n/g)).toHaveLength(3);
    expect(run.stderr).not.toMatch(/unknown|no child|error/);
  });

  test('a program that does not come to serve: the old one serves on, and says so', async () => {
    const limits = file('limits.json', '{}');
    const server = begun(new Forking('--config', limits, '--exec', 'echo here'));
    await server.listening();
    file('limits.json', '{');
    process.kill(await server.pid(), 'SIGUSR2');
    await server.line(/not restarted, this one serves on: the new program, process \d+, ended with status 1\n/);
    expect(await server.said()).toBe('here\n');
    expect(await server.stop()).toEqual(stopped);
  });
});

describe('a service manager', () => {
  const TOLD = {
    said: '.\n',
    heard: ['READY=1', 'RELOADING=1\nMONOTONIC_USEC=N', 'READY=1', 'STOPPING=1'],
    status: 0,
  };
  /** What a service manager tells the server is not for its children. */
  const EXEC = ['--exec', 'echo $LISTEN_FDS$LISTEN_PID$NOTIFY_SOCKET.'];
  const managed = (notify: string, ...args: readonly string[]): Promise<unknown> =>
    facts('service-manager', 'manage', notify, '--quiet', '--config', file('limits.json', '{}'), ...args);
  const path = (): string => join(own.path, 'notify');

  test('passes a socket as descriptor 3, and is told of its state', async () => {
    expect(await managed(path(), ...EXEC)).toEqual(TOLD);
  });

  testWhere(onLinux, 'abstract names are Linux')('is told at an abstract name too', async () => {
    expect(await managed(`@realfork-test-${process.pid}`, ...EXEC)).toEqual(TOLD);
  });

  test.each([
    ['--exec', 'echo here', /^here\n$/],
    ['--doit', 'daytime', / \d{4}\r\n$/], // started anew, with settings for a server that forks
  ])('its socket by its number: --listen fd:3 %s %s', async (option, service, said) => {
    expect(await managed(path(), '--listen', 'fd:3', option, service)).toMatchObject({
      said: expect.stringMatching(said),
      status: 0,
    });
  });

  test('what is no socket that listens is refused: one line, status 1', async () => {
    const run = await runCommand('sh', [
      '-c',
      'exec "$0" "$@" 3</dev/null',
      process.execPath,
      CLI,
      'serve',
      'forking',
      '--listen',
      'fd:3',
    ]);
    expect([run.status, run.stderr]).toEqual([1, expect.stringMatching(/^realfork: getsockopt\(3, .*ENOTSOCK.*\n$/)]);
  });

  const hasSystemd = spawnSync('systemd-socket-activate', ['--version']).error === undefined;

  testWhere(hasSystemd, 'no systemd-socket-activate')(
    'systemd-socket-activate starts it at the first client',
    async () => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address() as { port: number };
      await new Promise((resolve) => taken.close(resolve));
      const command = [process.execPath, CLI, 'serve', 'forking', '--exec', 'echo here'];
      const started = new Started('systemd-socket-activate', ['-l', `127.0.0.1:${port}`, ...command]);
      begun({ started });
      await started.stderr.match(/Listening on 127/);
      expect(await heard({ host: '127.0.0.1', port })).toBe('here\n');
      const [, pid = ''] = await started.stderr.match(/pid (\d+) listening on 127/);
      expect(Number(pid)).toBe(started.pid);
      process.kill(started.pid, 'SIGTERM');
      expect(await started.end()).toEqual(stopped);
    },
  );
});
