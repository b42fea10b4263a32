import { _exit, fork, waitpid } from '..';
import { describeStatus } from '../describe';
import type { Finding } from './finding';

/** What to do about what fork() refuses, beside what its message says. */
const REMEDIES: Readonly<Record<string, string>> = {
  ERR_FORK_WITH_INSPECTOR: 'Take --inspect out of the command line and of NODE_OPTIONS.',
  ERR_FORK_WITH_WORKERS: 'Find what starts a worker before the program does: --require or --import, in NODE_OPTIONS.',
  EAGAIN: 'Raise RLIMIT_NPROC (ulimit -u), the pids limit of the control group, or kernel.pid_max; or end processes.',
  ENOMEM:
    'Free memory, or see vm.overcommit_memory: with 2 the kernel sets memory aside for all that a child could write.',
};

/** Makes a child and reaps it. */
export function forkFinding(): Finding {
  const start = performance.now();
  try {
    const pid = fork();
    if (pid === 0) _exit(0);
    const { status } = waitpid(pid);
    const milliseconds = performance.now() - start;
    return {
      name: 'fork()',
      found: `works: a child was made, ${describeStatus(status)}, and was reaped, in ${milliseconds.toFixed(1)} ms`,
      verdict: 'well',
      facts: { works: true, milliseconds },
    };
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return {
      name: 'fork()',
      found: message,
      verdict: 'stops fork',
      remedy: REMEDIES[code] ?? 'See docs/how-it-works.md.',
      facts: { works: false, code, message },
    };
  }
}
