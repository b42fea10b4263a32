import {
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIG_SETMASK,
  SIGCHLD,
  SIGHUP,
  SIGINT,
  SIGPIPE,
  SIGTERM,
  SIGTTOU,
  SIGUSR1,
  SIGXFSZ,
} from '../../constants';
import { forgetSignalListeners, IGNORED_BY_NODE, listenedSignals } from '../../fork/listeners';
import { native } from '../../native';
import { orThrow } from '../../posix/or-throw';
import type { OldSignalAction } from '../../types';
import type { System } from './surroundings';

/** What the server hears of by signals. They are blocked, but for the time that it waits in ppoll. */
const HEARD: readonly number[] = [SIGCHLD, SIGHUP, SIGTERM, SIGINT];

/**
 * What would end or stop it, and is nothing to it. SIGUSR1 opens Node's debugger; SIGPIPE and SIGXFSZ come with a log that
 * cannot be written; SIGTTOU stops a job in the background that writes to its terminal (stty tostop).
 */
export const IGNORED: readonly number[] = [SIGUSR1, SIGPIPE, SIGXFSZ, SIGTTOU];

/** Besides those that are heard: in a child it does what it does in a program that has just started. */
const DEFAULT_IN_CHILD: readonly number[] = [SIGUSR1];

/** What signals do in a child: what the system does, or what they did in the program before run(). */
export type ChildSignals = 'default' | 'inherit';

/**
 * The signals of a server while it runs. Blocked first, then handled: a signal waits until ppoll lets it in. So none comes
 * between the look at what has come and the wait, and no child is reaped between fork and the note of its pid.
 */
export class TakenSignals {
  private readonly noted = new Set<number>();
  private oldActions = new Map<number, OldSignalAction>();
  private oldMask: readonly number[] = [];
  /** By default these take their default action in a child. Undefined: the program has handlers that are to come back. */
  private defaultInChild: readonly number[] | undefined;
  /** The process that has taken them; 0: none. */
  private server = 0;
  /** There they were given back, and this is no server any more. */
  private isInChild = false;
  private readonly handler = (signo: number): void => this.note(signo);

  private readonly heard: readonly number[];

  /** @param more what this server hears of besides */
  constructor(
    private readonly system: System,
    more: readonly number[],
  ) {
    this.heard = [...HEARD, ...more];
  }

  take(): void {
    const { posix } = this.system;
    this.server = native.getpid();
    this.oldMask = posix.sigprocmask(SIG_BLOCK, this.heard);
    for (const signo of this.heard) this.oldActions.set(signo, posix.sigaction(signo, { handler: this.handler }));
    this.ignore();
    this.defaultInChild = this.withoutHandlers();
  }

  /** For what the server ignores the program may have had handlers. */
  private withoutHandlers(): number[] | undefined {
    const ignored = IGNORED.filter((signo) => !DEFAULT_IN_CHILD.includes(signo));
    const handlerOf = (signo: number): unknown => this.oldActions.get(signo)?.handler;
    if (ignored.some((signo) => typeof handlerOf(signo) !== 'number')) return undefined;
    return [...this.heard, ...DEFAULT_IN_CHILD, ...ignored.filter((signo) => handlerOf(signo) === SIG_DFL)];
  }

  /** What is nothing to it, and would be something to Node: from the time on at which it listens. */
  ignore(): void {
    for (const signo of IGNORED) {
      if (!this.oldActions.has(signo)) this.oldActions.set(signo, this.system.posix.sigaction(signo, SIG_IGN));
    }
  }

  /** The server at its end is a program as before. */
  giveBack(): void {
    if (this.isInChild) return;
    const { posix } = this.system;
    for (const [signo, action] of this.oldActions) posix.sigaction(signo, action);
    this.oldActions.clear();
    if (this.server === 0) return;
    this.server = 0;
    posix.sigprocmask(SIG_SETMASK, this.oldMask);
  }

  /**
   * A child blocks what the program blocks. Listeners of the program run when its event loop turns, and it does not
   * while doit blocks: so by default there are none, and a signal does what it does in a program that has just started.
   */
  giveBackInChild(how: ChildSignals): void {
    const { posix } = this.system;
    this.areGivenBack();
    const isDefault = how === 'default';
    const listened = isDefault ? forgetSignalListeners(this.system.removeListeners) : [];
    for (const signo of listened) if (IGNORED_BY_NODE.includes(signo)) posix.sigaction(signo, SIG_IGN);
    if (isDefault && this.defaultInChild !== undefined) {
      orThrow('sigaction', this.system.defaultSignals(this.defaultInChild, this.oldMask));
      return;
    }
    for (const [signo, action] of this.oldActions) {
      const toDefault = isDefault && (this.heard.includes(signo) || DEFAULT_IN_CHILD.includes(signo));
      if (!listened.includes(signo) || toDefault) posix.sigaction(signo, toDefault ? SIG_DFL : action);
    }
    posix.sigprocmask(SIG_SETMASK, this.oldMask);
  }

