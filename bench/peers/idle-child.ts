/**
 * A child that is blocked in read(2).
 *
 *   idle-child LIMIT
 *
 * Prints "child PID", and ends after LIMIT seconds. The same program as idle-child.c.
 */
import { _exit, alarm, close, fork, pause, pipe, read, STDOUT_FILENO, write } from 'realfork';

alarm(Number(process.argv[2]));
const [readfd, writefd] = pipe();
const byte = new Uint8Array(1);
const pid = fork();
if (pid === 0) {
  close(writefd);
  read(readfd, byte);
  _exit(0);
}
write(STDOUT_FILENO, `child ${pid}\n`);
pause();
