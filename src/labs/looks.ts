import { ifStillThere, procLink, procNumbers } from '../observe/linux/proc';
import { blockedIn, findProcess } from '../observe/processes';
import type { Observation, OpenFile, ProcessView } from '../observe/types';
import type { Client } from './client';
import { heard } from './heard';
import type { Attempt, Student } from './lab';

/** What graders look for in an observation. */

/** The socket that listens on TCP. */
export function listener({ openFiles }: Observation): OpenFile | undefined {
  return openFiles.find(({ socket }) => socket?.protocol === 'tcp' && socket.state === 'LISTEN');
}

/** The server's socket of the connection with a client. */
export function connection({ openFiles }: Observation, { port }: Client): OpenFile | undefined {
  return openFiles.find(
    ({ socket }) =>
      socket?.state !== 'LISTEN' && socket?.peer !== undefined && 'port' in socket.peer && socket.peer.port === port,
  );
}

/** The server's sockets of all its connections, as far as a process has a descriptor for them. */
export function connections({ openFiles }: Observation): OpenFile[] {
  return openFiles.filter(({ socket }) => socket?.protocol === 'tcp' && socket.state !== 'LISTEN');
}

/** Clients that are connected, and wait for accept. */
export const queued = (seen: Observation): number => listener(seen)?.socket?.queued ?? 0;

/** Who has descriptors for a file. */
export const holdersOf = (file: OpenFile | undefined): number[] => [
  ...new Set((file?.holders ?? []).map(({ pid }) => pid)),
];

/** Calls in which a server waits for something from outside. */
const WAITS: readonly string[] = [
  ...[
    'accept',
    'read',
    'recv',
    'write',
    'send',
    'poll',
    'ppoll',
    'select',
    'pselect',
    'epoll',
    'wait',
    'pause',
    'rt_sig',
  ],
  ...['sigsuspend', 'nanosleep', 'clock_nanosleep', 'sem', 'msgrcv', 'flock'],
];

const threadsOf = (pid: number): number[] => ifStillThere(() => procNumbers(`${pid}/task`)) ?? [];

/** Whether no thread of a process has anything left to do. Two looks, as one is not of one moment. Linux only. */
export function threadsSleep(pid: number): boolean {
  const sleep = (): boolean => threadsOf(pid).every((thread) => findProcess(thread)?.state === 'sleeping');
  return sleep() && sleep();
}

/** Whether a thread of a process sleeps in a call: "write". Linux only. */
export const hasThreadIn = (pid: number, call: RegExp): boolean =>
  threadsOf(pid).some((thread) => call.test(sleepsIn(thread) ?? ''));

const isNode = (pid: number): boolean => ifStillThere(() => procLink(`${pid}/exe`)) === procLink('self/exe');

/**
 * A futex is what V8 waits in now and then. A program of another language waits in its own: for a semaphore or a condition,
 * unless one of its threads is about to wake it.
 */
const isOwnFutex = (pid: number, call: string | undefined): boolean =>
  call === 'futex' && !isNode(pid) && threadsSleep(pid);

const waitOf = (pid: number, call: string | undefined): string | undefined =>
  WAITS.some((name) => call?.startsWith(name)) || isOwnFutex(pid, call) ? call : undefined;

/** The call that a process waits in: "accept", "read"; undefined while it does something. */
export function waitsIn(seen: Observation, pid: number): string | undefined {
  const { state, blockedIn, waitsFor } = seen.processes.find((one) => one.pid === pid) ?? {};
  return state === 'sleeping' ? waitOf(pid, blockedIn?.call ?? waitsFor) : undefined;
}

/** The same of one process now: a look that costs little. Linux only. */
export function sleepsIn(pid: number): string | undefined {
  return findProcess(pid)?.state === 'sleeping' ? waitOf(pid, blockedIn(pid)?.call) : undefined;
}

function allWait(seen: Observation): boolean {
  return seen.processes.every(({ pid, state }) => state === 'zombie' || waitsIn(seen, pid) !== undefined);
}

/**
 * What is seen of a student's processes when none of them has anything left to do: each waits, or has ended. Undefined while one
 * has. It takes two looks, since one is not of one moment:
 *
 *   the list of processes: the server alone
 *     the server: accept, fork
 *   the server's state: it waits in accept. Its child, which runs, is not in the list
 *
 * Who waits in the first look makes nobody whom the second would not see.
 */
export function settledLook(observe: () => Observation): Observation | undefined {
  const first = observe();
  if (!allWait(first)) return undefined;
  const second = observe();
  const known = new Set(first.processes.map(({ pid }) => pid));
  return allWait(second) && second.processes.every(({ pid }) => known.has(pid)) ? second : undefined;
}

/**
 * What there is once the server has done all that there was to do, and `isSo` holds besides.
 * @param what for the student, if that does not come
 */
export function settled(
  attempt: Attempt,
  student: Student,
  what: string,
  isSo: (seen: Observation) => boolean = () => true,
): Promise<Observation> {
  return attempt.until(what, () => {
    const seen = settledLook(() => student.observe());
    return seen !== undefined && isSo(seen) && seen;
  });
}

/**
 * Sends a line, and sees whether it comes back before the server waits again. Where nobody would answer, that is known
 * without a time-out: the line has arrived (it is on this machine), and the server has nothing left to do.
 */
export async function isEchoed(attempt: Attempt, server: Student, client: Client, line: string): Promise<boolean> {
  const before = client.received.length;
  const isBack = (): boolean => client.ended || client.received.slice(before).includes(line);
  client.send(line);
  const isSettled = (): boolean => settledLook(() => server.observe()) !== undefined;
  await attempt.until('an answer, or that the server waits', () => isBack() || isSettled());
  await heard();
  return client.received.slice(before).includes(line);
}

/**
 * That the program has not ended. It is asked once: it may end between two looks.
 * @param expected "the server lives when accept fails with EMFILE"
 * @returns whether the test can go on
 */
export function livesOn(attempt: Attempt, student: Student, expected: string, see: string): boolean {
  const { alive } = student;
  attempt.expect(alive, { expected, seen: 'it has ended', see });
  return alive;
}

/** "the parent (4711)", "a child (4713)": whose process it is, for the student. */
export const who = ({ pid }: Student, one: number): string =>
  one === pid ? `the parent (${one})` : `a child (${one})`;

/** That a process was made by a child of the server that has ended since: fork, fork, exit. */
export const isGrandchild = ({ pid }: Student, { ppid }: ProcessView): boolean => ppid !== pid;

/**
 * The children of the server, once it has done all that there was to do: of one that forks twice, the child in between may live
 * a moment longer than a client waits for its answer.
 */
export async function settledChildren(attempt: Attempt, server: Student): Promise<ProcessView[]> {
  await settled(attempt, server, 'the server waits for its next client');
  return server.children();
}

/**
 * The zombies that stay. A child that has just ended is one for a moment, until its parent's handler has run: so another
 * client is served meanwhile, for which the parent must have gone on.
 */
export async function zombiesLeft(attempt: Attempt, server: Student): Promise<ProcessView[]> {
  await settled(attempt, server, 'the server waits');
  const zombies = server.zombies();
  if (zombies.length === 0) return [];
  const next = await server.client();
  await next.echo('next\n');
  await settled(attempt, server, 'the server waits for its next client');
  return server.zombies().filter(({ pid }) => zombies.some((one) => one.pid === pid));
}
