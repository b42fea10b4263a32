import { reportingErrors } from '../../fork/run-safely';
import type { Journal } from './journal';
import type { System } from './surroundings';
import type { TakenSignals } from './taken-signals';

/** fork for a server: it may fail and may be refused, and a child that is not whole must not go on as the server. */
export class Forker {
  /** @param inheritsHandles as fork()'s `inheritHandles` */
  constructor(
    private readonly system: System,
    private readonly journal: Journal,
    private readonly signals: TakenSignals,
    private readonly inheritsHandles: boolean,
  ) {}

  /** @returns 0 in the child; undefined: there is none, and why was told */
  fork(): number | undefined {
    const { c, hasForkHooks } = this.system;
    const fork = this.inheritsHandles ? () => c.fork() : () => c.fork({ inheritHandles: false });
    try {
      const pid = this.orEndChild(() => (hasForkHooks() ? this.withHooks(fork) : fork()));
      if (pid !== -1) return pid;
      this.journal.error('fork', c.errno());
    } catch (error) {
      this.journal.refusal('fork', error);
    }
    return undefined;
  }

  /** A child that is not whole must not go on as the server. */
  orEndChild<Forked>(fork: () => Forked): Forked {
    const { complain, exit } = this.system;
    const self = process.pid;
    try {
      return fork();
    } catch (error) {
      if (process.pid === self) throw error;
      complain('fork', error);
      return exit(1);
    }
  }

  /** Their errors are told: the event loop, in which they would be uncaught, does not turn. */
  private withHooks(fork: () => number): number {
    const tell = (error: unknown): void => this.journal.refusal('fork', error);
    return reportingErrors(tell, () => this.signals.asProgram(fork));
  }
}
