import type { CallEvent } from '../../observe/events';
import type { ProcessView } from '../../observe/types';
import type { Client } from '../client';
import { type Attempt, Failure, type Student } from '../lab';
import { sleepsIn } from '../looks';

/** What the graders of concurrent echo servers have in common. */

/** How the program ended, and what it said last. */
export async function lastWords(student: Student): Promise<string> {
  const { status, signal } = await student.ended();
  const said = student.stderr.trim() || student.stdout.trim();
  const how = signal === null ? `exit status ${status}` : `killed by ${signal}`;
  return said === '' ? `the server has ended: ${how}` : `the server has ended: ${how}; it said: ${said.slice(-300)}`;
}

/**
 * Does something for which the server has to live. If it has died instead, that is what the student is told, not what
 * became of the client.
 * @param expected "the server goes on after a child has ended"
 */
export async function whileItLives<Value>(
  attempt: Attempt,
  student: Student,
  expected: string,
  work: () => Promise<Value>,
  see?: string,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    // A process that ends closes its connections first, and is seen to have ended a moment later. One that sleeps lives.
    // Asked first, since a test whose time is over waits no more, and what it waited for is the better word of it.
    if (sleepsIn(student.pid) !== undefined) throw error;
    await attempt.until(expected, () => !student.alive || sleepsIn(student.pid) !== undefined, see);
    if (student.alive) throw error;
    const finding = { expected, seen: await lastWords(student) };
    throw new Failure('BAD', see === undefined ? finding : { ...finding, see });
  }
}

/** Does what a client does. If it is not served, the student is told what was expected of the whole. */
export async function whileServed<Value>(expected: string, see: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { expected: step, seen = 'nothing' } = error.finding;
    throw new Failure(error.verdict, { expected, seen: `${step}: ${seen}`, see });
  }
}

/** A client that has been served, and stays. */
export async function guest(student: Student, line = 'hello\n'): Promise<Client> {
  const client = await student.client();
  await client.echo(line);
  return client;
}

/** The child of the server that there is, or the one that is not among those that were. */
export function childOf(student: Student, before: readonly number[] = []): number {
  const found = student.children().find(({ pid }) => !before.includes(pid));
  if (found !== undefined) return found.pid;
  throw new Failure('MISSING', { expected: 'a child of the server for each client', seen: 'none', see: 'fork(2)' });
}

/** Until the server has no child that lives: all have ended, and are zombies or gone. */
export async function childrenEnd(attempt: Attempt, student: Student): Promise<void> {
  await attempt.until(
    'the children end when their clients have left',
    () => student.children().length === 0,
    'UNP 4.8',
  );
}

/** Until the server waits for something, or has ended. */
async function rests(attempt: Attempt, student: Student): Promise<void> {
  await attempt.until('the server waits for a client', () => !student.alive || sleepsIn(student.pid) !== undefined);
}

/**
 * So many clients come, one after another; each is echoed to, and leaves; and its child has ended before the next comes.
 * SIGCHLD comes while the server is blocked: not on its way to accept after fork, nor together with the next client, whom
 * accept would give without having been interrupted.
 */
export async function comeAndGo(attempt: Attempt, student: Student, count: number): Promise<void> {
  for (let nth = 1; nth <= count; ++nth) {
    const client = await guest(student, `client ${nth}\n`);
    await rests(attempt, student);
    client.end();
    await childrenEnd(attempt, student);
    await rests(attempt, student);
    client.destroy();
  }
}

/** The pids of zombies that were there before: of a client that came since, a child that ended may be one for a moment. */
export function stillThere(before: readonly ProcessView[], now: readonly ProcessView[]): number[] {
  return now.flatMap(({ pid }) => (before.some((one) => one.pid === pid) ? [pid] : []));
}

/**
 * Looks for zombies once a further client is served: whoever was to reap had a signal before that, and has had its turn.
 * @param when "when three clients have left"
 */
export async function expectNoZombies(attempt: Attempt, student: Student, when: string, see: string): Promise<void> {
  const before = student.zombies();
  const client = await guest(student, 'is anybody dead?\n');
  const pids = stillThere(before, student.zombies());
  attempt.expect(pids.length === 0, {
    expected: `no zombies ${when}`,
    seen: `${pids.length} <defunct>: ${pids.join(', ')}`,
    see,
  });
  client.destroy();
}

/** What a process, the server if not said, has had of a call. */
export function callsOf(student: Student, calls: readonly string[], pid = student.pid): CallEvent[] {
  return student.events.filter(
    (event): event is CallEvent => event.kind === 'call' && event.pid === pid && calls.includes(event.call),
  );
}

/** The calls that a server waits for its next client in: accept, or one that waits for signals and children as well. */
export const WAITS_FOR_CLIENTS = /accept|poll|select/;
export const ACCEPT: readonly string[] = ['accept', 'accept4'];
export const FORK: readonly string[] = ['fork', 'vfork'];
export const WAIT: readonly string[] = ['wait', 'waitpid', 'wait3', 'wait4', 'waitid'];

/** Until the server has told of its forks, and so of all that it did before them. */
export async function toldOfForks(attempt: Attempt, student: Student, count: number): Promise<void> {
  await attempt.until(`the server forks ${count} times`, () => callsOf(student, FORK).length >= count, 'fork(2)');
}

/** Whether a handler of the server has run. */
export const handlerRan = (student: Student): boolean =>
  student.events.some(({ kind, pid }) => kind === 'signal' && pid === student.pid);

/** How often accept has failed with an error. */
export function acceptFailures(student: Student, errno: string): number {
  return callsOf(student, ACCEPT).filter((event) => event.errno === errno).length;
}

/** Until a process, the server if not said, sleeps in one of these calls: "accept" is accept4 as well. */
export async function asleepIn(attempt: Attempt, student: Student, call: RegExp, pid = student.pid): Promise<void> {
  const who = pid === student.pid ? 'the server' : `its child ${pid}`;
  await attempt.until(`${who} is blocked in ${call.source.replaceAll('|', ' or ')}`, () => {
    const found = sleepsIn(pid);
    return found !== undefined && call.test(found);
  });
}
