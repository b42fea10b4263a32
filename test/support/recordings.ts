import type { CallEvent, EnterEvent, Event, ExitEvent, RoleEvent, SignalEvent } from '#src/observe/events.js';
import { parseEvent } from '#src/observe/events.js';
import type { Recording } from '#src/observe/recording.js';
import { client, echo, ended, hangUp, Server } from './cli';

/** Events as a test writes them: a time in microseconds, a pid, and what happened. */

export function enter(t: number, pid: number, call: string, args = ''): EnterEvent {
  return { kind: 'enter', t, pid, call, args };
}

export function gave(t: number, pid: number, call: string, args: string, result: number, shown?: string): CallEvent {
  return { kind: 'call', t, pid, call, args, result, shown: shown ?? String(result) };
}

export function failed(t: number, pid: number, call: string, args: string, errno: string): CallEvent {
  return { kind: 'call', t, pid, call, args, result: -1, shown: '-1', errno };
}

export function handler(t: number, pid: number, signal: string, phase: SignalEvent['phase'] = 'handler'): SignalEvent {
  return { kind: 'signal', t, pid, signal, phase };
}

export function exits(t: number, pid: number, status = 0): ExitEvent {
  return { kind: 'exit', t, pid, status };
}

export function role(t: number, pid: number, name: string): RoleEvent {
  return { kind: 'role', t, pid, role: name };
}

export const SERVER = 4711;
export const CHILD = 4713;

/** Figure 4.13 with a handler: a child is made, exits, becomes a zombie, and is reaped in the handler; accept gives EINTR. */
export const REAPED_IN_HANDLER: readonly Event[] = [
  role(0, SERVER, 'server'),
  enter(10, SERVER, 'sigaction', 'SIGCHLD, handler, 0'),
  gave(12, SERVER, 'sigaction', 'SIGCHLD, handler, 0', 0),
  enter(20, SERVER, 'fork'),
  gave(40, CHILD, 'fork', '', 0),
  gave(45, SERVER, 'fork', '', CHILD),
  enter(50, SERVER, 'accept', '19'),
  enter(60, CHILD, 'read', '20, 4096 bytes'),
  gave(90, CHILD, 'read', '20, 4096 bytes', 0),
  exits(100, CHILD, 7),
  handler(120, SERVER, 'SIGCHLD'),
  enter(125, SERVER, 'waitpid', '-1, WNOHANG'),
  gave(130, SERVER, 'waitpid', '-1, WNOHANG', CHILD, `${CHILD}, exited 7`),
  handler(140, SERVER, 'SIGCHLD', 'return'),
  failed(150, SERVER, 'accept', '19', 'EINTR'),
  enter(160, SERVER, 'accept', '19'),
];

export function recording(events: readonly Event[], change: Partial<Recording> = {}): Recording {
  return {
    experiment: 'zombies',
    question: 'Who takes the status of a child?',
    verdict: ['A zombie stays until its parent waits.', 'wait(2) gives the status and frees the entry.'],
    source: 'wait(2); UNP 5.9',
    system: 'Linux 6.18.0 x64',
    node: 'v22.1.0',
    date: '2026-11-20T17:00:00.000Z',
    rows: [
      {
        ...{ id: 'handler', setUp: 'handler, waitpid', asExpected: true },
        ...{ observed: { zombies: 0, handlerRuns: 1, survives: true }, expected: { zombies: 0 } },
      },
      { id: 'none', setUp: 'no handler', observed: { zombies: 2 }, expected: undefined, asExpected: false },
    ],
    runs: [{ title: 'handler, waitpid', events }],
    ...change,
  };
}

/** The events of `realfork serve figure-4.13`, whose client comes and goes, and whose handler takes the status of its child. */
export async function servedOne(): Promise<Event[]> {
  const server = new Server(['--port', '0', '--sigchld', 'handler', '--on-eintr', 'retry', '--events', '1']);
  const socket = await client(await server.listening());
  await echo(socket, 'hello\n');
  const [, child] = await server.line(/fork\(\) = ([1-9]\d*)\n/);
  // Not before: a parent that has not come to accept yet would run the handler, and then block.
  await server.blockedInAccept();
  await hangUp(socket);
  await ended(Number(child));
  await server.line(/accept\(\d+\) = -1 EINTR\n/);
  const { stdout } = await server.stop();
  return stdout.trimEnd().split('\n').map(parseEvent);
}
