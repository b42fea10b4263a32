import { facts, reports } from './support/run-program';
import { onThisSystem, type PerSystem, same } from './support/systems';

/** What is seen of a server that is blocked in accept when its child exits with status 3; FACTS of the design. */
interface Row {
  readonly disposition: string;
  readonly flags: string;
  readonly timeout?: string;
  readonly accepted: string;
  readonly handlerRuns: number;
  readonly inHandler: readonly string[];
  readonly zombies: number;
  /** What a blocking waitpid gives when all is over. */
  readonly afterwards: string;
}

const handler = { disposition: 'handler', handlerRuns: 1, zombies: 0, afterwards: 'ECHILD' } as const;
const reaps = { inHandler: ['exited 3', 'ECHILD'] };
const findsNone = { inHandler: ['ECHILD'] };
const noHandler = { handlerRuns: 0, inHandler: [], accepted: 'connection' };

const ROWS: Readonly<Record<string, PerSystem<Row>>> = {
  'a handler without flags: accept fails with EINTR': same({ ...handler, ...reaps, flags: '0', accepted: 'EINTR' }),
  'SA_RESTART: the handler runs, accept goes on': same({
    ...{ ...handler, ...reaps },
    ...{ flags: 'SA_RESTART', accepted: 'connection' },
  }),
  'SA_RESTART and SO_RCVTIMEO: EINTR all the same': {
    linux: { ...handler, ...reaps, flags: 'SA_RESTART', timeout: 'SO_RCVTIMEO', accepted: 'EINTR' },
  },
  'SA_NOCLDWAIT: SIGCHLD, but no zombie, and waitpid finds no child': {
    linux: { ...handler, ...findsNone, flags: 'SA_NOCLDWAIT', accepted: 'EINTR' },
  },
  'SA_NOCLDWAIT and SA_RESTART: no zombie, accept goes on': {
    linux: { ...handler, ...findsNone, flags: 'SA_NOCLDWAIT|SA_RESTART', accepted: 'connection' },
  },
  'SIG_IGN: no zombie, accept is not interrupted': same({
    ...{ ...noHandler, disposition: 'ignore' },
    ...{ flags: '0', zombies: 0, afterwards: 'ECHILD' },
  }),
  'SIG_DFL: a zombie, accept is not interrupted': same({
    ...{ ...noHandler, disposition: 'default' },
    ...{ flags: '0', zombies: 1, afterwards: 'exited 3' },
  }),
};

test.each(onThisSystem(ROWS))('%s', async (_name, row) => {
  const { disposition, flags, timeout = '', zombies, ...observed } = row;
  expect(await reports('sigchld', 'accept', disposition, flags, timeout)).toEqual([{ zombies }, observed]);
});

test('SIG_IGN: waitpid waits for all children, then fails with ECHILD', async () => {
  expect(await reports('sigchld', 'waitForAll')).toEqual([{ childrenLeft: 1 }, { waitpid: 'ECHILD' }]);
});

interface Together {
  readonly handlerRuns: number;
  readonly reaped: number;
  readonly zombies: number;
}

/** What may be seen, by the system. */
const TOGETHER: Readonly<Record<string, PerSystem<readonly Together[]>>> = {
  // Linux merges what is pending of a standard signal. FreeBSD queues each child's SIGCHLD, and waitpid takes that of the
  // child that it reaps, which need not be the one whose signal has come: three to five run. By source: kern_exit.c, proc_reap.
  once: {
    linux: [{ handlerRuns: 1, reaped: 1, zombies: 4 }],
    freebsd: [3, 4, 5].map((runs) => ({ handlerRuns: runs, reaped: runs, zombies: 5 - runs })),
  },
  'in a loop': same([{ handlerRuns: 1, reaped: 5, zombies: 0 }]),
};

test.each(onThisSystem(TOGETHER))(
  'five children end together, the handler calls waitpid %s: %j',
  async (times, expected) => {
    expect(expected).toContainEqual(await facts('sigchld', 'together', times));
  },
);

test('five children of a stopped server end: one EINTR, one handler run, five reaped when it goes on', async () => {
  expect(await facts('sigchld', 'togetherInAccept')).toEqual({ accepted: 'EINTR', handlerRuns: 1, reaped: 5 });
});

test('a child that stops sends SIGCHLD', async () => {
  expect(await facts('sigchld', 'stop', '0')).toEqual({ pending: ['SIGCHLD'], first: [true, true] });
});

test('SA_NOCLDSTOP: a child that stops sends none', async () => {
  expect(await facts('sigchld', 'stop', 'SA_NOCLDSTOP')).toEqual({ pending: [], first: 'EAGAIN' });
});
