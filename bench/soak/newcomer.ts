/**
 * Forks as bare.ts does, so many whenever it is asked to: for each line it reads, which says how many, it writes one
 * with the milliseconds that they took. It ends at the end of file.
 *
 *   newcomer PATIENCE-SECONDS CHILDREN-AT-A-TIME READ-FROM WRITE-TO
 *
 * Run by veteran.ts. What is wrong with its children it tells the watch itself, on standard output.
 */
import { Readline, Writen } from 'realfork/unp';
import { BareForks } from './bare-forks';
import { Children } from './children';
import { wrongs } from './findings';

const [patience = 30, atATime = 2, readFrom = -1, writeTo = -1] = process.argv.slice(2).map(Number);

const forks: BareForks = new BareForks(new Children(patience * 1000, () => `newcomer: ${forks.count} forks`), atATime);
for (;;) {
  const more = Number(Readline(readFrom));
  if (more === 0) break;
  const start = performance.now();
  forks.run(more);
  Writen(writeTo, `${performance.now() - start}\n`);
}
process.exitCode = wrongs() === 0 ? 0 : 1;
