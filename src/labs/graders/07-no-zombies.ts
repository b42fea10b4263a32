import type { Client } from '../client';
import { heard } from '../heard';
import type { Attempt, Lab, Student } from '../lab';
import {
  ACCEPT,
  acceptFailures,
  asleepIn,
  callsOf,
  childrenEnd,
  handlerRan,
  lastWords,
  toldOfForks,
  WAIT,
  WAITS_FOR_CLIENTS,
  whileItLives,
} from './echo-server';

const CLIENTS = 3;
const MODES = ['ignore', 'nocldwait'] as const;
type Mode = (typeof MODES)[number];

const SEE: Readonly<Record<Mode, string>> = {
  ignore: 'sigaction(2), "ignoring SIGCHLD"; wait(2), NOTES',
  nocldwait: 'sigaction(2), SA_NOCLDWAIT; wait(2), NOTES',
};

/** A client has a command run, and stays. @returns what it is told of the command's end */
async function runs(student: Student, status: number): Promise<{ client: Client; answer: string }> {
  const client = await student.client();
  client.send(`${status}\n`);
  const answer = await client.receives('\n');
  return { client, answer: answer.trim() };
}

/**
 * Clients come and go, one after another; each child has ended before the next client comes.
 * @returns what they were told of their commands
 */
async function comeAndGo(attempt: Attempt, student: Student): Promise<string[]> {
  const answers: string[] = [];
  for (let nth = 1; nth <= CLIENTS; ++nth) {
    const { client, answer } = await runs(student, nth);
    answers.push(answer);
    client.end();
    await childrenEnd(attempt, student);
  }
  return answers;
}

const ended = (mode: Mode): string => `the server lives when clients have left (${mode})`;

async function zombies(attempt: Attempt, mode: Mode): Promise<void> {
  const student = await attempt.start(['0', mode]);
  await whileItLives(
    attempt,
    student,
    ended(mode),
    async () => {
      await comeAndGo(attempt, student);
      await runs(student, 0); // whom the kernel was about to take away is gone by now
    },
    SEE[mode],
  );
  const left = student.zombies().filter(({ ppid }) => ppid === student.pid);
  attempt.expect(left.length === 0, {
    expected: `no zombies when ${CLIENTS} clients have left (${mode})`,
    seen: `${left.length} <defunct>: ${left.map(({ pid }) => pid).join(', ')}`,
    see: SEE[mode],
  });
}

/** What the kernel says of SIGCHLD in the server. */
function disposition(student: Student): string {
  const { signals } = student.observe().processes.find(({ pid }) => pid === student.pid) ?? {};
  if (signals?.ignored.includes('SIGCHLD')) return 'ignored';
  return signals?.caught.includes('SIGCHLD') ? 'caught' : 'default';
}

async function dispositions(attempt: Attempt): Promise<void> {
  for (const mode of MODES) {
    const student = await attempt.start(['0', mode]);
    await student.listening();
    await asleepIn(attempt, student, WAITS_FOR_CLIENTS);
    const expected = mode === 'ignore' ? 'ignored' : 'default';
    const seen = disposition(student);
    attempt.expect(seen === expected, {
      expected: `${mode}: SIGCHLD is ${expected === 'ignored' ? 'ignored (SIG_IGN)' : 'neither ignored nor caught (SIG_DFL)'}`,
      seen: seen === 'default' ? 'it has its default action' : `it is ${seen}`,
      see: `${SEE[mode]}; /proc/PID/status, SigIgn and SigCgt`,
    });
  }
}

/**
 * Whether it has died of an EINTR that only a traced program has. SIGCHLD with its default action is thrown away where it comes
 * from, but for a tracer: then it ends the call that the server is in. The kernel calls accept and poll again, and not epoll_wait,
 * nor an accept that has a time limit. That the server lives otherwise, other tests see. ptrace(2)
 */
function diedOfTracer(student: Student): boolean {
  const wasInterrupted = student.events.some(
    (event) => event.kind === 'call' && event.pid === student.pid && event.errno === 'EINTR',
  );
  return !student.alive && wasInterrupted && !handlerRan(student);
}

/** What sigaction is given for SIGCHLD where a server stays as it is, or only asks how it is. */
const SAME: Readonly<Record<Mode, RegExp>> = {
  ignore: /^SIGCHLD, (SIG_IGN|NULL)/,
  nocldwait: /^SIGCHLD, (NULL|SIG_DFL, .*SA_NOCLDWAIT)/,
};

