import { AF_UNIX, SHUT_WR } from '../../constants';
import { rehearseExit } from '../../fork/exit';
import { rehearseNow } from '../../fork/rehearsal';
import type { Calls } from '../../native';
import { type Inherited, serveConnection } from './child';
import { Groups } from './groups';
import type { Journal } from './journal';
import type { Listener } from './listeners';
import type { ForkingServerOptions } from './options';
import { type Program, type Surroundings, systemOf } from './surroundings';
import { TakenSignals } from './taken-signals';

/** Calls of which each says that it is done, and does nothing. */
function withoutEffect(calls: Calls): Calls {
  const names = Object.keys(calls);
  return { ...calls, ...(Object.fromEntries(names.map((name) => [name, () => 0])) as unknown as Calls) };
}

const program: Program = {
  eventNames: () => process.eventNames(),
  listenerCount: (name) => process.listenerCount(name),
  removeAllListeners: () => {},
};

/**
 * In the server, before it serves: a client of its own is served as by a child, but for what a child does to itself. So what
 * only children run is compiled, and its properties are found, once and not in each of them.
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
  const { rehearse } = options;
  if (rehearse === undefined) return;
  const complain = (_whose: string, error: unknown): never => {
    throw error;
  };
  const system = systemOf({ ...surroundings, calls: withoutEffect(calls), complain, program });
  const signals = new TakenSignals(system, []);
  signals.take();
  const raiseOomScore = (): void => inherited.raiseOomScore?.(true);
  const server = { ...inherited, signals, groups: new Groups(system, journal), raiseOomScore };
  rehearseNow((client, connfd) => {
    rehearse(client);
    calls.shutdown(client, SHUT_WR);
    const connection = { connfd, peer: { family: AF_UNIX, path: '' }, listener };
    rehearseExit(() => {
      serveConnection(system, server, options, connection);
      return exit(0);
    });
    calls.close(connfd);
    calls.close(client);
  });
}
