import { SA_RESTART, SIG_DFL, SIG_IGN, SIGPIPE } from '../constants';
import { errnoName } from '../errno';
import type { SignalAction } from '../types';
import { type Experiment, everywhere } from './experiment';

const ACTIONS: Readonly<Record<string, (handler: () => void) => SignalAction>> = {
  default: () => ({ handler: SIG_DFL }),
  ignored: () => ({ handler: SIG_IGN }),
  handled: (handler) => ({ handler, flags: SA_RESTART }),
};

export const sigpipe: Experiment = {
  question: 'Nobody reads from a pipe any more, and a process writes to it: what happens to it?',
  choices: ['write fails with EPIPE, and that is all', 'It is killed, if it does not prepare for it', 'write blocks'],
  answer: everywhere(1),
  why: 'SIGPIPE comes first, and its default action is to end the process. Only where it is ignored or handled does write return, with EPIPE. Node ignores it at its start.',
  source: 'write(2), EPIPE; pipe(7); UNP 5.13',
  setUps: { default: 'SIG_DFL', ignored: 'SIG_IGN', handled: 'a handler, SA_RESTART' },
  programs: {
    writer({ unp, note }, how = '') {
      const action = ACTIONS[how];
      if (action !== undefined)
        unp.Sigaction(
          SIGPIPE,
          action(() => note('handler', 'ran')),
        );
      const [end, start] = unp.Pipe();
      unp.Close(end);
      note('write', unp.write(start, 'x') === -1 ? errnoName(unp.errno()) : 'written');
    },
  },
  async observe(setUp, scene) {
    const writer = scene.start('writer', setUp);
    writer.endInput();
    const { status, signal } = await writer.hasExited();
    await writer.log.ended();
    const notes = writer.log.events.flatMap((event) => (event.kind === 'note' ? [event] : []));
    return {
      write: notes.find(({ name }) => name === 'write')?.value ?? 'does not return',
      'the handler': notes.some(({ name }) => name === 'handler') ? 'ran' : 'did not run',
      'the process': signal === null ? `exits with ${status}` : `killed by ${signal}`,
    };
  },
  expected: everywhere({
    default: { write: 'does not return', 'the handler': 'did not run', 'the process': 'killed by SIGPIPE' },
    ignored: { write: 'EPIPE', 'the handler': 'did not run', 'the process': 'exits with 0' },
    handled: { write: 'EPIPE', 'the handler': 'ran', 'the process': 'exits with 0' },
  }),
};
