import { signalName } from '../describe';
import { WCOREDUMP, WEXITSTATUS, WIFEXITED, WTERMSIG } from '../wait-status';

/** A child has ended by itself, without a result: it called process.exit(), or had nothing left to do. */
export class ChildExited extends Error {
  override readonly name = 'ChildExited';
  readonly code = 'ERR_CHILD_EXITED';
  /** What it gave to exit(3): 0 to 255. */
  readonly status: number;
  readonly pid: number;

  constructor(pid: number, status: number) {
    super(`child ${pid} exited with status ${status} and gave no result${status === UNSETTLED ? WHY_UNSETTLED : ''}`);
    this.pid = pid;
    this.status = status;
  }
}

/** A signal has ended a child before it had a result. */
export class ChildKilled extends Error {
  override readonly name = 'ChildKilled';
  readonly code = 'ERR_CHILD_KILLED';
  /** "SIGKILL": what the kernel sends where memory is short, too. */
  readonly signal: string;
  readonly coreDumped: boolean;
  readonly pid: number;

  constructor(pid: number, signal: string, coreDumped: boolean) {
    super(`child ${pid} was killed by ${signal}${coreDumped ? ' (core dumped)' : ''} and gave no result`);
    this.pid = pid;
    this.signal = signal;
    this.coreDumped = coreDumped;
  }
}

/** The status of a child whose event loop is empty while its function has not settled: as Node's own of a top-level await. */
export const UNSETTLED = 13;
const WHY_UNSETTLED = ': its event loop had nothing left to do, and its function was not done';

/** What has become of a child that gave no result. @param status of waitpid(2) */
export function errorOfStatus(pid: number, status: number): ChildExited | ChildKilled {
  return WIFEXITED(status)
    ? new ChildExited(pid, WEXITSTATUS(status))
    : new ChildKilled(pid, signalName(WTERMSIG(status)), WCOREDUMP(status));
}
