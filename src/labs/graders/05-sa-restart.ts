import { signalStudent } from '../containment/sweep';
import type { Attempt, Lab, Student } from '../lab';
import {
  acceptFailures,
  asleepIn,
  callsOf,
  childOf,
  comeAndGo,
  expectNoZombies,
  FORK,
  guest,
  lastWords,
  toldOfForks,
  WAIT,
  whileItLives,
} from './echo-server';

/** What a child may wait for its client in: poll and its like, or a read that has the socket's time limit. */
const POLL: readonly string[] = [
  ...['poll', 'ppoll', 'select', 'pselect', 'epoll_wait'],
  ...['read', 'recv', 'recvfrom', 'recvmsg', 'readv'],
];
const SEE = 'signal(7), "Interruption of system calls": never restarted, whatever SA_RESTART says';
const SEE_LOOP = 'signal(7): what is restarted does not come back to the loop that looks at isStopping';
/** So long that no time limit runs out in a test that is not about it, in seconds. */
const LONG = '600';
/** Between two signals to a child that waits, in milliseconds. */
const SIGNAL_EACH_MS = 100;
/** So many for each second that a client has take three times as long: whoever counts what is left has given up by then. */
const MOST_SIGNALS = 30;

async function acceptGoesOn(attempt: Attempt): Promise<void> {
  const student = await attempt.start(['0', LONG], { events: true });
  const expected = 'accept goes on after its children have ended';
  const work = async () => {
    await comeAndGo(attempt, student, 2);
    await expectNoZombies(attempt, student, 'when two clients have left', 'waitpid(2)');
  };
  await whileItLives(attempt, student, expected, work, `${SEE}: accept with SO_RCVTIMEO`);
  attempt.good(expected);
  await toldOfForks(attempt, student, 3);
  if (acceptFailures(student, 'EINTR') > 0) return attempt.good('it fails with EINTR, for all its SA_RESTART');
  attempt.missing({
    expected: 'accept fails with EINTR, as the listening socket has a time limit',
    seen: 'it never did: is SO_RCVTIMEO still set, and SIGCHLD still handled?',
    see: 'socket(7), SO_RCVTIMEO',
  });
}

async function acceptTimeLimit(attempt: Attempt): Promise<void> {
  const student = await attempt.start(['0', '1'], { events: true });
  const timeOuts = (): number => acceptFailures(student, 'EAGAIN');
  await attempt.until(
    'the time limit of accept runs out',
    () => timeOuts() >= 1 || !student.alive,
    'socket(7), SO_RCVTIMEO',
  );
  const expected = 'accept fails with EAGAIN, as its time limit is over, and is called again';
  await attempt.until(expected, () => timeOuts() >= 2 || !student.alive, 'socket(7), SO_RCVTIMEO');
  if (!student.alive) {
    return attempt.bad({ expected, seen: await lastWords(student), see: 'socket(7), SO_RCVTIMEO' });
  }
  await student.client();
  await toldOfForks(attempt, student, 1);
  attempt.good(`${expected}; then it gives a connection`);
}

async function stopAndContinue(attempt: Attempt): Promise<void> {
  const student = await attempt.start(['0', LONG]);
  await student.listening();
  await asleepIn(attempt, student, /accept/);
  student.signal('SIGSTOP');
  await attempt.until(
    'SIGSTOP stops the server',
    () => student.observe().processes.find(({ pid }) => pid === student.pid)?.state === 'stopped',
  );
  student.signal('SIGCONT');
  const expected = 'the server serves a client when it was stopped and goes on';
  await whileItLives(attempt, student, expected, () => guest(student), 'signal(7), "by stop signals"');
  attempt.good(expected);
}

const handlerRan = ({ events }: Student, child: number): boolean =>
  events.some((event) => event.kind === 'signal' && event.phase === 'return' && event.pid === child);

async function pollGoesOn(attempt: Attempt): Promise<void> {
  const student = await attempt.start(['0', LONG], { events: true });
  const client = await guest(student);
  const child = childOf(student);
  await asleepIn(attempt, student, /poll|select|read|recv/, child);
  student.signal('SIGUSR1', child);
  const isGone = (): boolean => !student.children().some(({ pid }) => pid === child);
  await attempt.until('the handler for SIGUSR1 runs in the child', () => handlerRan(student, child) || isGone());
  client.send('still there?\n');
  const expected = 'the child still echoes after a signal in poll';
  await attempt.until(expected, () => client.received.includes('still there?') || client.ended || isGone(), SEE);
  attempt.expect(client.received.includes('still there?'), {
    expected,
    seen: student.stderr.includes('poll error') ? 'it has ended: "poll error: …"' : 'it has closed the connection',
    see: `${SEE}: poll`,
  });
}