  /** In a child that has done so by itself. */
  areGivenBack(): void {
    this.server = 0;
    this.isInChild = true;
  }

  /**
   * What a child is to do for that where nothing of it is the program's: these signals do what they do by default, and that
   * is blocked then. Undefined: the program has listeners, or handlers of its own.
   */
  ofChild(how: ChildSignals): { readonly defaults: readonly number[]; readonly mask: readonly number[] } | undefined {
    const { defaultInChild, oldMask } = this;
    if (how !== 'default' || defaultInChild === undefined || listenedSignals().length > 0) return undefined;
    return { defaults: defaultInChild, mask: oldMask };
  }

  /** What a program that a child becomes blocks. */
  maskOfProgram(): readonly number[] {
    return this.oldMask;
  }

  /**
   * What a program that a child becomes is to find at its default action: what the server handles or ignores, and SIGPIPE
   * and SIGXFSZ, which Node ignores. An ignored signal stays so in the next program; a handler does not. execve(2)
   */
  defaultsOfProgram(): number[] {
    const asBefore = [...this.oldActions].filter(([, { handler }]) => handler !== SIG_IGN).map(([signo]) => signo);
    return [...new Set([...this.heard, ...DEFAULT_IN_CHILD, ...IGNORED_BY_NODE, ...asBefore])];
  }

  /**
   * Runs code of the program with the program's own mask, and without the server's handler for SIGCHLD: child_process, in
   * it, waits for that signal with a handler of libuv's, and a child of the server's may end at any time.
   */
  asProgram<Result>(run: () => Result): Result {
    if (this.server === 0) return run();
    const { posix } = this.system;
    posix.sigaction(SIGCHLD, this.ofNode(SIGCHLD));
    posix.sigprocmask(SIG_SETMASK, this.oldMask);
    try {
      return run();
    } finally {
      this.oldMask = posix.sigprocmask(SIG_BLOCK, this.heard);
      posix.sigaction(SIGCHLD, { handler: this.handler });
      this.noted.add(SIGCHLD); // one may have ended meanwhile
    }
  }

  /**
   * The program's own action where it is libuv's, which has children of the program to watch; otherwise the default: a
   * handler of the program might reap the server's children, and SIG_IGN would have the kernel do so.
   */
  private ofNode(signo: number): OldSignalAction | typeof SIG_DFL {
    const action = this.oldActions.get(signo);
    return action !== undefined && typeof action.handler === 'object' ? action : SIG_DFL;
  }

  /** Whether it has come since this was asked last. */
  hasCome(signo: number): boolean {
    return this.noted.delete(signo);
  }

  /** Whether any has come that hasCome was not asked for since. */
  haveCome(): boolean {
    return this.noted.size > 0;
  }

  /**
   * Lets in what has come, where ppoll did not: it lets no signal in if a client is there. Nor does a second one that has
   * no time to wait, on FreeBSD 15 (kern_poll_kfds; TDA_PSELECT comes before TDA_SIG). Mostly none has come, and to ask for
   * that is one call: a mask is a look at each thread.
   * @returns whether any has come
   */
  letIn(): boolean {
    const { posix } = this.system;
    const pending = posix.sigpending();
    if (!this.heard.some((signo) => pending.includes(signo))) return false;
    const before = posix.sigprocmask(SIG_SETMASK, this.maskInPoll());
    posix.sigprocmask(SIG_SETMASK, before);
    return this.haveCome();
  }

  /** What is blocked while the server waits. */
  maskInPoll(): number[] {
    return this.oldMask.filter((signo) => !this.heard.includes(signo));
  }

  /** What is sent to a child before it has its own dispositions (hooks may run in it first) is for it, not for the server. */
  private note(signo: number): void {
    if (native.getpid() === this.server) {
      this.noted.add(signo);
      return;
    }
    this.system.posix.sigaction(signo, SIG_DFL);
    this.system.posix.raise(signo); // blocked while this handler runs: delivered when it ends
  }
}
