import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { NetConnectOpts, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf, findProcess } from '#src/observe/processes.js';
import { client, echo, ended, hangUp, Server } from './support/cli';
import { blocked } from './support/proc';
import { testWhere } from './support/systems';

/** What each server of the texts is there to show: its fault, on real processes. */

const servers: Server[] = [];

function serve(name: string, ...args: string[]): Server {
  const server = new Server(['--port', '0', ...args], [], name);
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.started.kill();
});

const zombies = (pid: number): number => childrenOf(pid).filter(({ state }) => state === 'zombie').length;

/** Clients that have been served a line, so that each has its child. */
async function served(where: NetConnectOpts, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let nth = 0; nth < count; ++nth) {
    const socket = await client(where);
    expect(await echo(socket, `${nth}\n`)).toBe(`${nth}\n`);
    sockets.push(socket);
  }
  return sockets;
}

/** Until the connection is no more, however it ends. */
async function gone(socket: Socket): Promise<void> {
  socket.on('error', () => {}).resume();
  if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}

/** Has so many children end while the server is stopped: it is told of all of them by one SIGCHLD. */
async function endTogether(server: Server, count: number): Promise<number> {
  const sockets = await served(await server.listening(), count);
  const pid = await server.pid();
  await server.blockedInAccept();
  process.kill(pid, 'SIGSTOP');
  while (findProcess(pid)?.state !== 'stopped') await delay(1);
  for (const socket of sockets) await hangUp(socket);
  for (const child of childrenOf(pid)) await ended(child.pid);
  expect(zombies(pid)).toBe(count);
  process.kill(pid, 'SIGCONT');
  return pid;
}

describe('nobody waits: a zombie for each client that has left', () => {
  test.each(['tcpserv01', 'concurrent-tcp-1', 'webserver3c'])('%s', async (name) => {
    const server = serve(name, '--doit', 'echo', ...(name === 'webserver3c' ? ['--sleep', '0'] : []));
    const sockets = await served(await server.listening(), 2);
    const pid = await server.pid();
    for (const socket of sockets) await hangUp(socket);
    for (const child of childrenOf(pid)) await ended(child.pid);
    expect(zombies(pid)).toBe(2);
    await server.stop();
  });
});

describe('one wait for each signal: five children that end together leave four zombies', () => {
  test.each(['tcpserv02', 'tcpserv03', 'webserver3f'])('%s', async (name) => {
    const server = serve(name, '--doit', 'echo');
    const pid = await endTogether(server, 5);
    await server.line(/ wait\(\) = \d+, exited 0\n/);
    await server.blockedInAccept();
    expect(zombies(pid)).toBe(4);
    await server.stop();
  });
});

describe('a loop over waitpid: none', () => {
  const LOOPS = ['tcpserv04', 'handbook-7.7', 'concurrent-tcp-2', 'concurrent-tcp-3a', 'echoserverp', 'webserver3g'];
  test.each(LOOPS)('%s', async (name) => {
    const server = serve(name, '--doit', 'echo');
    const pid = await endTogether(server, 5);
    await server.line(/ waitpid\(-1, WNOHANG\) = -1 ECHILD\n/);
    await server.blockedInAccept();
    expect(zombies(pid)).toBe(0);
    const run = await server.stop();
    expect(run.stderr.match(/SIGCHLD → handler/g)).toHaveLength(1);
    expect(run.stderr.match(/ waitpid\(-1, WNOHANG\) = \d+, exited 0\n/g)).toHaveLength(5);
  });
});