/**
 * @returns whether it has shown anything: a signal has come while the child waited, and the next always soon after. Where
 * the grader itself was not scheduled meanwhile, a poll that waits anew for the whole time came to its end as well.
 */
async function givesUp(attempt: Attempt, seconds: number): Promise<boolean> {
  const student = await attempt.start(['0', String(seconds)], { events: true });
  const silent = await student.client();
  const { result: child = -1 } = await attempt.until('a child of the server for the client', () =>
    callsOf(student, FORK).at(0),
  );
  const interruptions = (): number => callsOf(student, POLL, child).filter(({ errno }) => errno === 'EINTR').length;
  const expected = `a silent client is given up after ${seconds} s, though a signal comes each 0.1 s`;
  let last = performance.now();
  let longest = 0; // without a signal
  await attempt.until(expected, () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    if (silent.ended || interruptions() >= MOST_SIGNALS * seconds) return true;
    if (now - last >= SIGNAL_EACH_MS && student.children().some(({ pid }) => pid === child)) {
      last = now;
      signalStudent(child, 'SIGUSR1'); // it may have ended meanwhile
    }
    return false;
  });
  if (!silent.ended) {
    const seen = `it is still there after ${interruptions()} signals: each has poll wait anew, for the whole time`;
    attempt.bad({ expected, seen, see: 'poll(2); performance.now() tells what is left' });
    return true;
  }
  const ended = await attempt.until('the child that gave it up is reaped', () =>
    callsOf(student, WAIT).find(({ result }) => result === child),
  );
  attempt.expect(ended.shown.endsWith('exited 0'), {
    expected: `${expected}: its child ends with status 0`,
    seen: `${ended.shown}: a signal was its end`,
    see: SEE,
  });
  return interruptions() > 0 && longest < (seconds * 1000) / 2;
}

async function deadline(attempt: Attempt): Promise<void> {
  // On a machine that is very busy the first signal, or a later one, may come when the time is over.
  for (const seconds of [1, 4, 9]) if (await givesUp(attempt, seconds)) return;
  attempt.missing({ expected: 'poll of the child is interrupted by SIGUSR1 in time', seen: 'it never was', see: SEE });
}

async function sigterm(attempt: Attempt): Promise<void> {
  const student = await attempt.start(['0', LONG]);
  const client = await guest(student);
  await asleepIn(attempt, student, /accept/);
  student.signal('SIGTERM');
  const expected = 'SIGTERM ends the server with status 0, though it is blocked in accept';
  await attempt.until(expected, () => !student.alive, SEE_LOOP);
  const { status } = await student.ended();
  attempt.expect(status === 0, { expected, seen: await lastWords(student), see: `${SEE}: accept with SO_RCVTIMEO` });
  await client.echo('still there?\n');
  attempt.good('the child goes on with its client');
}

export const lab: Lab = {
  number: '05',
  name: 'sa-restart',
  title: 'SA_RESTART, and where it does not help',
  source: 'signal(7); socket(7), SO_RCVTIMEO; poll(2); UNP 5.9',
  file: 'restart.ts',
  tests: [
    {
      name: 'accept-goes-on',
      what: 'accept goes on after a child has ended, though it has a time limit',
      points: 2,
      run: acceptGoesOn,
    },
    { name: 'accept-time-limit', what: 'the time limit of accept is not the end', points: 1, run: acceptTimeLimit },
    { name: 'stop-and-continue', what: 'SIGSTOP and SIGCONT are not the end', points: 1, run: stopAndContinue },
    { name: 'poll-goes-on', what: 'a signal in poll is not the end of a client', points: 2, run: pollGoesOn },
    {
      name: 'deadline',
      what: 'signals do not lengthen the time that a silent client has',
      points: 2,
      faultyFails: true,
      run: deadline,
    },
    {
      name: 'sigterm',
      what: 'SIGTERM ends the server with status 0, while it is blocked in accept',
      points: 2,
      run: sigterm,
    },
  ],
};
