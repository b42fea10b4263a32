import { getpgid } from '../..';
import { findProcess, type ProcessState } from '../../observe/processes';
import { type Attempt, Failure, type Student } from '../lab';
import { KEYS, Terminal } from '../terminal';

const PROMPT = '$ ';
/** What a shell ignores, and Node does; a command should not. */
const NOT_FOR_COMMANDS: readonly string[] = ['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGPIPE'];

export const statesInWords = (pids: readonly number[]): string =>
  pids.map((pid) => findProcess(pid)?.state ?? 'gone').join(', ');

/** A shell in a pseudo-terminal, and who sits there. */
export class ShellSession {
  constructor(
    readonly student: Student,
    readonly terminal: Terminal,
    private readonly attempt: Attempt,
  ) {}

  get pid(): number {
    return this.student.pid;
  }

  /** Until this appears. @returns what appeared up to its end */
  async shows(wanted: string, what: string): Promise<string> {
    const { terminal } = this;
    const isStopped = (): boolean => findProcess(this.pid)?.state === 'stopped';
    await this.attempt.until(what, () => terminal.shown.includes(wanted) || terminal.isOver || isStopped());
    const text = terminal.take(wanted);
    if (text !== undefined) return text;
    const fate = isStopped() ? 'the shell itself was stopped' : 'the shell has ended';
    const see = 'signal(7): SIGTSTP, SIGTTIN, SIGTTOU';
    throw new Failure('BAD', {
      expected: what,
      seen: `${fate}; on the screen: ${JSON.stringify(terminal.shown)}`,
      see,
    });
  }

  /** @returns what appears before the next prompt */
  async prompt(after: string): Promise<string> {
    const text = await this.shows(PROMPT, `the prompt "${PROMPT}" after ${after}`);
    return text.slice(0, -PROMPT.length);
  }

  /** A line, of which the terminal's echo is taken away. */
  async type(line: string): Promise<void> {
    this.terminal.type(`${line}\n`);
    await this.shows(`${line}\n`, `the echo of ${line}`);
  }

  /** A line, and what it has the shell say before the next prompt. */
  async command(line: string): Promise<string> {
    await this.type(line);
    return this.prompt(line);
  }

  async press(key: keyof typeof KEYS): Promise<string> {
    this.terminal.type(KEYS[key]);
    return this.prompt(key);
  }

  /** The processes of the shell with this name. */
  named(name: string): number[] {
    const { processes } = this.student.observe();
    return processes.filter((process) => process.name === name && process.state !== 'zombie').map(({ pid }) => pid);
  }

  /** Until there are so many of that name, and sleep or are stopped; the shell has not shown its prompt again. */
  running(name: string, count: number): Promise<number[]> {
    const expected = count === 1 ? `a process "${name}"` : `${count} processes "${name}" at the same time`;
    return this.attempt.until(expected, () => {
      const pids = this.named(name);
      if (pids.length === count && pids.every((pid) => findProcess(pid)?.state !== 'running')) return pids;
      const { shown } = this.terminal;
      if (shown.includes(PROMPT)) throw new Failure('BAD', { expected, seen: `the prompt: ${JSON.stringify(shown)}` });
      return undefined;
    });
  }

  /** Signals of the terminal and of pipes that one of these ignores. */
  ignoredBy(pids: readonly number[]): string[] {
    const { processes } = this.student.observe();
    const some = processes.filter(({ pid }) => pids.includes(pid)).flatMap(({ signals }) => signals?.ignored ?? []);
    return NOT_FOR_COMMANDS.filter((name) => some.includes(name));
  }

  /** 0 if there is no such process. */
  groupOf(pid: number): number {
    return findProcess(pid) === undefined ? 0 : getpgid(pid);
  }

  async foregroundIs(group: number, expected: string): Promise<void> {
    await this.attempt.until(expected, () => this.terminal.foreground === group, 'tcsetpgrp(3), APUE 9.8');
    this.attempt.good(expected);
  }

  async states(pids: readonly number[], state: ProcessState, expected: string, see?: string): Promise<void> {
    await this.attempt.until(expected, () => pids.every((pid) => findProcess(pid)?.state === state), see);
    this.attempt.good(expected);
  }

  async gone(pids: readonly number[], after: string): Promise<void> {
    const expected = `all of the job has ended and is reaped after ${after}`;
    await this.attempt.until(expected, () => pids.every((pid) => findProcess(pid) === undefined), 'waitpid(2)');
    this.attempt.good(expected);
  }
}

/** The student's shell, once it has shown its prompt. */
export async function begin(attempt: Attempt): Promise<ShellSession> {
  const terminal = new Terminal();
  const session = new ShellSession(await attempt.start([], { terminal }), terminal, attempt);
  await session.prompt('the start');
  return session;
}
