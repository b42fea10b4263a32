import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf, findProcess } from '../../observe/processes';
import { signalStudent } from '../containment/sweep';
import type { Attempt, Lab } from '../lab';
import { KEYS } from '../terminal';
import { begin, type ShellSession, statesInWords } from './shell-session';

const SLEEPERS = 'sleep 61 | sleep 62';

/** A pipeline of two in the foreground. */
async function startSleepers(session: ShellSession): Promise<number[]> {
  await session.type(SLEEPERS);
  return session.running('sleep', 2);
}

function expectShown(attempt: Attempt, shown: string, wanted: RegExp, expected: string, see?: string): void {
  attempt.expect(wanted.test(shown), { expected, seen: JSON.stringify(shown), ...(see === undefined ? {} : { see }) });
}

/** Starts a job in the background. @returns its process; undefined if the shell does not tell of a job */
async function inBackground(attempt: Attempt, session: ShellSession, line: string): Promise<number[] | undefined> {
  const shown = await session.command(line);
  const [, group] = /^\[1\] (\d+)$/m.exec(shown) ?? [];
  const expected = `${line}: "[1] PGID", and the prompt`;
  attempt.expect(group !== undefined, { expected, seen: JSON.stringify(shown), see: 'setpgid(2)' });
  if (group === undefined) return undefined;
  const pids = await session.running('sleep', 1);
  const real = session.groupOf(pids[0] ?? 0);
  attempt.expect(Number(group) === real, {
    expected: `its process group is ${real}`,
    seen: `[1] ${group}`,
    see: 'setpgid(2)',
  });
  return pids;
}

