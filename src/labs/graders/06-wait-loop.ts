import type { Client } from '../client';
import type { Attempt, Lab, Student } from '../lab';
import { isGrandchild, settledChildren, settledLook, sleepsIn } from '../looks';
import {
  asleepIn,
  callsOf,
  childOf,
  childrenEnd,
  expectNoZombies,
  FORK,
  guest,
  stillThere,
  WAIT,
  WAITS_FOR_CLIENTS,
  whileItLives,
} from './echo-server';

const SEE = 'UNP 5.10, Figure 5.11; signal(7), "Queueing and delivery semantics for standard signals"';
const CLIENTS = 5;

async function guests(student: Student, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  for (let nth = 1; nth <= count; ++nth) clients.push(await guest(student, `client ${nth}\n`));
  return clients;
}

async function atOnce(attempt: Attempt): Promise<void> {
  const student = await attempt.start();
  const clients = await guests(student, CLIENTS);
  for (const client of clients.reverse()) await client.echo('again\n');
  attempt.good(`${CLIENTS} clients are served at once, in any order`);
}

async function reaped(attempt: Attempt): Promise<void> {
  const student = await attempt.start(['0'], { events: true });
  const client = await guest(student);
  const [child] = await settledChildren(attempt, student);
  if (child === undefined)
    return attempt.missing({ expected: 'a child of the server for each client', seen: 'none', see: 'fork(2)' });
  client.end();
  await childrenEnd(attempt, student);
  await whileItLives(
    attempt,
    student,
    'the server lives when a child has been reaped',
    () => expectNoZombies(attempt, student, 'when a client has left', SEE),
    'waitpid(2): at the last child it gives -1, ECHILD',
  );
  const expected = 'the status of the child is taken with wait or waitpid';
  // Of one that forks twice, the child to wait for is the one in between.
  const isIts = (result = 0): boolean => (isGrandchild(student, child) ? result > 0 : result === child.pid);
  const isTaken = (): boolean => callsOf(student, WAIT).some(({ result }) => isIts(result));
  // What the server told comes in the order in which it happened: its next fork came after the handler.
  await attempt.until(expected, () => isTaken() || callsOf(student, FORK).length >= 2);
  if (isTaken()) return attempt.good(expected);
  attempt.missing({ expected, seen: 'no such call gave its pid; to do without is lab 07', see: 'waitpid(2)' });
}

async function together(attempt: Attempt): Promise<void> {
  const student = await attempt.start();
  const clients = await guests(student, CLIENTS);
  await asleepIn(attempt, student, WAITS_FOR_CLIENTS);
  student.signal('SIGSTOP');
  await attempt.until(
    'SIGSTOP stops the server',
    () => student.observe().processes.find(({ pid }) => pid === student.pid)?.state === 'stopped',
  );
  for (const client of clients) client.end();
  await childrenEnd(attempt, student);
  attempt.good(`${CLIENTS} children end while the server is stopped: SIGCHLD is pending, once`);
  student.signal('SIGCONT');
  await whileItLives(
    attempt,
    student,
    'the server goes on',
    () => expectNoZombies(attempt, student, `when ${CLIENTS} children have ended together`, SEE),
    SEE,
  );
}

async function oneStays(attempt: Attempt): Promise<void> {
  const student = await attempt.start();
  await guest(student, 'I stay\n');
  const leaves = await guest(student, 'I leave\n');
  const stays = student.children().length - 1;
  leaves.end();
  await attempt.until('the child of the client that left ends', () => student.children().length <= stays);
  const before = student.zombies();
  const third = await student.client();
  third.send('third\n');
  const expected = 'a third client is served, while one stays and one has left';
  // One that forks twice waits as well, for a child that is about to end: then somebody has something left to do.
  const isStuck = (): boolean =>
    /^wait/.test(sleepsIn(student.pid) ?? '') && settledLook(() => student.observe()) !== undefined;
  await attempt.until(expected, () => third.received.includes('third') || isStuck() || !student.alive, SEE);
  attempt.expect(third.received.includes('third'), {
    expected,
    seen: student.alive
      ? 'the server is blocked in a wait, for a child that has not ended: nobody calls accept'
      : 'the server has ended',
    see: 'waitpid(2), WNOHANG; UNP 5.10',
  });
  if (third.received.includes('third')) {
    const pids = stillThere(before, student.zombies());
    const seen = `<defunct>: ${pids.join(', ')}`;
    attempt.expect(pids.length === 0, { expected: 'the child of the one that left is no zombie', seen, see: SEE });
  }
}

async function killed(attempt: Attempt): Promise<void> {
  const student = await attempt.start();
  await guest(student);
  student.signal('SIGKILL', childOf(student));
  await childrenEnd(attempt, student);
  const expected = 'the server lives when a child was killed';
  const work = () => expectNoZombies(attempt, student, 'when a child was killed', 'waitpid(2)');
  await whileItLives(attempt, student, expected, work, 'waitpid(2): at the last child it gives -1, ECHILD');
}

export const lab: Lab = {
  number: '06',
  name: 'wait-loop',
  title: 'wait once against the waitpid loop',
  source: 'UNP 5.10; signal(7); waitpid(2)',
  file: 'reaper.ts',
  tests: [
    { name: 'at-once', what: 'five clients are served at once', points: 1, run: atOnce },
    { name: 'reaped', what: 'a child that has ended is reaped, and its status taken', points: 2, run: reaped },
    { name: 'together', what: 'five children that end together are all reaped', points: 3, run: together },
    {
      name: 'one-stays',
      what: 'while one client stays and another has left, a third is served',
      points: 3,
      faultyFails: true,
      run: oneStays,
    },
    { name: 'killed', what: 'a child that was killed is reaped as well', points: 1, run: killed },
  ],
};
