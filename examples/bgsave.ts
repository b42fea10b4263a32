/**
 * A key-value store that saves itself while it serves, as Redis does (BGSAVE): a child writes the memory as it was at its
 * fork, and what changes meanwhile is in the next file.
 *
 *     node dist-test/examples/bgsave.js FILE
 */
import { readFileSync } from 'node:fs';
import { snapshot } from 'realfork/children';

const KEYS = 20_000;
const [file = 'dump.jsonl'] = process.argv.slice(2);
const store = new Map(Array.from({ length: KEYS }, (_none, at) => [`key ${at}`, 'before']));

let changes = 0;

async function main(): Promise<void> {
  const saved = snapshot(
    ({ write, progress }) => {
      let count = 0;
      for (const entry of store) {
        write(`${JSON.stringify(entry)}\n`);
        if (++count % 5000 === 0) progress(count);
      }
      return changes; // so many there were at the fork
    },
    { file, nice: 5, onProgress: (count) => console.log(`${String(count)} keys are written`) },
  );
  const serving = setInterval(() => store.set(`key ${changes++}`, 'after'), 1);
  const atFork = await saved;
  clearInterval(serving);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const changed = lines.filter((line) => (JSON.parse(line) as [string, string])[1] === 'after').length;
  console.log(`saved ${lines.length} keys, as they were at one moment: ${changed === atFork && changes > atFork}`);
}

void main();
