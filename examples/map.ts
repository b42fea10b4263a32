/**
 * A list that is worked on by several processors: words that are nearest to others, in a dictionary that no child has to load.
 *
 *     node dist-test/examples/map.js
 */
import { forkMap, forkMapUnordered } from 'realfork/children';

const dictionary = Array.from({ length: 3000 }, (_none, at) => (at * 7919).toString(36));

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_none, at) => at);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

const nearest = (word: string): string | undefined =>
  dictionary.reduce((best, other) => (distance(word, other) < distance(word, best) ? other : best));

async function main(): Promise<void> {
  const words = ['0zzz', 'k0k0', '643p', 'abc'];
  console.log((await forkMap(words, nearest, { concurrency: 2 })).join(' '));
  let left = words.length;
  for await (const { index, value } of forkMapUnordered(words, nearest)) {
    console.log(`${words[index]} → ${value}, ${--left} left`);
  }
}

void main();
