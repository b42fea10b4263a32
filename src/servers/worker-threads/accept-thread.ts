/** The thread that is blocked in accept. Runs in a worker_thread; see index.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { calls } from '../../calls';
import { sinkTo } from '../../observe/outlets';
import { traced } from '../../observe/trace';
import { createUnp } from '../../unp/wrappers';
import type { AcceptThread } from '.';

const { listenfd, outlets } = workerData as AcceptThread;
const { Accept } = createUnp(traced(calls, sinkTo(outlets)));

for (;;) parentPort?.postMessage(Accept(listenfd));
