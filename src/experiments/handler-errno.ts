import { EBADF, SIGUSR1, WNOHANG } from '../constants';
import { errnoName } from '../errno';
import { type Experiment, everywhere } from './experiment';

export const handlerErrno: Experiment = {
  question:
    'close(-1) has failed with EBADF. Before the program looks at errno a handler runs, in which waitpid fails. What is errno?',
  choices: ['EBADF', 'ECHILD', '0'],
  answer: everywhere(1),
  why: 'There is one errno for each thread, and the handler runs in the thread that it interrupts: what its calls leave there is what the program finds. A handler saves errno first, and puts it back last.',
  source: 'signal-safety(7), errno(3); UNP 5.9',
  setUps: { careless: 'the handler does not care', careful: 'the handler saves and restores it' },
  programs: {
    program({ unp, note }, how) {
      unp.Sigaction(SIGUSR1, {
        handler() {
          const saved = unp.errno();
          unp.waitpid(-1, WNOHANG); /* ECHILD */
          if (how === 'careful') unp.setErrno(saved);
        },
      });
      unp.close(-1); /* EBADF */
      unp.kill(unp.getpid(), SIGUSR1); /* the handler runs in the next call that can block */
      unp.write(1, '');
      note('errno', errnoName(unp.errno()));
      note('as it was', unp.errno() === EBADF);
    },
  },
  async observe(setUp, scene) {
    const program = scene.start('program', setUp);
    return { errno: await program.noted('errno'), 'as close left it': await program.noted('as it was') };
  },
  expected: everywhere({
    careless: { errno: 'ECHILD', 'as close left it': false },
    careful: { errno: 'EBADF', 'as close left it': true },
  }),
};
