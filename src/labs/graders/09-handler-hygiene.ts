import type { SignalSets } from '../../observe/types';
import type { Attempt, Lab, Student } from '../lab';
import { LogPipe } from '../log-pipe';
import { hasThreadIn, sleepsIn, threadsSleep } from '../looks';
import { asleepIn, childOf, guest, lastWords, whileItLives } from './echo-server';

/** Where the server waits for clients and signals. */
const WAITS = /poll|select|sigsuspend|pause/;

interface Scene {
  readonly attempt: Attempt;
  readonly student: Student;
  readonly log: LogPipe;
}

/** Starts the server with a log that can be stopped up. */
const withLog =
  (look: (scene: Scene) => Promise<void>) =>
  async (attempt: Attempt): Promise<void> => {
    const log = new LogPipe(attempt.directory);
    try {
      const student = await attempt.start(['0', log.path]);
      await student.listening();
      await look({ attempt, student, log });
    } finally {
      log.close();
    }
  };

function signalsOf(student: Student, of: number): SignalSets | undefined {
  return student.observe().processes.find(({ pid }) => pid === of)?.signals;
}

/** Until the server sleeps, with nothing to do; then its log is full. */
async function stopUp({ attempt, student, log }: Scene): Promise<void> {
  await asleepIn(attempt, student, WAITS);
  log.read();
  log.fill();
}

/** Whether the server waits for clients and signals, and no thread of it has anything else to do. */
const isIdle = ({ pid }: Student): boolean => WAITS.test(sleepsIn(pid) ?? '') && threadsSleep(pid);

/** Whether it has taken SIGHUP where no handler runs: by signalfd, or sigwait in a thread. Then nothing interrupts its poll. */
function hasTakenHangup(student: Student): boolean {
  const { blocked = [], pending = [] } = signalsOf(student, student.pid) ?? {};
  return ['SIGHUP', 'SIGCHLD'].every((one) => blocked.includes(one)) && !pending.includes('SIGHUP') && isIdle(student);
}

/** Until the server stands still, as it has something to say. @param isQuiet it has nothing to say, and is right */
async function standsStill({ attempt, student }: Scene, when: string, isQuiet = (_: Student) => false): Promise<void> {
  await attempt.until(
    `the server writes to its log ${when}`,
    () => hasThreadIn(student.pid, /^writev?$/) || isQuiet(student) || !student.alive,
    'the lines of the log stay as they are in the starter',
  );
}

/** The log is read again, until the server sleeps, or has ended. */
async function goesOn({ attempt, student, log }: Scene): Promise<void> {
  await attempt.until('the server goes on when its log is read', () => {
    log.read();
    return !student.alive || isIdle(student);
  });
}

async function childEnds({ attempt, student }: Scene, child: number): Promise<void> {
  await attempt.until(`child ${child} ends`, () => !student.children().some(({ pid }) => pid === child));
}

async function works({ attempt, student, log }: Scene): Promise<void> {
  const client = await guest(student);
  attempt.good('a client is echoed to');
  const child = childOf(student);
  student.signal('SIGUSR1');
  const report = `report: 1 children\nreport: ${child}\nreport: end\n`;
  await attempt.until(`SIGUSR1 writes ${JSON.stringify(report)} to the log`, () => log.read().includes(report));
  attempt.good('SIGUSR1 reports');
  client.end();
  await attempt.until(`"ended ${child}" in the log`, () => log.read().includes(`ended ${child}\n`));
  await guest(student, 'next\n');
  attempt.expect(student.zombies().length === 0, {
    expected: 'no zombies',
    seen: `${student.zombies().length}`,
    see: 'waitpid(2)',
  });
}

async function errnoIsKept(scene: Scene): Promise<void> {
  const { attempt, student } = scene;
  const client = await guest(student);
  const child = childOf(student);
  await stopUp(scene);
  student.signal('SIGHUP');
  await standsStill(scene, 'when SIGHUP has interrupted poll', hasTakenHangup);
  client.end();
  await childEnds(scene, child);
  await goesOn(scene);
  const expected =
    'the server lives when a child has ended between poll, which failed with EINTR, and the look at errno';
  if (!student.alive) {
    const see = "signal-safety(7), errno; UNP 5.9: the handler's last waitpid has failed with ECHILD";
    return attempt.bad({ expected, seen: await lastWords(student), see });
  }
  await whileItLives(attempt, student, expected, () => guest(student, 'next\n'));
  attempt.good(expected);
}

