import { fstatSync } from 'node:fs';
import { AF_UNIX, SIGTERM, SOCK_CLOEXEC, SOCK_STREAM } from '../../constants';
import { SyscallError } from '../../errno';
import { killProcess, type Pid, pidOf } from '../../signalling';
import { placeInWords } from './adopting';
import type { Journal } from './journal';
import type { Listener } from './listeners';
import type { HowEnded } from './reaping';
import type { System } from './surroundings';
import { IGNORED } from './taken-signals';
import { TAKEOVER, type Takeover } from './takeover';

/** A program that has been started, and does not serve yet. */
interface Fresh {
  readonly pid: Pid;
  /** Readable when it serves. */
  readonly fd: number;
}

/**
 * A restart that loses no client, as nginx and unicorn have it: the program is started anew on the same listeners, and the
 * one that serves goes on until that serves as well. A client that connects meanwhile waits in a queue that both have.
 */
export class Restart {
  private fresh: Fresh | undefined;
  /** Serves, and is a child of this process still. */
  private successor: Pid | undefined;
  /** It has closed its end without a word. */
  private isSilent = false;

  constructor(
    private readonly system: System,
    private readonly journal: Journal,
  ) {}

  /**
   * The same command line as this process was started with: what lies at its paths now.
   * @param mask what the program blocks @param more of its environment
   */
  begin(listeners: readonly Listener[], mask: readonly number[], more: NodeJS.ProcessEnv): void {
    if (this.fresh !== undefined) {
      this.failed(`process ${this.fresh.pid} was started, and does not serve yet`);
      return;
    }
    if (process.pid === 1) {
      this.failed('process 1 cannot be replaced: when it ends, all of the container does');
      return;
    }
    const { c, posix } = this.system;
    try {
      const [fd, ready] = posix.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      try {
        const { execPath, argv0, execArgv, argv } = process;
        const handed = listeners.map((one) => ({ fd: one.fd, at: placeInWords(one.place) }));
        const takeover: Takeover = { from: process.pid, ready, inode: fstatSync(ready).ino, listeners: handed };
        const environment = { ...process.env, ...more, [TAKEOVER]: JSON.stringify(takeover) };
        const pid = posix.posix_spawn(execPath, [argv0, ...execArgv, ...argv.slice(1)], environment, {
          // To its own number: that takes FD_CLOEXEC away. posix_spawn_file_actions_adddup2(3)
          fileActions: [ready, ...handed.map((one) => one.fd)].map((own) => ({ dup2: own, to: own })),
          sigmask: mask,
          sigdefault: IGNORED, // an ignored signal stays so
        });
        this.isSilent = false;
        this.fresh = { pid: pidOf(pid, 'the new program'), fd };
      } catch (error) {
        c.close(fd);
        throw error;
      } finally {
        c.close(ready);
      }
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.failed(error.message);
    }
  }

  /** What says that the new program serves, while that is waited for. */
  get waitsFor(): readonly Fresh[] {
    return this.fresh === undefined || this.isSilent ? [] : [this.fresh];
  }

  /** That is readable. @returns the new program, if it serves */
  heard({ pid, fd }: Fresh): Pid | undefined {
    const { c } = this.system;
    this.isSilent = c.read(fd, Buffer.alloc(1)) !== 1;
    if (this.isSilent) return undefined; // what has become of it is told when it has been reaped
    c.close(fd);
    this.fresh = undefined;
    this.successor = pid;
    return pid;
  }

  /** @returns whether it was the new program that has ended */
  hasEnded(pid: number, how: HowEnded): boolean {
    if (this.successor === pid) return true; // which has served, and a third does now
    if (this.fresh?.pid !== pid) return false;
    this.system.c.close(this.fresh.fd);
    this.fresh = undefined;
    this.failed(`the new program, process ${pid}, ended with ${Object.entries(how).flat().join(' ')}`);
    return true;
  }

  /** The service is to end: so is a program that would go on with it. */
  giveUp(): void {
    if (this.fresh !== undefined) killProcess(this.system.c, this.fresh.pid, SIGTERM);
  }

  private failed(why: string): void {
    this.journal.tell({ event: 'not-restarted', why });
  }
}