export const lab: Lab = {
  number: '14',
  name: 'shell',
  title: 'A shell with job control',
  source: 'APUE 9; GNU C Library, "Implementing a Job Control Shell"; TLPI 34',
  file: 'shell.ts',
  tests: [
    {
      name: 'pipelines',
      what: 'the commands of a pipeline run at the same time, and all are reaped',
      points: 2,
      async run(attempt) {
        const session = await begin(attempt);
        const shown = await session.command('echo one two | tr a-z A-Z | cat');
        expectShown(attempt, shown, /^ONE TWO\n$/, 'echo one two | tr a-z A-Z | cat: "ONE TWO"', 'pipe(2), dup2(2)');
        const complaint = await session.command('yes | head -1 > file');
        attempt.expect(complaint === '', {
          expected: '`yes` is ended by SIGPIPE when head has ended',
          seen: JSON.stringify(complaint),
          see: 'signal(7), SIGPIPE; execve(2): ignored signals stay ignored',
        });
        const file = join(attempt.directory, 'file');
        const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
        const seen = text === undefined ? 'no file' : JSON.stringify(text);
        attempt.expect(text === 'y\n', { expected: 'yes | head -1 > file: "y"', seen, see: 'open(2), dup2(2)' });
        const missing = await session.command('no-such-program | cat');
        expectShown(attempt, missing, /no-such-program/, 'a program that is not there is complained of', 'execvp(3)');
        const left = childrenOf(session.pid).length;
        attempt.expect(left === 0, { expected: 'all are reaped', seen: `${left} are left`, see: 'waitpid(2)' });
      },
    },
    {
      name: 'ctrl-c',
      what: 'a job has a process group of its own, and the terminal; Ctrl-C ends it, and not the shell',
      points: 2,
      async run(attempt) {
        const session = await begin(attempt);
        const pids = await startSleepers(session);
        const groups = [...new Set(pids.map((pid) => session.groupOf(pid)))];
        const [group = 0] = groups;
        const isOwn = groups.length === 1 && group !== session.groupOf(session.pid);
        attempt.expect(isOwn, {
          expected: 'both are in one process group, and the shell is not',
          seen: `groups ${groups.join(' and ')}; the shell is in ${session.groupOf(session.pid)}`,
          see: 'setpgid(2), APUE 9.4',
        });
        if (!isOwn) return;
        const ignored = session.ignoredBy(pids);
        attempt.expect(ignored.length === 0, {
          expected: 'the commands ignore none of the signals that the shell ignores',
          seen: `they ignore ${ignored.join(', ')}`,
          see: 'execve(2): ignored signals stay ignored',
        });
        await session.foregroundIs(group, "the terminal is the job's");
        await session.press('Ctrl-C');
        await session.gone(pids, 'Ctrl-C');
        await session.foregroundIs(session.groupOf(session.pid), "the terminal is the shell's again");
        expectShown(attempt, await session.command('echo still here'), /^still here\n$/, 'the shell goes on');
      },
    },
    {
      name: 'ctrl-z',
      what: 'Ctrl-Z stops a job; jobs, bg and fg',
      points: 3,
      async run(attempt) {
        const session = await begin(attempt);
        const pids = await startSleepers(session);
        await session.press('Ctrl-Z');
        await session.states(pids, 'stopped', 'Ctrl-Z stops both');
        await session.foregroundIs(session.groupOf(session.pid), "the terminal is the shell's again");
        const line = /\[1\].*stopped.*sleep 61 \| sleep 62/i;
        expectShown(
          attempt,
          await session.command('jobs'),
          line,
          'jobs: "[1] stopped …: sleep 61 | sleep 62"',
          'WUNTRACED',
        );
        await session.command('bg');
        await session.states(pids, 'sleeping', 'bg: both go on');
        await session.foregroundIs(session.groupOf(session.pid), "the terminal stays the shell's");
        const running = /\[1\].*running.*sleep 61 \| sleep 62/i;
        expectShown(attempt, await session.command('jobs'), running, 'jobs: "[1] running: sleep 61 | sleep 62"');
        await session.type('fg');
        await session.foregroundIs(session.groupOf(pids[0] ?? 0), "fg: the terminal is the job's");
        await session.press('Ctrl-C');
        await session.gone(pids, 'fg and Ctrl-C');
      },
    },
    {
      name: 'background',
      what: 'a job in the background does not keep the prompt, gets no key, and is reaped',
      points: 2,
      async run(attempt) {
        const session = await begin(attempt);
        const pids = await inBackground(attempt, session, 'sleep 61 &');
        if (pids === undefined) return;
        await session.foregroundIs(session.groupOf(session.pid), "the terminal stays the shell's");
        session.terminal.type(`${KEYS['Ctrl-C']}echo after\n`);
        await session.shows('after\n', 'what is typed after Ctrl-C');
        await session.prompt('Ctrl-C and a line');
        await session.states(pids, 'sleeping', 'Ctrl-C does not reach it');
        for (const pid of pids) signalStudent(pid, 'SIGTERM');
        await attempt.until('it ends', () => pids.every((pid) => (findProcess(pid)?.state ?? 'zombie') === 'zombie'));
        await session.command('echo');
        attempt.expect(
          pids.every((pid) => findProcess(pid) === undefined),
          {
            expected: 'it is reaped before the next prompt',
            seen: statesInWords(pids),
            see: 'waitpid(2), WNOHANG',
          },
        );
        await session.command('cat &');
        const see = 'APUE 9.8, SIGTTIN';
        await session.states(
          await session.running('cat', 1),
          'stopped',
          '`cat &`, which reads from the terminal, is stopped',
          see,
        );
      },
    },
    {
      name: 'exit',
      what: 'at the end of file the shell ends its jobs, stopped ones too, and exits with status 0',
      points: 1,
      async run(attempt) {
        const session = await begin(attempt);
        if ((await inBackground(attempt, session, 'sleep 61 &')) === undefined) return;
        await session.type('sleep 62');
        const pids = await session.running('sleep', 2);
        await session.press('Ctrl-Z');
        session.terminal.type(KEYS['Ctrl-D']);
        const { status, signal } = await attempt.within('the shell exits at Ctrl-D', session.student.ended());
        const seen = signal === null ? `status ${status}` : `killed by ${signal}`;
        attempt.expect(status === 0, { expected: 'it exits with status 0', seen, see: 'exit(3)' });
        await session.gone(pids, 'the end of the shell');
      },
    },
  ],
};
