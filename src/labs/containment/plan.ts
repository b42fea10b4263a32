import type { User } from './user';

/** What the grader asks of a warden, and what a warden tells: lines of JSON on one socket. */

/** Limits of the student's program, and of each process that it makes. setrlimit(2) */
export interface Limits {
  /** RLIMIT_CPU. */
  readonly cpuSeconds: number;
  /** RLIMIT_NOFILE. */
  readonly descriptors: number;
  /** RLIMIT_FSIZE, bytes. */
  readonly fileSize: number;
  /** How many processes there may be at a time. */
  readonly processes: number;
}

export const LIMITS: Limits = { cpuSeconds: 60, descriptors: 1024, fileSize: 64 << 20, processes: 256 };

export interface Plan {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where the program runs. */
  readonly directory: string;
  /** The directory around that one. Removed by the warden if the grader has ended. */
  readonly around: string;
  readonly limits: Limits;
  /** Whom the program runs as; as the grader if not said. */
  readonly user: User | undefined;
  /** Cgroups of its own: their directories. */
  readonly cgroups: readonly string[];
  /** Its standard input is a terminal, which becomes that of its session. */
  readonly hasTerminal: boolean;
  /** It is given the descriptor for events; otherwise 3 is its own to use. */
  readonly hasEvents: boolean;
}

/** Descriptors of the warden: 0 to 2 become the program's, and so does 3, for events, where the plan says so. */
export const EVENTS = 3;
export const CONTROL = 4;

/** What the grader says when it wants the program ended; that the socket is closed says that the grader has ended. */
export const STOP = 'stop';

export type Report =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'ended'; readonly status: number | null; readonly signal: NodeJS.Signals | null }
  /** The program has more processes than it may have. */
  | { readonly kind: 'too many processes'; readonly count: number }
  /** The program has come between the grader and its results: ptrace(2). */
  | { readonly kind: 'grader traced'; readonly by: number }
  /** The warden met what it did not expect. */
  | { readonly kind: 'failed'; readonly why: string }
  /** What could not be ended. */
  | { readonly kind: 'left'; readonly pids: readonly number[] };

/** By the kind of a report, what it has: a program that has stolen the warden's socket may write anything to it. pidfd_getfd(2) */
const FIELDS: Readonly<Record<string, (report: Readonly<Record<string, unknown>>) => boolean>> = {
  started: ({ pid }) => isCount(pid),
  ended: ({ status, signal }) =>
    (isCount(status) && signal === null) || (status === null && typeof signal === 'string'),
  'too many processes': ({ count }) => isCount(count),
  'grader traced': ({ by }) => isCount(by),
  failed: ({ why }) => typeof why === 'string',
  left: ({ pids }) => Array.isArray(pids) && pids.every(isCount),
};

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

function isReport(value: unknown): value is Report {
  const report = Object(value) as Readonly<Record<string, unknown>>;
  const { kind } = report;
  return typeof kind === 'string' && Object.hasOwn(FIELDS, kind) && FIELDS[kind]?.(report) === true;
}

/** Undefined if no warden has written it. */
export function readReport(line: string): Report | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isReport(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
