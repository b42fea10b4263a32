import { writeSync } from 'node:fs';
import { SIGPIPE, STDERR_FILENO } from '../constants';
import { hangUp } from '../leaving';

/** Standard output and standard error of a command for people: what becomes of it where they cannot be written to. */

/** In a shell's words: as SIGPIPE would have ended it, which Node ignores. */
const PIPE_STATUS = 128 + SIGPIPE;

function say(line: string): void {
  try {
    writeSync(STDERR_FILENO, line);
  } catch {
    // It cannot be written to either.
  }
}

/** The first error of which there was an event: the stream forgets it. */
let heard: NodeJS.ErrnoException | undefined;

/** At the exit: of a write that fails just before process.exit() there is no event. */
function judge(): void {
  const error: NodeJS.ErrnoException | null = heard ?? process.stdout.errored ?? process.stderr.errored;
  if (error === null) return;
  if (error.code === 'EIO') hangUp(); // the terminal has hung up, and Node would abort as it gives it back
  if (error.code === 'EPIPE') {
    process.exitCode = PIPE_STATUS; // its reader has all that it wanted
    return;
  }
  say(`realfork: standard output: ${error.message}\n`);
  process.exitCode = 1;
}

let isWatched = false;

/** The command ends where it cannot be heard: in one line, and with status 1 (a full disk); quietly, if its reader has gone. */
export function watchOutput(): void {
  if (isWatched) return;
  isWatched = true;
  process.on('exit', judge);
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      heard ??= error;
      process.exit();
    });
  }
}
