import { once } from 'node:events';
import { SERVERS, type ServerName } from '#src/servers/index.js';
import { client, echo, hangUp, ownServers, realfork } from './support/cli';

const serve = ownServers();

/** Those whose client is to see no end of its connection. */
const ENDLESS: readonly string[] = ['webserver3d'];
/** Those that their first child's end is the end of, if it finds them in accept. */
const MORTAL: readonly string[] = ['webserver3e'];
const NAMES = (Object.keys(SERVERS) as ServerName[]).filter((name) => !ENDLESS.includes(name));

/** Not a minute, as the text has it. */
const awake = (name: ServerName): string[] => (SERVERS[name].choices.includes('sleep') ? ['--sleep', '0'] : []);

describe.each(NAMES)('realfork serve %s', (name) => {
  const isMortal = MORTAL.includes(name);

  test('serves a client: echo', async () => {
    const server = serve(name, '--doit', 'echo', ...awake(name));
    const socket = await client(await server.listening());
    expect(await echo(socket, 'a line\n')).toBe('a line\n');
    if (isMortal) await server.blockedInAccept();
    await hangUp(socket);
    await (isMortal ? server.started.end() : server.stop());
  });

  test('serves a client: the date and time', async () => {
    const server = serve(name, '--doit', 'daytime', ...awake(name));
    const socket = await client(await server.listening());
    const [said] = await once(socket, 'data');
    expect(String(said)).toMatch(/^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\r\n$/);
    await hangUp(socket);
    // A child that has not to wait for its client may end before its parent is in accept again, which then is not interrupted.
    if (isMortal) await server.line(/ wait\(\) = \d+, exited 0\n/);
    else await server.stop();
  });
});

test('figure-4.11: a second client is connected, and served when the first has left', async () => {
  const server = serve('figure-4.11', '--doit', 'echo');
  const where = await server.listening();
  const [first, second] = [await client(where), await client(where)];
  second.write('second\n');
  expect(await echo(first, 'first\n')).toBe('first\n');
  expect(second.bytesRead).toBe(0);
  await hangUp(first);
  const [said] = await once(second, 'data');
  expect(String(said)).toBe('second\n');
  await hangUp(second);
  await server.stop();
});

test('tcpserv04 reaps all children of a client that ends five connections together (Figures 5.9 and 5.11)', async () => {
  const server = serve('tcpserv04');
  const run = await realfork(['connect', '--port', await server.port(), '--connections', '5'], { input: 'hello\n' });
  expect([run.status, run.stdout]).toEqual([0, 'hello\n']);
  const { stdout } = server.started;
  await stdout.match(/(child \d+ terminated\n){5}/);
  await server.stop();
});

test('realfork connect, where nobody listens: one line, status 1', async () => {
  const run = await realfork(['connect', '--port', '1']);
  expect([run.status, run.stderr]).toEqual([1, 'realfork: cannot connect to 127.0.0.1:1: Connection refused\n']);
});

test('a server with a handler of its own for SIGCHLD has no option for another', async () => {
  const run = await realfork(['serve', 'tcpserv04', '--sigchld', 'ignore']);
  expect([run.status, run.stderr]).toEqual([2, expect.stringContaining("unknown option '--sigchld'")]);
});

test('a server that there is not: the list of those that there are, status 2', async () => {
  const run = await realfork(['serve', 'figure-4.12', '--port', '0']);
  expect([run.status, run.stdout]).toEqual([2, '']);
  expect(run.stderr).toMatch(/^realfork: there is no server figure-4.12\. Did you mean figure-4.11\? There are:\n/);
  for (const name of Object.keys(SERVERS)) expect(run.stderr).toContain(`  ${name} `);
});
