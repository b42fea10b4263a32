import { SA_NOCLDWAIT, SA_RESTART, SIG_DFL, SIG_IGN, SIGCHLD } from '../constants';
import { describeStatus } from '../describe';
import { errnoName } from '../errno';
import { findProcess } from '../observe/processes';
import type { SignalAction } from '../types';
import type { Experiment } from './experiment';

const ACTIONS: Readonly<Record<string, (handler: () => void) => SignalAction>> = {
  default: () => ({ handler: SIG_DFL }),
  ignore: () => ({ handler: SIG_IGN }),
  nocldwait: () => ({ handler: SIG_DFL, flags: SA_NOCLDWAIT }),
  'nocldwait-handler': (handler) => ({ handler, flags: SA_NOCLDWAIT | SA_RESTART }),
};

export const nocldwait: Experiment = {
  question:
    'With SIGCHLD ignored, or with SA_NOCLDWAIT, there are no zombies. What does waitpid give for a child that exits with 3?',
  choices: ['Status 3, as always', 'Status 0', 'ECHILD, when all children have ended'],
  answer: { linux: 2, freebsd: 2 },
  why: 'The kernel throws the status away as the child ends: that is the price. A waitpid that was waiting finds, when the last child is gone, that there is none to wait for.',
  source: 'wait(2), NOTES; sigaction(2), SA_NOCLDWAIT',
  setUps: {
    default: 'SIG_DFL',
    ignore: 'SIG_IGN',
    nocldwait: 'SIG_DFL, SA_NOCLDWAIT',
    'nocldwait-handler': 'a handler, SA_NOCLDWAIT',
  },
  programs: {
    parent({ unp, note }, how = '') {
      const action = ACTIONS[how];
      if (action !== undefined)
        unp.Sigaction(
          SIGCHLD,
          action(() => {}),
        );
      const pid = unp.Fork();
      if (pid === 0) {
        unp.Readline(0);
        unp.exit(3);
      }
      const { pid: reaped, status } = unp.waitpid(pid);
      note('waitpid', reaped === -1 ? errnoName(unp.errno()) : describeStatus(status));
      if (unp.Fork() === 0) unp.exit(3);
      unp.Readline(0);
    },
  },
  async observe(setUp, scene) {
    const parent = scene.start('parent', setUp);
    const first = await parent.child(1);
    await parent.blockedIn('waitpid');
    await parent.blockedIn('read', 1, first);
    parent.input('\n');
    const said = await parent.noted('waitpid');
    const second = await parent.child(2);
    await parent.ended(second);
    await parent.blockedIn('read');
    return {
      'waitpid, blocked': said,
      'a child nobody waits for': findProcess(second)?.state ?? 'gone',
      'handler runs': parent.log.events.filter((event) => event.kind === 'signal' && event.phase === 'handler').length,
    };
  },
  expected: {
    linux: {
      default: { 'waitpid, blocked': 'exited 3', 'a child nobody waits for': 'zombie', 'handler runs': 0 },
      ignore: { 'waitpid, blocked': 'ECHILD', 'a child nobody waits for': 'gone', 'handler runs': 0 },
      nocldwait: { 'waitpid, blocked': 'ECHILD', 'a child nobody waits for': 'gone', 'handler runs': 0 },
      'nocldwait-handler': { 'waitpid, blocked': 'ECHILD', 'a child nobody waits for': 'gone', 'handler runs': 2 },
    },
    freebsd: {
      default: { 'waitpid, blocked': 'exited 3', 'a child nobody waits for': 'zombie', 'handler runs': 0 },
      ignore: { 'waitpid, blocked': 'ECHILD', 'a child nobody waits for': 'gone', 'handler runs': 0 },
      nocldwait: { 'waitpid, blocked': 'ECHILD', 'a child nobody waits for': 'gone', 'handler runs': 0 },
      'nocldwait-handler': { 'waitpid, blocked': 'ECHILD', 'a child nobody waits for': 'gone', 'handler runs': 0 },
    },
  },
};
