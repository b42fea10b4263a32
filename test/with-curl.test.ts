import { ownServers } from './support/cli';
import { runCommand } from './support/run-program';
import { testWith } from './support/systems';

/** A foreign client: curl(1). */

const serve = ownServers();

/** One that blocks in read, one in an event loop. */
for (const name of ['webserver3a', 'event-loop']) {
  testWith('curl')(`${name} --doit http answers curl`, async () => {
    const server = serve(name, '--doit', 'http');
    const run = await runCommand('curl', ['-si', `http://127.0.0.1:${await server.port()}/path?query`]);
    expect([run.status, run.stderr]).toEqual([0, '']);
    expect(run.stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)+\r\nHello, World!\nGET \/path\?query\n$/);
    await server.stop();
  });
}
