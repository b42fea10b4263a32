/**
 * Tasks that keep coming, over a table that this process holds and renews. A task that kills its child is tried again, and
 * the others do not notice.
 *
 *     node dist-test/examples/pool.js
 */
import { ForkPool } from 'realfork/children';

let prices = new Map<string, number>();

const load = (factor: number): void => {
  prices = new Map(['tea', 'salt', 'rice'].map((name, at) => [name, (at + 1) * factor]));
};

async function main(): Promise<void> {
  await using pool = new ForkPool({
    size: 2,
    maxTasks: 100,
    retries: 1,
    prepare: () => load(10),
    task: {
      default: (names: readonly string[]) => names.reduce((sum, name) => sum + (prices.get(name) ?? 0), 0),
      crash: () => process.abort(),
    },
    stdio: ['ignore', 'inherit', 'ignore'],
  });
  console.log(await Promise.all([pool.run(['tea']), pool.run(['tea', 'salt']), pool.run(['rice'])]));
  load(100);
  console.log('before refresh', await pool.run(['tea']));
  await pool.refresh();
  console.log('after refresh', await pool.run(['tea']));
  const crash = pool.run(undefined, { name: 'crash' }).catch((error: Error) => error.name);
  console.log(await Promise.all([pool.run(['salt']), crash]));
  console.log(`${pool.completed} tasks, ${pool.deaths} children have died`);
}

void main();
