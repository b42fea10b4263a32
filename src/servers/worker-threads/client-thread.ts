/** The thread of one client. Runs in a worker_thread; see index.ts. */
import { workerData } from 'node:worker_threads';
import { calls } from '../../calls';
import { sinkTo } from '../../observe/outlets';
import { traced } from '../../observe/trace';
import { createUnp } from '../../unp/wrappers';
import { useTranspiled } from '../../user-code';
import { serviceNamed } from '../services/named';
import { refusePromise } from '../services/service';
import type { ClientThread } from '.';

const { connfd, service, outlets, transpiled } = workerData as ClientThread;
useTranspiled(transpiled);

/** A wrapper that fails ends the thread of its client, not the process of all. */
class ThreadEnds extends Error {}

const unp = createUnp(traced(calls, sinkTo(outlets)), () => {
  throw new ThreadEnds();
});

async function serve(): Promise<void> {
  const { doit } = await serviceNamed(service);
  try {
    refusePromise(doit?.(connfd, unp));
  } catch (error) {
    if (!(error instanceof ThreadEnds)) throw error;
  } finally {
    unp.Close(connfd); /* all threads share it: nobody else does */
  }
}

void serve();
