import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type NetConnectOpts } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf } from '#src/observe/processes.js';
import { client, connectError, echo, ended, hangUp, realfork, Server } from './support/cli';
import { blocked } from './support/proc';
import { testWhere } from './support/systems';

const servers: Server[] = [];

function serve(...args: string[]): Server {
  const server = new Server(args);
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.started.kill();
});

const hasIPv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

describe('realfork serve figure-4.13', () => {
  async function serves(server: Server): Promise<NetConnectOpts> {
    const where = await server.listening();
    const [first, second] = [await client(where), await client(where)];
    // At once: the second is served while the first is connected.
    expect(await echo(second, 'second\n')).toBe('second\n');
    expect(await echo(first, 'first, → and 4 KiB\n'.repeat(256))).toBe('first, → and 4 KiB\n'.repeat(256));
    await hangUp(first);
    await hangUp(second);
    const run = await server.stop();
    expect([run.status, run.signal, run.stdout]).toEqual([null, 'SIGTERM', '']);
    return where;
  }

  test('serves several clients at once on IPv4, and leaves no process and no port behind', async () => {
    const where = await serves(serve('--port', '0'));
    expect(where).toMatchObject({ host: '127.0.0.1' });
    expect(await connectError(where)).toBe('ECONNREFUSED');
  });

  testWhere(hasIPv6, 'no ::1')('serves on IPv6', async () => {
    expect(await serves(serve('--port', '0', '--host', '::1'))).toMatchObject({ host: '::1' });
  });

  test('serves on a Unix socket, and removes its path when it ends by itself', async () => {
    const server = serve('--host', './socket', '--sigchld', 'handler');
    const where = await server.listening();
    expect(where).toEqual({ path: './socket' });
    const path = join(server.started.directory, 'socket');
    const socket = await client({ path });
    expect(await echo(socket, 'over a path\n')).toBe('over a path\n');
    await server.blockedInAccept(); // or the child could end before: a handler, and no EINTR
    await hangUp(socket); // SIGCHLD interrupts accept, and the wrapper dies of it
    const run = await server.started.end();
    expect(run.status).toBe(1);
    expect(existsSync(path)).toBe(false);
  });
});

/** With the process IDs, the port and descriptors named; not a backlog or a size, which a process ID may be as well. */
function anonymous(text: string, names: Readonly<Record<string, number | string>>): string[] {
  let result = text;
  for (const [name, value] of Object.entries(names))
    result = result.replaceAll(new RegExp(`(?<!, )\\b${value}\\b`, 'g'), name);
  return result.trimEnd().split('\n');
}

describe('its lines on standard error', () => {
  test('are each event as the kernel had it: accept interrupted, the handler, waitpid to 0 or ECHILD', async () => {
    const server = serve('--port', '0', '--sigchld', 'handler', '--on-eintr', 'retry');
    const where = await server.listening();
    const pid = await server.pid();
    const socket = await client(where);
    const [, child = ''] = await server.line(/fork\(\) = ([1-9]\d*)\n/);
    await echo(socket, 'hello\n');
    await server.line(new RegExp(`\\[${pid}\\] close\\(\\d+\\) = 0\\n`));
    await server.blockedInAccept();
    await hangUp(socket);
    await server.line(/= -1 EINTR\n/);
    const run = await server.stop();
    const port = 'port' in where ? where.port : '';
    const [, listenfd = ''] = /socket\(AF_INET, SOCK_STREAM, 0\) = (\d+)\n/.exec(run.stderr) ?? [];
    const [, connfd = ''] = /accept\(\d+\) = (\d+)\n/.exec(run.stderr) ?? [];
    const lines = anonymous(run.stderr, { SERVER: pid, CHILD: child, PORT: port, LISTENFD: listenfd, CONNFD: connfd });
    expect(lines.filter((line) => line.startsWith('[SERVER]'))).toEqual([
      '[SERVER] sigaction(SIGCHLD, handler, 0) = 0',
      '[SERVER] socket(AF_INET, SOCK_STREAM, 0) = LISTENFD',
      '[SERVER] setsockopt(LISTENFD, SOL_SOCKET, SO_REUSEADDR, true) = 0',
      '[SERVER] bind(LISTENFD, 127.0.0.1:0) = 0',
      '[SERVER] listen(LISTENFD, 1024) = 0',
      '[SERVER] getsockname(LISTENFD) = 127.0.0.1:PORT',
      '[SERVER] listening on 127.0.0.1:PORT',
      '[SERVER] accept(LISTENFD) = CONNFD',
      '[SERVER] fork() = CHILD',
      '[SERVER] close(CONNFD) = 0',
      '[SERVER] SIGCHLD → handler',
      '[SERVER] waitpid(-1, WNOHANG) = CHILD, exited 0',
      '[SERVER] waitpid(-1, WNOHANG) = -1 ECHILD',
      '[SERVER] accept(LISTENFD) = -1 EINTR',
    ]);
    expect(lines.filter((line) => line.startsWith('[CHILD]'))).toEqual([
      '[CHILD] fork() = 0',
      '[CHILD] close(LISTENFD) = 0',
      '[CHILD] read(CONNFD, 4096 bytes) = 6',
      '[CHILD] write(CONNFD, 6 bytes) = 6',
      '[CHILD] read(CONNFD, 4096 bytes) = 0',
      '[CHILD] close(CONNFD) = 0',
      '[CHILD] exit(0)',
    ]);
  });

  test("end with the wrapper's message when accept dies of EINTR", async () => {
    const server = serve('--port', '0', '--sigchld', 'handler');
    const where = await server.listening();
    const socket = await client(where);
    await echo(socket, 'x');
    await server.blockedInAccept();
    await hangUp(socket);
    const run = await server.started.end();
    expect([run.status, run.signal]).toEqual([1, null]);
    expect(run.stderr).toMatch(
      /\] accept\(\d+\) = -1 EINTR\naccept error: Interrupted system call\n\[\d+\] exit\(1\)\n$/,
    );
  });

  test('are none with --quiet', async () => {
    const server = serve('--host', './socket', '--quiet', '--sigchld', 'handler');
    const path = join(server.started.directory, 'socket');
    while (!existsSync(path)) await delay(1);
    await blocked(server.started.pid);
    const socket = await client({ path });
    await echo(socket, 'x');
    await blocked(server.started.pid);
    await hangUp(socket);
    const run = await server.started.end();
    expect([run.status, run.stdout, run.stderr]).toEqual([1, '', 'accept error: Interrupted system call\n']);
  });

  test('with --sigchld default: the child that has served is left as a zombie', async () => {
    const server = serve('--port', '0');
    const where = await server.listening();
    const pid = await server.pid();
    const socket = await client(where);
    const [, child = ''] = await server.line(/fork\(\) = ([1-9]\d*)\n/);
    await hangUp(socket);
    await ended(Number(child));
    expect(childrenOf(pid)).toEqual([{ pid: Number(child), ppid: pid, state: 'zombie' }]);
    await server.stop();
  });
});

