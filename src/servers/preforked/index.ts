/**
 * preforked, preforked-fcntl, preforked-mutex: Stevens, UNIX Network Programming, volume 1, sections 30.6 to 30.8: the
 * children are forked before there is a client, and each of them calls accept (serv02, serv03, serv04).
 *
 * - preforked: no lock around accept. All children are blocked in it; Linux and BSD wake one of them for a client.
 * - preforked-fcntl: a lock on a file around accept, for systems where accept is not atomic. One child is blocked in
 *   accept, all others in fcntl.
 * - preforked-mutex: a lock in memory that the children share (mmap and Atomics).
 *
 * Run:    realfork serve preforked --children 3 --port 9877       then, elsewhere, four:  nc 127.0.0.1 9877
 * Expect: three are served, and the fourth when one has left. No fork, and no zombie, for a client. kill -9 one of the
 *         children, with the lock or without: one line, and another takes its place. Ctrl-C ends all of them.
 */
import { SOCK_STREAM } from '../../constants';
import type { SocketAddress } from '../../types';
import { LISTENQ, type Unp } from '../../unp/wrappers';
import type { Doit } from '../figure-4.13';
import type { RaiseOomScore } from '../oom-score';
import { Brood } from './brood';
import { type AcceptLock, fcntlLock, noLock, type SharedAcceptLock } from './locks';
import { sharedLock } from './shared-lock';

/** What these servers are told. */
export interface Preforking {
  /** How many of them. */
  readonly children: number;
  /** What each of them calls first, where they are to be killed before their server for want of memory. */
  readonly raiseOomScore?: RaiseOomScore | undefined;
  readonly dieWithServer?: (() => void) | undefined;
}

/** Figures 30.12 and 30.17. */
function child_main({ Accept, Close }: Unp, listenfd: number, lock: AcceptLock, doit: Doit): never {
  for (;;) {
    lock.wait();
    const connfd = Accept(listenfd);
    lock.release();

    doit(connfd); /* process the request */
    Close(connfd);
  }
}

/** Figures 30.9 and 30.16. */
function preforkedWith(my_lock_init: (unp: Unp, children: number) => SharedAcceptLock) {
  return (
    unp: Unp,
    address: SocketAddress,
    doit: Doit,
    { children, raiseOomScore, dieWithServer }: Preforking,
  ): never => {
    const { Socket, Bind, Listen } = unp;
    const listenfd = Socket(address.family, SOCK_STREAM, 0);

    Bind(listenfd, address);
    const lock = my_lock_init(unp, children); /* one lock for all children */
    Listen(listenfd, LISTENQ);
    const brood = new Brood(unp, {
      ...lock,
      ...{ children, raiseOomScore, dieWithServer },
      begin: (place) => ({ child: () => child_main(unp, listenfd, lock.inChild(place), doit) }),
    });

    for (;;) brood.wait(); /* everything done by children */
  };
}

export const preforked = preforkedWith(noLock);
export const preforkedFcntl = preforkedWith(fcntlLock);
export const preforkedMutex = preforkedWith(sharedLock);
