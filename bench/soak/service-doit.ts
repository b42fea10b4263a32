/**
 * The service of the soak `service`: a line that says how many bytes follow, and then "COUNT SUM" of those that came; or
 * the line "pid", which is answered with the child's.
 */
import type { Unp } from 'realfork/unp';
import { sumOf } from './service-sum';

const MOST_OF_A_LINE = 100;

/** One line, byte by byte: what follows it is not to be read. Undefined: there is none, as of a client that sends anything. */
function readLine(connfd: number, { Readn }: Unp): string | undefined {
  const byte = Buffer.alloc(1);
  let line = '';
  while (line.length < MOST_OF_A_LINE && Readn(connfd, byte) === 1) {
    if (byte[0] === 0x0a) return line;
    line += byte.toString('latin1');
  }
  return undefined;
}

export function doit(connfd: number, unp: Unp): void {
  const line = readLine(connfd, unp);
  if (line === 'pid') {
    unp.Writen(connfd, `${process.pid}\n`);
    unp.Readn(connfd, Buffer.alloc(1)); // until it is killed
    return;
  }
  if (line === undefined || !/^\d+$/.test(line)) return;
  const buffer = Buffer.alloc(1 << 16);
  let count = 0;
  let sum = 0;
  while (count < Number(line)) {
    const part = buffer.subarray(0, Math.min(buffer.length, Number(line) - count));
    const n = unp.Read(connfd, part);
    if (n === 0) return;
    sum = sumOf(part.subarray(0, n), sum);
    count += n;
  }
  unp.Writen(connfd, `${count} ${sum}\n`);
}
