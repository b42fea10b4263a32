/**
 * What a run is expected to show: a table per operating system. Linux: sigaction(2), signal(7), measured
 * on Linux 6.18. FreeBSD: sigaction(2), and kern_exit.c and uipc_socket.c of FreeBSD 14: with
 * SA_NOCLDWAIT a child is handed to init, which gets the SIGCHLD, and accept ignores SO_RCVTIMEO.
 */

/** What the accept that was blocked when the first child ended returned. */
export type AcceptResult = 'EINTR' | 'connection' | string;

/** What is compared. Two clients come, one after the other. */
export interface Outcome {
  readonly acceptResult: AcceptResult;
  readonly handlerRuns: number;
  /** Children that waitpid gave. */
  readonly reaped: number;
  /** Children of the server that are left as zombies. */
  readonly zombies: number;
  readonly serverSurvived: boolean;
}

export type Disposition = 'default' | 'ignore' | 'handler';

/** One run: how the server is set up. */
export interface SetUp {
  readonly id: string;
  readonly disposition: Disposition;
  readonly saRestart: boolean;
  readonly saNocldwait: boolean;
  /** Seconds of SO_RCVTIMEO on the listening socket, long enough not to run out. */
  readonly receiveTimeout?: number;
  readonly onEintr: 'die' | 'retry';
  readonly expected: Readonly<Partial<Record<NodeJS.Platform, Outcome>>>;
}

const interrupted: Outcome = { acceptResult: 'EINTR', handlerRuns: 2, reaped: 2, zombies: 0, serverSurvived: true };
const restarted: Outcome = { ...interrupted, acceptResult: 'connection' };
const nothingHandled: Outcome = { ...restarted, handlerRuns: 0, reaped: 0 };

const everywhere = (outcome: Outcome): SetUp['expected'] => ({ linux: outcome, freebsd: outcome });

const handler = { disposition: 'handler', saRestart: false, saNocldwait: false, onEintr: 'retry' } as const;

export const SET_UPS: readonly SetUp[] = [
  {
    ...handler,
    id: 'no-flags-die',
    onEintr: 'die',
    expected: everywhere({ ...interrupted, handlerRuns: 1, reaped: 1, serverSurvived: false }),
  },
  { ...handler, id: 'no-flags-retry', expected: everywhere(interrupted) },
  { ...handler, id: 'sa-restart', saRestart: true, expected: everywhere(restarted) },
  {
    ...handler,
    id: 'sa-restart-rcvtimeo',
    saRestart: true,
    receiveTimeout: 60,
    expected: { linux: interrupted, freebsd: restarted },
  },
  {
    ...handler,
    id: 'sa-nocldwait',
    saNocldwait: true,
    expected: { linux: { ...interrupted, reaped: 0 }, freebsd: nothingHandled },
  },
  {
    ...handler,
    id: 'sa-nocldwait-sa-restart',
    saNocldwait: true,
    saRestart: true,
    expected: { linux: { ...restarted, reaped: 0 }, freebsd: nothingHandled },
  },
  { ...handler, id: 'sig-ign', disposition: 'ignore', expected: everywhere(nothingHandled) },
  { ...handler, id: 'sig-dfl', disposition: 'default', expected: everywhere({ ...nothingHandled, zombies: 2 }) },
];
