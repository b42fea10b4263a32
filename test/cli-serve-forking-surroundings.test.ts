import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as get, type IncomingMessage } from 'node:http';
import { createServer, type NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
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

  test('its socket by its number: --listen fd:3', async () => {
    expect(await managed(path(), '--listen', 'fd:3', '--exec', 'echo here')).toMatchObject({
      said: 'here\n',
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
