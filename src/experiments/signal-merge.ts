import { SIG_BLOCK, SIG_UNBLOCK, SIGRTMIN, SIGUSR1 } from '../constants';
import type { Experiment } from './experiment';

const SIGNALS: Readonly<Record<string, number>> = { standard: SIGUSR1, real: SIGRTMIN };

export const signalMerge: Experiment = {
  question: 'A signal is blocked, and sent 100 times. How often does its handler run when it is unblocked?',
  choices: ['100 times', 'Once', 'Once for a standard signal, 100 times for a real-time signal'],
  answer: { linux: 2, freebsd: 0 },
  why: 'Of a standard signal Linux keeps one bit: pending, or not. Real-time signals (sigqueue) are kept in a queue, each with its value. FreeBSD has every signal in a queue, of kern.sigqueue.max_pending_per_proc (128).',
  source: 'signal(7), "Real-time signals"; sigqueue(3)',
  setUps: { standard: 'SIGUSR1, 100 times', real: 'SIGRTMIN, 100 times' },
  programs: {
    receiver({ unp, note }, which = '') {
      const signo = SIGNALS[which] ?? SIGUSR1;
      let runs = 0;
      unp.Sigaction(signo, {
        handler() {
          runs += 1;
        },
      });
      unp.sigprocmask(SIG_BLOCK, [signo]);
      for (let nth = 0; nth < 100; ++nth) unp.sigqueue(unp.getpid(), signo, nth);
      unp.sigprocmask(SIG_UNBLOCK, [signo]);
      unp.nanosleep({ tv_sec: 0, tv_nsec: 1 }); /* a call in which handlers run */
      note('runs', runs);
    },
  },
  async observe(setUp, scene) {
    const receiver = scene.start('receiver', setUp);
    return { sent: 100, 'handler runs': await receiver.noted('runs') };
  },
  expected: {
    linux: { standard: { sent: 100, 'handler runs': 1 }, real: { sent: 100, 'handler runs': 100 } },
    freebsd: { standard: { sent: 100, 'handler runs': 100 }, real: { sent: 100, 'handler runs': 100 } },
  },
};
