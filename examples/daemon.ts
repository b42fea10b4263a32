/**
 * A daemon: it writes its log, and ends at SIGTERM. A second one is refused.
 *
 *     node dist-test/examples/daemon.js DIRECTORY
 */
import { join, resolve } from 'node:path';
import { daemonize } from 'realfork/children';

const [given = '.'] = process.argv.slice(2);
const directory = resolve(given);

async function main(): Promise<void> {
  const log = join(directory, 'daemon.log');
  try {
    await daemonize({ pidfile: join(directory, 'daemon.pid'), stdout: log, stderr: log });
  } catch (error) {
    console.error((error as Error).message.replace(/process \d+/, 'another process'));
    process.exitCode = 1;
    return;
  }
  console.log(`the daemon runs in ${process.cwd()}`);
  const alive = setInterval(() => {}, 60_000);
  process.once('SIGTERM', () => {
    console.log('the daemon ends');
    clearInterval(alive);
  });
}

void main();
