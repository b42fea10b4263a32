/**
 * A process of its own: Figure 4.13 as it is, traced to descriptor 3, with calls that stop the process (SIGSTOP) where
 * the figures are drawn, and, if it is asked to, forget one of the two closes.
 *
 * Run: node server.js none|parent-keeps-connfd|child-keeps-listenfd
 */
import { calls } from '../../calls';
import { AF_INET, SIGSTOP } from '../../constants';
import { describeAddress } from '../../describe';
import { jsonSink, monotonic, type Sink } from '../../observe/events';
import { traced } from '../../observe/trace';
import { figure413 } from '../../servers/figure-4.13';
import { type Addition, announce } from '../../servers/policy';
import { createUnp, type Unp } from '../../unp/wrappers';
import type { Fault } from './faults';

/** The descriptor that events go to. */
const EVENTS = 3;

/** Stops when accept has returned, and when fork has, in the parent and in the child: until SIGCONT. */
const stopWhereDrawn: Addition = (unp) => ({
  ...unp,
  Accept(listenfd) {
    const connfd = unp.Accept(listenfd);
    unp.raise(SIGSTOP);
    return connfd;
  },
  Fork() {
    const pid = unp.Fork();
    unp.raise(SIGSTOP);
    return pid;
  },
});

const forget =
  (fault: Fault): Addition =>
  (unp) => {
    const parent = process.pid;
    let connfd = -1;
    const isForgotten = (fd: number): boolean => {
      const isParent = process.pid === parent;
      switch (fault) {
        case 'none':
          return false;
        case 'parent-keeps-connfd':
          return isParent && fd === connfd;
        case 'child-keeps-listenfd':
          return !isParent && fd !== connfd;
      }
    };
    return {
      ...unp,
      Accept(listenfd) {
        connfd = unp.Accept(listenfd);
        return connfd;
      },
      Close(fd) {
        if (!isForgotten(fd)) unp.Close(fd);
      },
    };
  };

function serverCalls(fault: Fault, sink: Sink): Unp {
  const tell = announce(undefined, (address) =>
    sink({
      ...{ kind: 'listening', t: monotonic(), pid: process.pid, address: describeAddress(address) },
      port: 'port' in address ? address.port : undefined,
    }),
  );
  const additions = [tell, stopWhereDrawn, forget(fault)];
  return additions.reduce<Unp>((so_far, addition) => addition(so_far), createUnp(traced(calls, sink)));
}

const unp = serverCalls(process.argv[2] as Fault, jsonSink(EVENTS));
figure413(unp, { family: AF_INET, address: '127.0.0.1', port: 0 }, unp.str_echo);
