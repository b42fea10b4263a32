import { SA_NOCLDWAIT, SA_RESTART } from '../../constants';
import { describeActionFlags } from '../../describe';
import type { CallEvent, Sink } from '../../observe/events';
import { childrenOf } from '../../observe/processes';
import { EchoClient } from '../client';
import { ServerProcess } from '../server-process';
import type { AcceptResult, Disposition, Outcome, SetUp } from './expectations';

/** One row of the table: all of it observed, but `expected`. */
export interface EintrRow extends Outcome {
  readonly id: string;
  /** "SA_RESTART|SA_NOCLDWAIT", or "0"; with "with SO_RCVTIMEO" where the socket has it. */
  readonly flags: string;
  readonly disposition: Disposition;
  readonly onEintr: 'die' | 'retry';
  /** Milliseconds from the first child's exit to the return of the accept that was blocked. */
  readonly acceptAfterMs: number;
  /** What the calls of waitpid in the handler gave, in order: a pid, 0 or an errno. */
  readonly waitpid: readonly string[];
  readonly expected: Outcome | undefined;
  readonly asExpected: boolean;
}

const HOST = '127.0.0.1';
/** After this the server's process group is killed, and the row fails. Milliseconds. */
const KILL_AFTER_MS = 8000;

function serverArguments(setUp: SetUp): string[] {
  return [
    ...['figure-4.13', '--host', HOST, '--port', '0', '--quiet'],
    ...['--sigchld', setUp.disposition, '--on-eintr', setUp.onEintr],
    ...(setUp.saRestart ? ['--sa-restart'] : []),
    ...(setUp.saNocldwait ? ['--sa-nocldwait'] : []),
    ...(setUp.receiveTimeout === undefined ? [] : ['--rcvtimeo', String(setUp.receiveTimeout)]),
  ];
}

/** What a row is played with. */
interface Part {
  readonly server: ServerProcess;
  readonly sink: Sink;
  /** SIGCHLD has a handler. */
  readonly handled: boolean;
}

/** A client comes, is served, and goes; then its child has ended and what the server does about it is done. */
async function serveOne({ server, sink, handled }: Part, port: number, nth: number): Promise<void> {
  const client = await EchoClient.connect(port, HOST, sink);
  try {
    await client.echo(`client ${nth}\n`);
    const child = await server.child(nth);
    await server.blockedInAccept(nth + 1);
    await client.close();
    await server.ended(child);
    // A next client that comes before the server has run, be it a second later, would be what its accept gives. With a
    // handler the child is gone when SIGCHLD has been sent, if it is at all: a server that sleeps then is done with it.
    if (!handled) return;
    await server.isGone(child);
    await server.sleepsInOrEnds('accept');
  } finally {
    client.destroy();
  }
}

/** The next client: served, or not because the server is no more. */
async function serveNext(part: Part, port: number): Promise<void> {
  const { server } = part;
  try {
    await serveOne(part, port, 2);
  } catch (error) {
    await server.sleepsInOrEnds('accept');
    if (server.alive) throw error;
  }
}

/** What is seen of the server while it is there; then it is ended, and all its events are there. */
async function observe(server: ServerProcess, setUp: SetUp): Promise<Omit<EintrRow, 'expected' | 'asExpected'>> {
  const zombies = childrenOf(server.pid).filter((child) => child.state === 'zombie').length;
  const serverSurvived = server.alive;
  await server.stop();
  await server.log.ended();
  const calls = server.log.events.filter(
    (event): event is CallEvent => event.kind === 'call' && event.pid === server.pid,
  );
  const firstExit = server.log.events.find((event) => event.kind === 'exit' && event.pid !== server.pid);
  // The first accept gave the first client; the second was blocked when the first child ended.
  const accept = calls.filter((call) => call.call === 'accept')[1];
  const acceptResult: AcceptResult = accept === undefined ? 'none' : (accept.errno ?? 'connection');
  const waits = calls.filter((call) => call.call === 'waitpid');
  const flags = (setUp.saRestart ? SA_RESTART : 0) | (setUp.saNocldwait ? SA_NOCLDWAIT : 0);
  return {
    id: setUp.id,
    flags: describeActionFlags(flags) + (setUp.receiveTimeout === undefined ? '' : ' with SO_RCVTIMEO'),
    disposition: setUp.disposition,
    onEintr: setUp.onEintr,
    acceptResult,
    acceptAfterMs: accept === undefined || firstExit === undefined ? Number.NaN : (accept.t - firstExit.t) / 1000,
    handlerRuns: server.log.events.filter((event) => event.kind === 'signal' && event.phase === 'handler').length,
    waitpid: waits.map((wait) => wait.errno ?? String(wait.result)),
    reaped: waits.filter((wait) => (wait.result ?? 0) > 0).length,
    ...{ zombies, serverSurvived },
  };
}

function fits(observed: Outcome, expected: Outcome): boolean {
  return (
    observed.acceptResult === expected.acceptResult &&
    observed.handlerRuns === expected.handlerRuns &&
    observed.reaped === expected.reaped &&
    observed.zombies === expected.zombies &&
    observed.serverSurvived === expected.serverSurvived
  );
}

/**
 * Runs one row: a server in a process of its own, and two real TCP clients. `watch` is given the server at its start,
 * `sink` is told what the clients do.
 */
export async function runSetUp(
  setUp: SetUp,
  watch: (server: ServerProcess) => void = () => {},
  sink: Sink = () => {},
): Promise<EintrRow> {
  const handled = setUp.disposition === 'handler';
  const server = new ServerProcess(serverArguments(setUp), KILL_AFTER_MS);
  watch(server);
  try {
    const { port } = await server.listening();
    const part = { server, sink, handled };
    await serveOne(part, port, 1);
    await serveNext(part, port);
    const row = await observe(server, setUp);
    const expected = setUp.expected[process.platform];
    return { ...row, expected, asExpected: expected !== undefined && fits(row, expected) };
  } catch (error) {
    throw new Error(`${setUp.id}: ${server.explain(error)}`, { cause: error });
  } finally {
    await server.stop();
  }
}
