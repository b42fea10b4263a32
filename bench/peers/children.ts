/**
 * fork(2), _exit(2), waitpid(2) in a parent with children that live on.
 *
 *   children LIVE LIMIT
 *
 * Prints forks per second, a number of times.
 */
import { _exit, alarm, close, fork, kill, pipe, read, SIGKILL, waitpid } from 'realfork';

const SAMPLES = 5;
const FORKS = 100;
const WARM_UP = 200;

function roundTrip(): void {
  const pid = fork();
  if (pid === 0) _exit(0);
  waitpid(pid);
}

/** Blocked in read, until it is killed or its parent has ended. */
function liveOn(): number {
  const pid = fork();
  if (pid !== 0) return pid;
  close(writefd);
  read(readfd, new Uint8Array(1));
  _exit(0);
}

function forksPerSecond(): number {
  const start = performance.now();
  for (let i = 0; i < FORKS; ++i) roundTrip();
  return (FORKS * 1000) / (performance.now() - start);
}

const [live = 0, limit = 0] = process.argv.slice(2).map(Number);
alarm(limit);
const [readfd, writefd] = pipe();
for (let i = 0; i < WARM_UP; ++i) roundTrip();
const children = Array.from({ length: live }, liveOn);
forksPerSecond();
const samples = Array.from({ length: SAMPLES }, forksPerSecond);
for (const pid of children) kill(pid, SIGKILL);
for (const pid of children) waitpid(pid);
process.stdout.write(`${samples.join('\n')}\n`);
