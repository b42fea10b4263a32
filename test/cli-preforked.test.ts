import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf } from '#src/observe/processes.js';
import { client, echo, ended, hangUp, realfork, Server } from './support/cli';

const NAMES = ['preforked', 'preforked-fcntl', 'preforked-mutex', 'preforked-passing'];
const servers: Server[] = [];

function serve(name: string, children: number): Server {
  const server = new Server(['--port', '0', '--children', String(children)], [], name);
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.started.kill();
});

/** The server's children, once there are so many, and none of `old` among them. */
async function brood(server: Server, count: number, ...old: readonly number[]): Promise<number[]> {
  const parent = await server.pid();
  for (;;) {
    const pids = childrenOf(parent).flatMap(({ pid, state }) => (state === 'zombie' ? [] : [pid]));
    if (pids.length === count && !pids.some((pid) => old.includes(pid))) return pids;
    await delay(1); // the kernel sends word of this to the server only
  }
}

describe.each(NAMES)('%s', (name) => {
  test('serves as many clients at a time as it has children, and the next when one has left', async () => {
    const server = serve(name, 2);
    const where = await server.listening();
    const [first, second, third] = [await client(where), await client(where), await client(where)];
    expect(await echo(first, 'first\n')).toBe('first\n');
    expect(await echo(second, 'second\n')).toBe('second\n');
    const heard = echo(third, 'third\n');
    expect(third.bytesRead).toBe(0);
    await hangUp(first);
    expect(await heard).toBe('third\n');
    for (const socket of [second, third]) await hangUp(socket);
    await server.stop();
  });

  test('children that are killed, one by one, whatever they hold: others take their places', async () => {
    const server = serve(name, 2);
    const where = await server.listening();
    const born = await brood(server, 2);
    for (const pid of born) {
      process.kill(pid, 'SIGKILL');
      await server.started.stdout.match(new RegExp(`child ${pid} killed by SIGKILL: another takes its place\\n`));
      const socket = await client(where);
      expect(await echo(socket, 'still there\n')).toBe('still there\n');
      await hangUp(socket);
    }
    await brood(server, 2, ...born);
    await server.stop('SIGINT');
  });

  test('the server is killed: its children end', async () => {
    const server = serve(name, 2);
    await server.listening();
    const born = await brood(server, 2);
    process.kill(await server.pid(), 'SIGKILL');
    for (const pid of born) await ended(pid);
    expect(await server.started.end()).toMatchObject({ signal: 'SIGKILL' });
  });
});

test('preforked-fcntl needs no directory that it may write to', async () => {
  const server = new Server(['--port', '0'], ['env', 'TMPDIR=/does/not/exist'], 'preforked-fcntl');
  servers.push(server);
  const socket = await client(await server.listening());
  expect(await echo(socket, 'here\n')).toBe('here\n');
  await hangUp(socket);
  await server.stop();
});

test('a child that is stopped is ended all the same', async () => {
  const server = serve('preforked', 2);
  await server.listening();
  const [pid = 0] = await brood(server, 2);
  process.kill(pid, 'SIGSTOP');
  expect((await server.stop()).status).toBe(0);
});

test('--children 0: refused, status 2', async () => {
  const run = await realfork(['serve', 'preforked', '--children', '0']);
  expect([run.status, run.stderr]).toEqual([2, expect.stringContaining('It must be a whole number from 1 to 1000.')]);
});
