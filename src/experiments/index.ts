import { backlog } from './backlog';
import { connfdLeftOpen } from './connfd-left-open';
import { eintrAccept } from './eintr-accept';
import { emfileSpin } from './emfile-spin';
import { exitOrUnderscoreExit } from './exit-or-_exit';
import type { Experiment } from './experiment';
import { forkFails } from './fork-fails';
import { handlerErrno } from './handler-errno';
import { listenfdLeftOpen } from './listenfd-left-open';
import { lostWakeUp } from './lost-wake-up';
import { nestedSignals } from './nested-signals';
import { nocldwait } from './nocldwait';
import { orphan } from './orphan';
import { resetInQueue } from './reset-in-queue';
import { restartTable } from './restart-table';
import { restartWithTimeout } from './restart-with-timeout';
import { sharedFile } from './shared-file';
import { signalMerge } from './signal-merge';
import { sigpipe } from './sigpipe';
import { stopAndContinue } from './stop-and-continue';
import { waitOnceOrLoop } from './wait-once-or-loop';
import { zombies } from './zombies';

/** By the names that `realfork experiment` knows them by, from what one should know first. */
export const EXPERIMENTS = {
  zombies,
  'eintr-accept': eintrAccept,
  'restart-table': restartTable,
  'restart-with-timeout': restartWithTimeout,
  'stop-and-continue': stopAndContinue,
  'wait-once-or-loop': waitOnceOrLoop,
  nocldwait,
  orphan,
  'connfd-left-open': connfdLeftOpen,
  'listenfd-left-open': listenfdLeftOpen,
  'shared-file': sharedFile,
  'exit-or-_exit': exitOrUnderscoreExit,
  backlog,
  'reset-in-queue': resetInQueue,
  'emfile-spin': emfileSpin,
  'fork-fails': forkFails,
  sigpipe,
  'signal-merge': signalMerge,
  'nested-signals': nestedSignals,
  'handler-errno': handlerErrno,
  'lost-wake-up': lostWakeUp,
} satisfies Readonly<Record<string, Experiment>>;

export type ExperimentName = keyof typeof EXPERIMENTS;

export function isExperiment(name: string): name is ExperimentName {
  return Object.hasOwn(EXPERIMENTS, name);
}
