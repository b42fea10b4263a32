import type { SocketAddress } from '../types';
import type { Unp } from '../unp/wrappers';
import { echoserverp } from './echoserverp';
import { figure411 } from './figure-4.11';
import { type Doit, figure413 } from './figure-4.13';
import type { ServiceName } from './services';
import { tcpserv01, tcpserv02, tcpserv03, tcpserv04 } from './tcpserv';

export interface TextbookServer {
  /** In one line, for the list of servers. */
  readonly summary: string;
  /** What it does for its clients if it is not told. */
  readonly doit: ServiceName;
  /** Whether it leaves SIGCHLD as it finds it. */
  readonly leavesSigchld: boolean;
  readonly run: (unp: Unp, address: SocketAddress, doit: Doit) => never;
}

/** The servers of the books, by the names that `realfork serve` knows them by. */
export const SERVERS = {
  'figure-4.11': {
    ...{ summary: 'UNP 4.6: iterative; a second client waits', doit: 'daytime', leavesSigchld: true },
    run: figure411,
  },
  'figure-4.13': {
    ...{ summary: 'UNP 4.8: a child for each client, as printed', doit: 'echo', leavesSigchld: true },
    run: figure413,
  },
  tcpserv01: {
    ...{ summary: 'UNP 5.2: nobody waits for the children: zombies', doit: 'echo', leavesSigchld: true },
    run: tcpserv01,
  },
  tcpserv02: {
    ...{ summary: 'UNP 5.9: SIGCHLD is handled by wait', doit: 'echo', leavesSigchld: false },
    run: tcpserv02,
  },
  tcpserv03: {
    ...{ summary: 'UNP 5.9: and accept goes on after EINTR', doit: 'echo', leavesSigchld: false },
    run: tcpserv03,
  },
  tcpserv04: {
    ...{
      summary: 'UNP 5.10: SIGCHLD is handled by a loop over waitpid: no zombies',
      doit: 'echo',
      leavesSigchld: false,
    },
    run: tcpserv04,
  },
  echoserverp: {
    ...{
      summary: 'CS:APP 12.1: Open_listenfd, and what parent and child must close',
      doit: 'echo',
      leavesSigchld: false,
    },
    run: echoserverp,
  },
} as const satisfies Readonly<Record<string, TextbookServer>>;

export type ServerName = keyof typeof SERVERS;
