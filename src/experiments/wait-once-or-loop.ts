import { SA_RESTART, SIGCHLD, WNOHANG } from '../constants';
import { childrenOf } from '../observe/processes';
import { signalProcess } from '../signalling';
import type { Experiment, Observed } from './experiment';

const COUNTS = [5, 50, 500];

function table(once: (count: number) => Observed, loop: (count: number) => Observed): Record<string, Observed> {
  return Object.fromEntries(
    COUNTS.flatMap((count) => [
      [`once-${count}`, once(count)],
      [`loop-${count}`, loop(count)],
    ]),
  );
}

export const waitOnceOrLoop: Experiment = {
  question: 'Many children end together. How many does a handler for SIGCHLD reap that calls wait once?',
  choices: ['All of them: there is a signal for each', 'One, or a few', 'None', 'Half of them, or more'],
  answer: { linux: 1, freebsd: 3 },
  why: 'A standard signal that is pending already is not queued again: many ends are one SIGCHLD. A loop over waitpid with WNOHANG takes whoever has ended, however often it was told. FreeBSD queues one for each child, and takes it back when that child is waited for: the wait may be for another than the signal.',
  source: 'signal(7), "Queueing and delivery semantics for standard signals"; UNP 5.10',
  setUps: Object.fromEntries(
    COUNTS.flatMap((count) => [
      [`once-${count}`, `${count} children, one wait`],
      [`loop-${count}`, `${count} children, waitpid in a loop`],
    ]),
  ),
  programs: {
    parent({ unp }, how, count) {
      const once = (): void => void unp.waitpid(-1, WNOHANG);
      const loop = (): void => {
        while (unp.waitpid(-1, WNOHANG).pid > 0);
      };
      unp.Sigaction(SIGCHLD, { handler: how === 'once' ? once : loop, flags: SA_RESTART });
      for (let nth = 0; nth < Number(count); ++nth) {
        if (unp.Fork() === 0) {
          unp.Read(0, Buffer.alloc(1)); /* all see the end of this pipe together */
          unp._exit(0);
        }
      }
      const [end] = unp.Pipe();
      unp.Read(end, Buffer.alloc(1)); /* for ever */
    },
  },
  async observe(setUp, scene) {
    const [how = '', count = ''] = setUp.split('-');
    const parent = scene.start('parent', how, count);
    await parent.blockedIn('read');
    signalProcess(parent.pid, 'SIGSTOP');
    await parent.stopped();
    parent.endInput();
    for (const { pid } of childrenOf(parent.pid)) await parent.ended(pid);
    signalProcess(parent.pid, 'SIGCONT');
    await parent.handlerReturned(1);
    await parent.blockedIn('read');
    const left = childrenOf(parent.pid).filter(({ state }) => state === 'zombie').length;
    await scene.stop(); // now all events are there
    const reaped = parent.log.events.filter(
      (event) => event.kind === 'call' && event.call === 'waitpid' && (event.result ?? 0) > 0,
    ).length;
    const runs = parent.log.events.filter((event) => event.kind === 'signal' && event.phase === 'handler').length;
    return { 'handler runs': runs, reaped, 'zombies left': left };
  },
  expected: {
    linux: table(
      (count) => ({ 'handler runs': 1, reaped: 1, 'zombies left': count - 1 }),
      (count) => ({ 'handler runs': 1, reaped: count, 'zombies left': 0 }),
    ),
    // How many depends on the order in which they end. kern_exit.c, proc_reap: sigqueue_take
    freebsd: table(
      () => ({}),
      (count) => ({ 'handler runs': 1, reaped: count, 'zombies left': 0 }),
    ),
  },
};
