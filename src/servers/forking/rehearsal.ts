import { AF_UNIX, SHUT_WR, SIG_DFL } from '../../constants';
import { rehearseExit } from '../../fork/exit';
import { rehearseBirth } from '../../fork/fork-for-clients';
import { rehearseNow } from '../../fork/rehearsal';
import type { Calls, NegativeErrno } from '../../native';
import type { SocketAddress } from '../../types';
import type { RaiseOomScore } from '../oom-score';
import { type Inherited, inheritedOf, serveForked } from './child';
import { Groups } from './groups';
import type { Journal } from './journal';
import type { Listener } from './listeners';
import { type ForkingServerOptions, isKeeping, type ServeClient } from './options';
import { type Surroundings, systemOf } from './surroundings';
import { TakenSignals } from './taken-signals';

/** Calls of which each says that it is done, and does nothing. */
function withoutEffect(calls: Calls): Calls {
  const names = Object.keys(calls);
  const all = Object.fromEntries(names.map((name) => [name, () => 0])) as unknown as Calls;
  return { ...all, sigaction: () => ({ handler: SIG_DFL, mask: [], flags: 0 }) };
}

const rehearsed = (raise: RaiseOomScore | undefined): RaiseOomScore | undefined =>
  raise === undefined ? undefined : Object.assign(() => raise(true), { about: raise.about });

/** Of a listener that has none. */
const usual = (address: SocketAddress | NegativeErrno): SocketAddress =>
  typeof address === 'number' ? { family: AF_UNIX, path: '' } : address;

/**
 * In the server, before it serves: a client of its own is served as by a child, but for what a child does to itself. So what
 * only children run is compiled, and its properties are found, once and not in each of them. Without `rehearse` nobody
 * knows what doit would do to this process: it is left out.
 * @throws what `rehearse` throws, and what doit does
 */
export function rehearseChild(
  surroundings: Surroundings,
  journal: Journal,
  inherited: Inherited,
  options: ForkingServerOptions,
  listener: Listener,
): void {
  const { calls, exit } = surroundings;
  const nothing = (): void => {};
  const { rehearse = nothing } = options;
  const tried = options.rehearse === undefined ? nothing : options.doit;
  const complain = (_whose: string, error: unknown): never => {
    throw error;
  };
  // What a child calls returns up to here, with what it has learnt: V8 gives no inline caches to a function that never returns.
  const exitReturns = (): never => rehearseExit(exit) as never;
  const system = systemOf({
    ...surroundings,
    calls: withoutEffect(calls),
    complain,
    exit: exitReturns,
    defaultSignals: () => 0,
    removeListeners: () => {},
    keptChildren: { ...surroundings.keptChildren, next: () => undefined },
  });
  const signals = new TakenSignals(system, []);
  signals.take();
  const raiseOomScore = rehearsed(inherited.raiseOomScore);
  const server = inheritedOf({ ...inherited, signals, groups: new Groups(system, journal), raiseOomScore });
  const peer = usual(calls.getsockname(listener.fd)); // as those of clients are
  const isKept = isKeeping(options);
  const serveOnce = (client: number, connfd: number, doit: ServeClient, isReady: boolean): void => {
    calls.shutdown(client, SHUT_WR);
    rehearseExit(() => {
      const serves = { doit, onConnection: undefined };
      const born = { connfd, listener: 0, peerOf: () => peer, isReady, isKept };
      rehearseBirth(serveForked(system, server, serves, [listener]), born);
      return exit(0);
    });
    calls.close(connfd);
    calls.close(client);
  };
  // By both ways to a child, and doit by one of them: it is tried as often as it says.
  rehearseNow((client, connfd) => serveOnce(client, connfd, nothing, false));
  rehearseNow((client, connfd) => {
    rehearse(client);
    serveOnce(client, connfd, tried, true);
  });
}
