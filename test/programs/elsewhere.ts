/**
 * What can be run of a package in another directory, under a Node of another processor that is emulated (scripts/test-arm64),
 * or in a project that it was installed in (scripts/test-install): a line for each thing that is right.
 * Arguments: the directory, or the name that it is required by; from which file, if not this one; "emulated": the emulator has a
 * thread of its own, of which a child has no need.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [name = 'realfork', from, emulated] = process.argv.slice(2);
const {
  fork: forkWith,
  waitpid,
  describeStatus,
  sigaction,
  kill,
  pipe,
  read,
  close,
  SIGUSR1,
  WNOHANG,
  _exit,
} = createRequire(resolve(from ?? __filename))(name) as typeof import('realfork');

const fork = (): number => forkWith(emulated === undefined ? {} : { allowThreads: true });

/** A child that hangs is a failure. Seconds. */
const PATIENCE = 120;
/** V8 collects garbage and compiles in parent and children meanwhile. */
const FORKS = 100;

const started = process.hrtime.bigint();

function check(what: string, seen: unknown, expected: unknown): void {
  if (JSON.stringify(seen) !== JSON.stringify(expected)) {
    process.stderr.write(`not ok ${what}: ${JSON.stringify(seen)}, not ${JSON.stringify(expected)}\n`);
    process.exit(1);
  }
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  process.stdout.write(`ok ${what} (${seconds.toFixed(1)} s)\n`);
}

/** Something for V8's collector and its compilers. */
function allocate(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; ++round) sum += Array.from({ length: 200 }, (_, i) => ({ i })).length;
  return sum;
}

function statusOf(child: () => void): string {
  const pid = fork();
  if (pid !== 0) return describeStatus(waitpid(pid).status);
  child();
  return 'in the child';
}

async function main(): Promise<void> {
  check(
    'a child that calls _exit',
    statusOf(() => _exit(7)),
    'exited 7',
  );
  check(
    'a child that calls process.exit',
    statusOf(() => process.exit(9)),
    'exited 9',
  );

  let wrong = 0;
  for (let times = 0; times < FORKS; ++times) {
    allocate(20);
    const status = statusOf(() => _exit(allocate(20) === 4000 ? times % 200 : 255));
    if (status !== `exited ${times % 200}`) ++wrong;
  }
  check(`${FORKS} forks, parent and children allocating: wrong statuses`, wrong, 0);

  let runs = 0;
  sigaction(SIGUSR1, { handler: () => ++runs });
  const [readfd, writefd] = pipe();
  const pid = fork();
  if (pid === 0) {
    close(readfd);
    kill(process.ppid, SIGUSR1);
    close(writefd);
    _exit(0);
  }
  close(writefd);
  const bytes = ((): unknown => {
    for (;;) {
      try {
        return read(readfd, Buffer.alloc(1));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EINTR') throw error;
      }
    }
  })();
  waitpid(pid);
  check('a handler in JavaScript, and the end of a pipe', [runs, bytes], [1, 0]);

  const looping = fork();
  if (looping === 0) {
    setTimeout(() => process.exit(5), 20);
    return;
  }
  check("a child's event loop", describeStatus(waitpid(looping).status), 'exited 5');
  check('nothing is left', waitedFor(), 'ECHILD');
}

function waitedFor(): unknown {
  try {
    return waitpid(-1, WNOHANG);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

setTimeout(() => process.abort(), PATIENCE * 1000).unref();
void main();
