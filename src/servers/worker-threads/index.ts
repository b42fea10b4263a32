/**
 * worker-threads: the third of CS:APP's "Approaches for Writing Concurrent Servers", and Chapin's "Multi-Thread
 * Alternative": a thread for each client, in the same address space and with the same descriptors.
 *
 * Shows: what echoserverp does, with threads. Nothing is copied, so nobody closes a second copy: the thread that serves
 * connfd closes it. A worker_thread has a heap and a JavaScript of its own, and takes longer to start than a child.
 *
 * Run:    realfork serve worker-threads --port 9877       then, elsewhere, several:  nc 127.0.0.1 9877
 * Expect: all are served at once; ps -T shows one process and a thread more for each client.
 *
 * A first thread is blocked in accept and tells of each connfd: the main thread must be free to join those that end.
 */
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from '../../constants';
import type { Outlets } from '../../observe/outlets';
import type { SocketAddress } from '../../types';
import { LISTENQ, type Unp } from '../../unp/wrappers';
import { type Transpiled, transpiledSoFar } from '../../user-code';

/** What the thread in accept is given. */
export interface AcceptThread {
  readonly listenfd: number;
  readonly outlets: Outlets;
}

/** What a client's thread is given. */
export interface ClientThread {
  readonly connfd: number;
  /** Its name, or its file. */
  readonly service: string;
  readonly outlets: Outlets;
  /** What the main thread has made of the service's files, so that no thread does it again. */
  readonly transpiled: Transpiled;
}

function thread(file: string, workerData: AcceptThread | ClientThread): Worker {
  // Loaded by this server only: the children of all others would inherit it.
  const threads = require('node:worker_threads') as typeof import('node:worker_threads');
  const worker = new threads.Worker(join(__dirname, file), { workerData });
  worker.on('error', (error) => process.stderr.write(`realfork: a thread of the server: ${error.stack}\n`));
  return worker;
}

export type WorkerThreadsCalls = Pick<Unp, 'Socket' | 'Setsockopt' | 'Bind' | 'Listen'>;

/** Returns at once: it is the threads that serve. */
export function workerThreads(
  { Socket, Setsockopt, Bind, Listen }: WorkerThreadsCalls,
  address: SocketAddress,
  service: string,
  outlets: Outlets,
): void {
  const listenfd = Socket(address.family, SOCK_STREAM, 0);
  Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
  Bind(listenfd, address);
  Listen(listenfd, LISTENQ);

  const accepting = thread('accept-thread.js', { listenfd, outlets });
  accepting.on('message', (connfd: number) => {
    thread('client-thread.js', { connfd, service, outlets, transpiled: transpiledSoFar() });
  });
  accepting.on('exit', () => process.exit(1)); /* accept failed, and it has said how */
}
