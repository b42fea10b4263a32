import { RLIMIT_NPROC } from '../constants';
import { errnoName } from '../errno';
import { type Experiment, everywhere } from './experiment';

/** Nobody, and no other process is his: root is not bound by RLIMIT_NPROC. */
const SOMEBODY = 54_321;

export const forkFails: Experiment = {
  question: 'The limit on processes of a user (RLIMIT_NPROC) is reached. What does fork do?',
  choices: ['It waits until there is room', 'It fails with EAGAIN', 'It fails with ENOMEM'],
  answer: everywhere(1),
  why: 'The limit is on all processes (on Linux: threads) of the user, and zombies count. A server closes connfd, says so, and goes on: the next fork may succeed.',
  source: 'fork(2), ERRORS; getrlimit(2), RLIMIT_NPROC',
  setUps: { room: 'with room', limit: 'at the limit', again: 'the limit lifted again' },
  programs: {
    parent({ unp, note }, how) {
      const limits = unp.getrlimit(RLIMIT_NPROC);
      if (limits === -1) unp.err_sys('getrlimit error');
      else {
        if (process.geteuid?.() === 0) process.setuid?.(SOMEBODY);
        if (how !== 'room') unp.setrlimit(RLIMIT_NPROC, { ...limits, rlim_cur: 1 });
        const tryOnce = (): void => {
          const pid = unp.fork();
          if (pid === 0) unp._exit(0);
          note('fork', pid === -1 ? errnoName(unp.errno()) : 'a child');
          if (pid > 0) unp.Waitpid(pid);
        };
        if (how === 'again') {
          tryOnce();
          unp.setrlimit(RLIMIT_NPROC, limits);
        }
        tryOnce();
      }
    },
  },
  async observe(setUp, scene) {
    const parent = scene.start('parent', setUp);
    return { fork: await parent.noted('fork', setUp === 'again' ? 2 : 1) };
  },
  expected: everywhere({ room: { fork: 'a child' }, limit: { fork: 'EAGAIN' }, again: { fork: 'a child' } }),
};
