import { SA_NODEFER, SA_RESETHAND, SIGUSR1, SIGUSR2 } from '../constants';
import type { SignalAction } from '../types';
import { type Experiment, everywhere } from './experiment';

type Rest = Omit<SignalAction, 'handler'>;

/** The action for SIGUSR1, and what its handler sends to its own process. */
const ACTIONS: Readonly<Record<string, readonly [action: Rest, sends: number]>> = {
  same: [{}, SIGUSR1],
  nodefer: [{ flags: SA_NODEFER }, SIGUSR1],
  other: [{}, SIGUSR2],
  masked: [{ mask: [SIGUSR2] }, SIGUSR2],
  resethand: [{ flags: SA_RESETHAND }, SIGUSR1],
};

export const nestedSignals: Experiment = {
  question: 'While the handler for a signal runs, the same signal comes again. When does its handler run?',
  choices: ['At once, inside the first', 'After the first has returned', 'Never: it is lost'],
  answer: everywhere(1),
  why: 'A signal is blocked while its handler runs, with those of sa_mask; SA_NODEFER leaves it out. Other signals interrupt a handler as they interrupt anything. SA_RESETHAND makes the next one the default action.',
  source: 'sigaction(2), SA_NODEFER, SA_RESETHAND; signal(7)',
  setUps: {
    same: 'the same signal',
    nodefer: 'the same, SA_NODEFER',
    other: 'another signal',
    masked: 'another, which is in sa_mask',
    resethand: 'the same, SA_RESETHAND',
  },
  programs: {
    program({ unp, note }, how = '') {
      const [action, sends] = ACTIONS[how] ?? [{}, SIGUSR1];
      const order: string[] = [];
      let depth = 0;
      const handler = (signo: number): void => {
        const name = signo === SIGUSR1 ? 'USR1' : 'USR2';
        depth += 1;
        order.push(`${name}(`);
        if (order.length === 1) {
          unp.kill(unp.getpid(), sends);
          unp.nanosleep({ tv_sec: 0, tv_nsec: 1 }); /* a call in which handlers run, if they may */
        }
        order.push(')');
        depth -= 1;
        if (depth === 0) note('order', order.join(''));
      };
      unp.Sigaction(SIGUSR2, { handler });
      unp.Sigaction(SIGUSR1, { ...action, handler });
      unp.kill(unp.getpid(), SIGUSR1);
      unp.nanosleep({ tv_sec: 0, tv_nsec: 1 });
      unp.nanosleep({ tv_sec: 0, tv_nsec: 1 });
    },
  },
  async observe(setUp, scene) {
    const program = scene.start('program', setUp);
    const { signal } = await program.hasExited();
    await program.log.ended();
    const orders = program.log.events.flatMap((event) => (event.kind === 'note' ? [String(event.value)] : []));
    return { 'order of the handlers': orders.at(-1) ?? 'USR1(', 'the process': signal ?? 'lives' };
  },
  expected: everywhere({
    same: { 'order of the handlers': 'USR1()USR1()', 'the process': 'lives' },
    nodefer: { 'order of the handlers': 'USR1(USR1())', 'the process': 'lives' },
    other: { 'order of the handlers': 'USR1(USR2())', 'the process': 'lives' },
    masked: { 'order of the handlers': 'USR1()USR2()', 'the process': 'lives' },
    resethand: { 'order of the handlers': 'USR1()', 'the process': 'SIGUSR1' },
  }),
};
