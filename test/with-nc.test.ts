import { ownServers } from './support/cli';
import { runCommand } from './support/run-program';
import { testWith } from './support/systems';

/** A foreign client: Debian's nc(1), netcat-openbsd. With -N it ends the connection at the end of its input. */

const serve = ownServers();

testWith('nc')('figure-4.13 and nc: what is typed comes back, and at its end the child ends', async () => {
  const server = serve('figure-4.13');
  const run = await runCommand('nc', ['-N', '127.0.0.1', await server.port()], { input: 'one\ntwo\n' });
  expect(run).toEqual({ status: 0, signal: null, stdout: 'one\ntwo\n', stderr: '' });
  await server.line(/\] exit\(0\)\n/);
  await server.stop();
});

testWith('nc')('webserver3g and nc, which sends no HTTP: 400', async () => {
  const server = serve('webserver3g');
  const run = await runCommand('nc', ['-N', '127.0.0.1', await server.port()], { input: 'hello\n' });
  expect(run.stdout).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  await server.line(/waitpid\(-1, WNOHANG\) = \d+, exited 0\n/);
  await server.stop();
});
