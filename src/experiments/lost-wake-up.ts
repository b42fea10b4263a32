import { POLLIN, SA_RESTART, SIG_BLOCK, SIGUSR1, SIGUSR2 } from '../constants';
import { signalProcess } from '../signalling';
import { type Experiment, everywhere } from './experiment';

export const lostWakeUp: Experiment = {
  question: 'if (!flag) pause(); and the signal whose handler sets the flag comes between the two. Does pause return?',
  choices: ['Yes: the handler has run', 'No: it waits for the next signal', 'It fails with EAGAIN'],
  answer: everywhere(1),
  why: 'The handler has run before pause begins, and nothing is left that could end it. sigsuspend unblocks the signal and waits in one step; a pipe that the handler writes to is still readable when poll begins.',
  source: 'sigsuspend(2), pselect(2); APUE 10.15 and 10.16; D. J. Bernstein, "The self-pipe trick"',
  setUps: { pause: 'pause', sigsuspend: 'blocked, then sigsuspend', 'self-pipe': 'self-pipe, then poll' },
  programs: {
    program({ unp, note }, how) {
      let flag = false;
      let isWoken = false;
      const [end, start] = unp.Pipe();
      unp.Sigaction(SIGUSR1, {
        handler() {
          flag = true;
          if (how === 'self-pipe') unp.Write(start, '!');
        },
        flags: SA_RESTART,
      });
      unp.Sigaction(SIGUSR2, {
        handler() {
          isWoken = true; /* the experimenter has seen enough */
        },
      });
      if (how === 'sigsuspend') unp.sigprocmask(SIG_BLOCK, [SIGUSR1]);
      if (!flag) {
        unp.kill(unp.getpid(), SIGUSR1); /* between the look and the wait */
        if (how === 'pause') unp.pause();
        else if (how === 'sigsuspend') unp.sigsuspend([]);
        else while (unp.poll([{ fd: end, events: POLLIN }], -1) === -1 && !isWoken);
      }
      note('flag', flag);
      note('returned', isWoken ? 'only at another signal' : 'at once');
    },
  },
  async observe(setUp, scene) {
    const program = scene.start('program', setUp);
    const call = { pause: 'pause', sigsuspend: 'sigsuspend', 'self-pipe': 'poll' }[setUp] ?? '';
    const isBlocked = await Promise.race([
      program.noted('returned').then(() => false),
      // One that is not blocked may have ended before it is looked at: then what it noted is on its way.
      program.blockedIn(call).then(
        () => true,
        () => false,
      ),
    ]);
    if (isBlocked) signalProcess(program.pid, 'SIGUSR2');
    return { 'the flag was set': await program.noted('flag'), 'the wait ended': await program.noted('returned') };
  },
  expected: everywhere({
    pause: { 'the flag was set': true, 'the wait ended': 'only at another signal' },
    sigsuspend: { 'the flag was set': true, 'the wait ended': 'at once' },
    'self-pipe': { 'the flag was set': true, 'the wait ended': 'at once' },
  }),
};
