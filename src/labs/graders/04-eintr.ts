import { takeDescriptors } from '../from-outside';
import type { Attempt, Lab, Student } from '../lab';
import {
  acceptFailures,
  asleepIn,
  comeAndGo,
  expectNoZombies,
  handlerRan,
  lastWords,
  toldOfForks,
  whileItLives,
} from './echo-server';

const SEE_AGAIN = 'UNP 5.9, Figure 5.12; accept(2), EINTR';
const SEE_RESTART = 'sigaction(2), SA_RESTART; UNP Figure 5.6';
const CLIENTS = 3;
/** A program that has called accept again so often after EMFILE will do so for ever. */
const SPINS = 20;

/** Starts it, has some clients come and go, and a last one served; all who left are reaped by then. */
async function outlives(attempt: Attempt, cure: string, see: string): Promise<Student> {
  const student = await attempt.start(['0', cure], { events: true });
  const expected = `the server lives when clients have left, and serves the next (${cure})`;
  const work = async () => {
    await comeAndGo(attempt, student, CLIENTS);
    await expectNoZombies(attempt, student, `when ${CLIENTS} clients have left`, 'UNP Figure 5.11; waitpid(2)');
  };
  await whileItLives(attempt, student, expected, work, see);
  attempt.good(expected);
  await toldOfForks(attempt, student, CLIENTS + 1);
  return student;
}

function expectHandler(attempt: Attempt, student: Student): void {
  const expected = 'the handler for SIGCHLD has run';
  if (handlerRan(student)) attempt.good(expected);
  else attempt.missing({ expected, seen: 'no handler has', see: 'UNP Figure 5.11; to do without one is lab 07' });
}

async function retryEintr(attempt: Attempt): Promise<void> {
  const student = await outlives(attempt, 'retry', SEE_AGAIN);
  expectHandler(attempt, student);
  attempt.expect(acceptFailures(student, 'EINTR') > 0, {
    expected: 'accept fails with EINTR, and the program calls it again',
    seen: 'accept never failed: is there an SA_RESTART where the cure is "retry"?',
    see: SEE_AGAIN,
  });
}

async function retryOtherError(attempt: Attempt): Promise<void> {
  const student = await attempt.start(['0', 'retry'], { events: true });
  await student.listening();
  await asleepIn(attempt, student, /accept/);
  takeDescriptors(student);
  await student.client();
  const expected = 'accept fails with EMFILE: "accept error: …", exit status 1';
  await attempt.until(
    expected,
    () => !student.alive || acceptFailures(student, 'EMFILE') >= SPINS,
    'accept(2), EMFILE',
  );
  if (student.alive) {
    const seen = 'accept is called again, and again, and fails each time: only EINTR is a reason to do so';
    return attempt.bad({ expected, seen, see: 'UNP Figure 5.12; realfork experiment emfile-spin' });
  }
  const { status } = await student.ended();
  attempt.expect(status === 1, { expected, seen: await lastWords(student), see: 'UNP 1.4' });
}

async function restartNoEintr(attempt: Attempt): Promise<void> {
  const student = await outlives(attempt, 'restart', SEE_RESTART);
  expectHandler(attempt, student);
  const failures = acceptFailures(student, 'EINTR');
  attempt.expect(failures === 0, {
    expected: 'the kernel calls accept again: the program sees no EINTR',
    seen: `accept failed with EINTR, ${failures} times`,
    see: SEE_RESTART,
  });
}

export const lab: Lab = {
  number: '04',
  name: 'eintr',
  title: 'EINTR: the server that dies, and two cures',
  source: 'UNP 5.9; Chapin, "Slight Complication"; signal(7)',
  file: 'eintr.ts',
  tests: [
    {
      name: 'retry-lives',
      what: 'retry: clients come and go, the server lives, and reaps',
      points: 2,
      run: async (attempt) => void (await outlives(attempt, 'retry', SEE_AGAIN)),
    },
    {
      ...{
        name: 'retry-eintr',
        what: 'retry: accept fails with EINTR, and is called again',
        points: 2,
        run: retryEintr,
      },
      notFor: { python: 'it calls accept again by itself, before a program could see EINTR (PEP 475).' },
    },
    {
      name: 'retry-other-error',
      what: 'retry: any other error of accept is still the end',
      points: 1,
      faultyFails: true,
      run: retryOtherError,
    },
    {
      name: 'restart-lives',
      what: 'restart: clients come and go, the server lives, and reaps',
      points: 2,
      run: async (attempt) => void (await outlives(attempt, 'restart', SEE_RESTART)),
    },
    { name: 'restart-no-eintr', what: 'restart: accept is not seen to fail', points: 3, run: restartNoEintr },
  ],
};
