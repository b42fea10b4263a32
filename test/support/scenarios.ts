import { writeSync } from 'node:fs';
import {
  _exit,
  describeStatus,
  fork,
  getpid,
  getrlimit,
  pipe,
  RLIMIT_CORE,
  read,
  STDERR_FILENO,
  STDOUT_FILENO,
  SyscallError,
  setrlimit,
  WNOHANG,
  waitpid,
  write,
} from 'realfork';
import { isErrno } from './errors';

/** What programs under test are made of: a table of scenarios, each told by its name on the command line. */

type Scenario = (...args: string[]) => void | Promise<void>;

/** What the scenario observed: one line of JSON, in one write, so that the lines of several processes do not mix. */
export function report(value: unknown): void {
  writeSync(STDOUT_FILENO, `${JSON.stringify(value)}\n`);
}

function childrenLeft(): string | undefined {
  try {
    const { pid, status } = waitpid(-1, WNOHANG);
    return pid === 0 ? 'a child that still runs' : `zombie ${pid} (${describeStatus(status)})`;
  } catch (error) {
    if (isErrno(error, 'ECHILD')) return undefined;
    throw error;
  }
}

let childrenMayStay = false;

/** For a scenario whose children are to outlive it. */
export function letChildrenBe(): void {
  childrenMayStay = true;
}

/** Runs the scenario that the command line names. A child that it leaves unreaped is a failure. */
export function scenarios(table: Readonly<Record<string, Scenario>>): void {
  setrlimit(RLIMIT_CORE, { ...getrlimit(RLIMIT_CORE), rlim_cur: 0 });
  const [name = '', ...args] = process.argv.slice(2);
  const scenario = table[name];
  if (scenario === undefined) throw new Error(`no scenario ${JSON.stringify(name)}`);
  const main = getpid();
  const result = scenario(...args);
  const end = (): void => {
    const left = getpid() === main && !childrenMayStay ? childrenLeft() : undefined;
    if (left !== undefined) throw new Error(`the scenario left ${left}`);
  };
  if (result === undefined) end();
  else void result.then(end);
}

/** Forks a child that runs `body` and nothing else. @returns its pid */
export function inChild(body: () => void): number {
  const pid = fork();
  if (pid !== 0) return pid;
  try {
    body();
    return _exit(0);
  } catch (error) {
    writeSync(STDERR_FILENO, `in a child: ${error instanceof Error ? error.stack : String(error)}\n`);
    return _exit(70);
  }
}

/** Calls again what a signal interrupted. */
export function again<Result>(call: () => Result): Result {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof SyscallError && error.code === 'EINTR')) throw error;
    }
  }
}

/** Reaps a child. @returns "exited 0", "killed by SIGKILL" */
export function reap(pid: number): string {
  return describeStatus(again(() => waitpid(pid)).status);
}

/** Word from one process to another, over a pipe that fork shares. */
export class Word {
  readonly readfd: number;
  readonly writefd: number;

  constructor() {
    [this.readfd, this.writefd] = pipe();
  }

  send(): void {
    again(() => write(this.writefd, '.'));
  }

  /** Without a call of the package: no handler runs here. */
  sendQuietly(): void {
    writeSync(this.writefd, '.');
  }

  await(): void {
    again(() => read(this.readfd, new Uint8Array(1)));
  }
}