async function reportIsWhole(scene: Scene): Promise<void> {
  const { attempt, student, log } = scene;
  await guest(student, 'one\n');
  const first = childOf(student);
  const leaves = await guest(student, 'two\n');
  const second = childOf(student, [first]);
  await stopUp(scene);
  student.signal('SIGUSR1');
  await standsStill(scene, 'at SIGUSR1');
  leaves.end();
  await childEnds(scene, second);
  const report = await attempt.until(
    'the report ends with "report: end"',
    () => /^report: \d+ children\n(.*\n)*?report: end$/m.exec(log.read())?.[0],
  );
  const counted = Number(/\d+/.exec(report)?.[0]);
  const listed = report.match(/^report: \d+$/gm)?.length ?? 0;
  attempt.expect(counted === listed, {
    expected: 'a report lists as many children as it counts, though one ends when it has begun',
    seen: `${counted} counted, ${listed} listed: the handler for SIGCHLD ran in the midst of it`,
    see: 'sigaction(2), sa_mask',
  });
  attempt.expect(/^ended/m.exec(report) === null, {
    expected: 'the lines of a report are together',
    seen: '"ended" among them',
    see: 'sigaction(2), sa_mask',
  });
}

async function wakeUpIsKept(scene: Scene): Promise<void> {
  const { attempt, student } = scene;
  await stopUp(scene);
  await student.client(); // the server forks for it, and goes round its loop
  await standsStill(scene, 'before it calls poll: "waiting"');
  student.signal('SIGTERM');
  await attempt.until('SIGTERM is delivered, or blocked', () => {
    const signals = signalsOf(student, student.pid);
    return signals?.blocked.includes('SIGTERM') || !signals?.pending.includes('SIGTERM');
  });
  await goesOn(scene);
  const expected = 'SIGTERM that comes before poll, and after the look at isStopping, stops the server';
  if (student.alive) {
    const seen = 'the server sleeps in poll: the handler has run, and nothing wakes poll';
    return attempt.bad({ expected, seen, see: 'UNP 5.9; D. J. Bernstein, "The self-pipe trick"; pselect(2)' });
  }
  const { status } = await student.ended();
  attempt.expect(status === 0, { expected: `${expected}, with status 0`, seen: await lastWords(student) });
}

async function stops({ attempt, student }: Scene): Promise<void> {
  const client = await guest(student);
  await asleepIn(attempt, student, WAITS);
  student.signal('SIGTERM');
  const { status } = await student.ended();
  const expected = 'SIGTERM ends a server that sleeps in poll, with status 0';
  attempt.expect(status === 0, { expected, seen: await lastWords(student) });
  await client.echo('still there?\n');
  attempt.good('the child goes on with its client');
}

async function childIsItsOwn({ attempt, student }: Scene): Promise<void> {
  await guest(student);
  const child = childOf(student);
  await asleepIn(attempt, student, /read|recv|poll|select/, child);
  student.signal('SIGTERM', child);
  const expectedEnd = 'SIGTERM ends a child: its disposition is SIG_DFL again';
  const isGone = (): boolean => !student.children().some(({ pid }) => pid === child);
  const isBlocked = (): boolean => signalsOf(student, child)?.blocked.includes('SIGTERM') === true;
  // One that the signal ends is awake from then on, or has it pending: one that sleeps without it has handled it.
  const outlives = (): boolean =>
    sleepsIn(child) !== undefined && (isBlocked() || !signalsOf(student, child)?.pending.includes('SIGTERM'));
  await attempt.until(expectedEnd, () => !student.alive || isGone() || outlives());
  attempt.expect(isGone() || !student.alive, {
    expected: expectedEnd,
    seen: `the child goes on: ${isBlocked() ? 'SIGTERM is blocked in it' : "the server's handler has run in it"}`,
    see: 'fork(2), sigaction(2), sigprocmask(2): handlers and the mask are inherited',
  });
  const expected = 'SIGTERM at a child does not end the server';
  await whileItLives(attempt, student, expected, () => guest(student, 'next\n'), 'fork(2): pipes are shared');
  attempt.good(expected);
}

export const lab: Lab = {
  number: '09',
  name: 'handler-hygiene',
  title: 'Handler hygiene: errno, masks, what may be called, the self-pipe',
  source: 'signal-safety(7); sigaction(2); APUE 10; "The self-pipe trick"',
  file: 'hygiene.ts',
  tests: [
    { name: 'works', what: 'it echoes, reaps, and reports', points: 1, run: withLog(works) },
    { name: 'errno', what: 'a handler leaves errno as it was', points: 2, run: withLog(errnoIsKept) },
    {
      name: 'mask',
      what: 'a report lists what it counts, though a child ends meanwhile',
      points: 2,
      run: withLog(reportIsWhole),
    },
    { name: 'self-pipe', what: 'SIGTERM just before poll is not lost', points: 2, run: withLog(wakeUpIsKept) },
    { name: 'stops', what: 'SIGTERM while it sleeps in poll: status 0', points: 1, run: withLog(stops) },
    {
      name: 'child',
      what: 'SIGTERM at a child ends the child, and not the server',
      points: 2,
      run: withLog(childIsItsOwn),
    },
  ],
};
