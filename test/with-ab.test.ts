import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf } from '#src/observe/processes.js';
import { ownServers } from './support/cli';
import { runCommand } from './support/run-program';
import { testWith } from './support/systems';

/** A foreign client: ab(1), of the Apache project. */

const serve = ownServers();

testWith('ab')('webserver3g and ab: 200 requests, 10 at a time, all answered, no zombie', async () => {
  const server = serve('webserver3g');
  const url = `http://127.0.0.1:${await server.port()}/`;
  const said = await runCommand('ab', ['-q', '-s', '50', '-n', '200', '-c', '10', url], { patience: 55_000 });
  expect(`${said.stdout}${said.stderr}`).toMatch(/Complete requests:\s+200\nFailed requests:\s+0\n/);
  const pid = await server.pid();
  while (childrenOf(pid).length > 0) await delay(1);
  const run = await server.stop();
  // ab may have begun another connection or more, up to 9, when the 200th answer comes; it closes them with no request.
  const reaped = run.stderr.match(/waitpid\(-1, WNOHANG\) = \d+, .+\n/g) ?? [];
  expect(reaped.length).toBeGreaterThanOrEqual(200);
  expect(reaped.length).toBeLessThanOrEqual(209);
  expect(reaped.filter((line) => !line.endsWith(', exited 0\n'))).toEqual([]);
});