describe('accept, when a child ends ("Does Linux allow either of this options?")', () => {
  async function linesOfServer(name: string): Promise<string[]> {
    const server = serve(name);
    const [socket] = await served(await server.listening(), 1);
    const pid = await server.pid();
    await server.blockedInAccept();
    if (socket !== undefined) await hangUp(socket);
    while (childrenOf(pid).length > 0) await delay(1); // reaped, by the handler or by the kernel
    await server.blockedInAccept();
    // A second client: what came of the first is behind the server when this one is served.
    const [second] = await served(await server.listening(), 1);
    if (second !== undefined) await hangUp(second);
    const run = await server.stop();
    return run.stderr.split('\n').filter((line) => line.startsWith(`[${pid}]`));
  }

  test('concurrent-tcp-2, flags 0: -1 EINTR, and it is called again', async () => {
    expect((await linesOfServer('concurrent-tcp-2')).join('\n')).toContain('= -1 EINTR');
  });

  test('concurrent-tcp-3a, SA_RESTART: the handler runs, and accept goes on', async () => {
    const lines = (await linesOfServer('concurrent-tcp-3a')).join('\n');
    expect(lines).toContain('SIGCHLD → handler');
    expect(lines).not.toContain('EINTR');
  });

  test('concurrent-tcp-3b, SA_NOCLDWAIT: no handler, no EINTR, no zombie', async () => {
    const lines = (await linesOfServer('concurrent-tcp-3b')).join('\n');
    expect(lines).toContain('sigaction(SIGCHLD, SIG_DFL, SA_NOCLDWAIT) = 0');
    expect(lines).not.toMatch(/handler|EINTR|waitpid/);
  });

  test('webserver3e: the server dies of it', async () => {
    const server = serve('webserver3e', '--doit', 'echo');
    const [socket] = await served(await server.listening(), 1);
    await server.blockedInAccept();
    if (socket !== undefined) await hangUp(socket);
    const run = await server.started.end();
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/ accept\(\d+\) = -1 EINTR\naccept error: Interrupted system call\n/);
  });
});

describe('a server that sleeps after it has answered', () => {
  test('webserver3b: the next client is connected, and not answered', async () => {
    const server = serve('webserver3b');
    const where = await server.listening();
    const first = await client(where);
    first.end('GET / HTTP/1.0\r\n\r\n');
    const [answer] = await once(first, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*Hello, World!/);
    const second = await client(where);
    second.end('GET / HTTP/1.0\r\n\r\n');
    await blocked(await server.pid()); // in sleep, for a minute
    expect([second.bytesRead, first.readableEnded]).toEqual([0, false]);
    const over = [first, second].map(gone); // reset, or ended
    await server.stop();
    await Promise.all(over);
  });

  test('webserver3c: it is answered at once, by another child', async () => {
    const server = serve('webserver3c');
    const where = await server.listening();
    const sockets: Socket[] = [];
    for (let nth = 0; nth < 2; ++nth) {
      const socket = await client(where);
      socket.end('GET / HTTP/1.0\r\n\r\n');
      await once(socket, 'data');
      sockets.push(socket);
    }
    const children = childrenOf(await server.pid());
    expect(children).toHaveLength(2);
    for (const { pid } of children) await blocked(pid); // in sleep, for a minute
    for (const { pid } of children) process.kill(pid, 'SIGKILL');
    for (const socket of sockets) await gone(socket);
    await server.stop();
  });
});

testWhere(process.platform === 'linux', 'no /proc')(
  'webserver3d: the client is answered and sees no end; the descriptors grow with each client',
  async () => {
    const server = serve('webserver3d');
    const where = await server.listening();
    const pid = await server.pid();
    const descriptors = (): number => readdirSync(`/proc/${pid}/fd`).length;
    await server.blockedInAccept();
    const before = descriptors();
    const sockets: Socket[] = [];
    for (let nth = 1; nth <= 3; ++nth) {
      const socket = await client(where);
      socket.end('GET / HTTP/1.0\r\n\r\n');
      await once(socket, 'data');
      for (const child of childrenOf(pid)) await ended(child.pid);
      await server.blockedInAccept();
      expect(descriptors()).toBe(before + nth);
      sockets.push(socket);
    }
    expect(sockets.map((socket) => socket.readableEnded)).toEqual([false, false, false]);
    await server.stop();
    for (const socket of sockets) await gone(socket); // now they do: the last descriptor is closed
  },
);