/** The server's own children are to end as nobody's business at any time, also while it makes the next one. */
function expectSame(attempt: Attempt, student: Student, mode: Mode): void {
  const served = callsOf(student, [...ACCEPT, 'sigaction']);
  const accepted = served.findIndex(({ call, errno }) => call !== 'sigaction' && errno === undefined);
  const change = served
    .slice(accepted)
    .find(({ call, args }) => call === 'sigaction' && args.startsWith('SIGCHLD,') && !SAME[mode].test(args));
  attempt.expect(change === undefined, {
    expected: `${mode}: what SIGCHLD does in the server stays as it is`,
    seen: `sigaction(${change?.args}): a child of its that ends now is a zombie`,
    see: SEE[mode],
  });
}

/**
 * That a client's answer is a status that the kernel gave to whoever has waited for the command. strace tells all calls, and begins
 * with execve; a program in TypeScript tells those of this package, and may wait in Node's ways.
 */
function expectTaken(attempt: Attempt, student: Student, mode: Mode, answers: readonly string[]): void {
  if (callsOf(student, ['execve']).length === 0) return;
  const shown = student.events.flatMap((event) =>
    event.kind === 'call' && WAIT.includes(event.call) ? [event.shown.replace('CLD_EXITED', 'exited')] : [],
  );
  const isTaken = (answer: string): boolean => shown.some((one) => one.endsWith(`, ${answer}`));
  const made = answers.find((answer) => answer.startsWith('exited ') && !isTaken(answer));
  attempt.expect(made === undefined, {
    expected: `${mode}: a client is told how a command has ended`,
    seen: `it was told "${made}", and nobody has waited for a process that ended so`,
    see: 'waitpid(2)',
  });
}

async function undisturbed(attempt: Attempt): Promise<void> {
  for (const mode of MODES) {
    const student = await attempt.start(['0', mode], { events: true });
    try {
      const work = () => comeAndGo(attempt, student);
      const answers = await whileItLives(attempt, student, ended(mode), work, SEE[mode]);
      await toldOfForks(attempt, student, CLIENTS);
      await heard();
      expectTaken(attempt, student, mode, answers);
    } catch (error) {
      if (!diedOfTracer(student)) throw error;
    }
    expectSame(attempt, student, mode);
    const waits = callsOf(student, WAIT);
    attempt.expect(waits.length === 0, {
      expected: `${mode}: the server waits for no child: there is none to reap`,
      seen: `${waits[0]?.call}(${waits[0]?.args}) = ${waits[0]?.shown} ${waits[0]?.errno ?? ''}`.trim(),
      see: SEE[mode],
    });
    attempt.expect(acceptFailures(student, 'EINTR') === 0 || !handlerRan(student), {
      expected: `${mode}: accept is not interrupted: no handler runs`,
      seen: 'accept failed with EINTR',
      see: 'signal(7)',
    });
  }
}

async function statuses(attempt: Attempt, mode: Mode): Promise<void> {
  const student = await attempt.start(['0', mode]);
  for (const status of [7, 0]) {
    const { answer } = await whileItLives(attempt, student, ended(mode), () => runs(student, status), SEE[mode]);
    const isEchild = answer.includes('No child processes');
    attempt.expect(answer === `exited ${status}`, {
      expected: `a command that ends with ${status} is told of as "exited ${status}" (${mode})`,
      seen: isEchild ? `"${answer}": the child has inherited what SIGCHLD does in the server` : `"${answer}"`,
      see: 'fork(2), sigaction(2): dispositions are inherited; wait(2), ECHILD',
    });
  }
  if (student.alive) return;
  attempt.bad({ expected: ended(mode), seen: await lastWords(student) });
}

export const lab: Lab = {
  number: '07',
  name: 'no-zombies',
  title: 'SA_NOCLDWAIT and SIG_IGN: no zombies, and the price',
  source: 'wait(2); sigaction(2); Chapin, "Other Possibilities"',
  file: 'nozombies.ts',
  tests: [
    {
      name: 'ignore-zombies',
      what: 'ignore: no zombies when three clients have left',
      points: 2,
      faultyFails: true,
      run: (attempt) => zombies(attempt, 'ignore'),
    },
    {
      name: 'nocldwait-zombies',
      what: 'nocldwait: no zombies when three clients have left',
      points: 2,
      faultyFails: true,
      run: (attempt) => zombies(attempt, 'nocldwait'),
    },
    {
      name: 'disposition',
      what: 'SIGCHLD is ignored, or has its default action, as it was asked for',
      points: 1,
      run: dispositions,
    },
    {
      name: 'undisturbed',
      what: 'the server waits for nobody, SIGCHLD stays as it is, and accept does not fail with EINTR',
      points: 1,
      faultyFails: true,
      run: undisturbed,
    },
    {
      name: 'ignore-status',
      what: 'ignore: a child of the server gets the status of its command',
      points: 2,
      run: (attempt) => statuses(attempt, 'ignore'),
    },
    {
      name: 'nocldwait-status',
      what: 'nocldwait: a child of the server gets the status of its command',
      points: 2,
      run: (attempt) => statuses(attempt, 'nocldwait'),
    },
  ],
};