describe('what is wrong is said in one line', () => {
  test('a port in use: exactly one line, status 1, no stack', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const run = await realfork(['serve', 'figure-4.13', '--port', String(port)]);
    other.close();
    expect([run.status, run.signal, run.stdout]).toEqual([1, null, '']);
    expect(run.stderr).toMatch(/^[^\n]*Address already in use[^\n]*\n$/);
    expect(run.stderr).toContain(`127.0.0.1:${port}`);
  });

  test('a path in use: exactly one line, status 1, and the path is left to its owner', async () => {
    const first = serve('--host', './socket', '--sigchld', 'handler');
    await first.listening();
    const path = join(first.started.directory, 'socket');
    const run = await realfork(['serve', 'figure-4.13', '--host', path]);
    expect([run.status, run.signal, run.stdout]).toEqual([1, null, '']);
    expect(run.stderr).toMatch(/^[^\n]*Address already in use[^\n]*\n$/);
    expect(existsSync(path)).toBe(true);
    const socket = await client({ path });
    await first.blockedInAccept();
    await hangUp(socket);
    expect((await first.started.end()).status).toBe(1);
  });

  test('a path that is a file: one line, status 1, and the file is left alone', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'realfork-test-'));
    const path = join(directory, 'precious.txt');
    writeFileSync(path, 'precious');
    try {
      const run = await realfork(['serve', 'figure-4.13', '--host', path]);
      expect([run.status, run.signal, run.stdout]).toEqual([1, null, '']);
      expect(existsSync(path)).toBe(true);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('an address that no interface has: one line, status 1', async () => {
    const run = await realfork(['serve', 'figure-4.13', '--port', '0', '--host', '192.0.2.1']);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/^[^\n]*192\.0\.2\.1[^\n]*Cannot assign requested address[^\n]*\n$/);
  });

  test('a path that is too long: one line, status 1, no stack', async () => {
    const run = await realfork(['serve', 'figure-4.13', '--host', `/tmp/${'x'.repeat(200)}`]);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/^[^\n]*path[^\n]*\n$/);
  });

  test.each([
    [['serve', 'figure-9.99'], /no server figure-9\.99\. There are:\n[\s\S]*figure-4\.13/],
    [['serve'], /which server\? There are:\n[\s\S]*figure-4\.13/],
    [['serve', 'figure-4.13', '--port', '65536'], /--port.*from 0 to 65535/],
    [['serve', 'figure-4.13', '--port', '1.5'], /--port.*whole number/],
    [['serve', 'figure-4.13', '--port', ''], /--port.*whole number/],
    [['serve', 'figure-4.13', '--host', 'example.org'], /--host.*address/],
    [['serve', 'figure-4.13', '--backlog', '-1'], /--backlog.*whole number/],
    [['serve', 'figure-4.13', '--sigchld', 'maybe'], /--sigchld.*default, ignore, handler/],
    [['serve', 'figure-4.13', '--on-eintr', 'cry'], /--on-eintr.*die, retry/],
    [['serve', 'figure-4.13', '--rcvtimeo', 'soon'], /--rcvtimeo.*seconds/],
    [['serve', 'figure-4.13', '--events', 'x'], /--events.*whole number/],
    [['serve', 'figure-4.13', '--nonsense'], /unknown option '--nonsense'/],
    [['nonsense'], /unknown command 'nonsense'/],
  ])('%j: refused, with what would fit', async (args, said) => {
    const run = await realfork(args);
    expect([run.status, run.signal, run.stdout]).toEqual([2, null, '']);
    expect(run.stderr).toMatch(said);
    expect(run.stderr).not.toMatch(/^\s+at /m);
  });

  test('--events with a descriptor that is not open: a line, status not 0, no stack', async () => {
    const run = await realfork(['serve', 'figure-4.13', '--port', '0', '--events', '999']);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/^[^\n]+\n$/);
  });
});

test('realfork --version is that of the package; --help names the commands', async () => {
  const [version, help] = [await realfork(['--version']), await realfork(['--help'])];
  expect([version.status, version.stdout]).toEqual([0, `${require('realfork/package.json').version}\n`]);
  expect([help.status, help.stderr]).toEqual([0, '']);
  expect(help.stdout).toMatch(/serve.*eintr/s);
});
