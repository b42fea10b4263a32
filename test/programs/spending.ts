/**
 * Spends processor time in a child, which it waits for, or which lives on:
 *
 *   spending reaped|living MICROSECONDS
 *
 * Prints what the parent itself has spent until then, in microseconds, and stays.
 */
import { _exit, close, fork, pause, pipe, read, waitpid, write } from 'realfork';

const [what = '', microseconds = '0'] = process.argv.slice(2);

function spent(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const [readfd, writefd] = pipe();
const pid = fork();
if (pid === 0) {
  while (spent() < Number(microseconds));
  if (what === 'reaped') _exit(0);
  write(writefd, '!');
  pause();
}
close(writefd);
read(readfd, new Uint8Array(1)); // until it is there, or the end of the child
if (what === 'reaped') waitpid(pid);
process.stdout.write(`parent ${spent()}\n`);
pause();
