import { SET_UPS, type SetUp } from './eintr/expectations';
import { runSetUp } from './eintr/run';
import type { Experiment, Observed } from './experiment';

function title({ disposition, saRestart, saNocldwait, receiveTimeout, onEintr }: SetUp): string {
  switch (disposition) {
    case 'default':
      return 'SIG_DFL';
    case 'ignore':
      return 'SIG_IGN';
    case 'handler': {
      const flags = [...(saNocldwait ? ['SA_NOCLDWAIT'] : []), ...(saRestart ? ['SA_RESTART'] : [])];
      const what =
        flags.length === 0 ? `no flags, ${onEintr === 'die' ? 'Accept dies' : 'accept loops'}` : flags.join(', ');
      return receiveTimeout === undefined ? what : `${what} with SO_RCVTIMEO`;
    }
  }
}

/** The expectations of the table of `realfork eintr`, in the columns of this one. */
const expectedOn = (system: 'linux' | 'freebsd'): Record<string, Observed> =>
  Object.fromEntries(
    SET_UPS.flatMap(({ id, expected }) => {
      const outcome = expected[system];
      if (outcome === undefined) return [];
      const { acceptResult, handlerRuns, reaped, zombies, serverSurvived } = outcome;
      const server = serverSurvived ? 'lives' : 'died';
      return [[id, { accept: acceptResult, 'handler runs': handlerRuns, reaped, zombies, server }]];
    }),
  );

export const eintrAccept: Experiment = {
  question: 'The server of Figure 4.13 is blocked in accept, and a child dies. What does accept return?',
  choices: [
    'Nothing: it waits for the next connection',
    'EINTR',
    'EINTR if SIGCHLD has a handler, and that no SA_RESTART; with a time limit, in any case',
  ],
  answer: { linux: 2 },
  why: 'Only a handler interrupts: what is ignored, or ignored by default, does not. SA_RESTART has the kernel go on, but for a socket with a time limit. SA_NOCLDWAIT is about zombies, and SIGCHLD comes all the same.',
  source: 'signal(7); sigaction(2); UNP 5.9; realfork eintr prints the same with times',
  setUps: Object.fromEntries(SET_UPS.map((setUp) => [setUp.id, title(setUp)])),
  programs: {},
  async observe(id, scene) {
    const setUp = SET_UPS.find((one) => one.id === id);
    if (setUp === undefined) throw new Error(`there is no set-up ${id}`);
    const row = await runSetUp(setUp, (server) => scene.add(server), scene.clientSink);
    return {
      accept: row.acceptResult,
      'handler runs': row.handlerRuns,
      reaped: row.reaped,
      zombies: row.zombies,
      server: row.serverSurvived ? 'lives' : 'died',
    };
  },
  expected: { linux: expectedOn('linux'), freebsd: expectedOn('freebsd') },
};
