import {
  EINTR,
  SIG_BLOCK,
  SIG_SETMASK,
  SIGCHLD,
  SIGINT,
  SIGKILL,
  SIGTERM,
  STDOUT_FILENO,
  WNOHANG,
} from '../../constants';
import { describeStatus } from '../../describe';
import { strerror } from '../../errno';
import { isPid, killProcess, type Pid, pidOf } from '../../signalling';
import type { OldSignalAction, PollRequest, PollResult, Timespec, WaitResult } from '../../types';
import type { Unp } from '../../unp/wrappers';
import type { RaiseOomScore } from '../oom-score';

/** One start of a child. */
export interface Beginning {
  /** What the child does. It may return: the child ends then. */
  readonly child: () => void;
  /** What the parent does besides, once there is the child. */
  readonly parent?: () => void;
  /** There is no child: fork failed. */
  readonly abandoned?: () => void;
}

/** What the children of a server are for. */
export interface Calling {
  readonly children: number;
  readonly raiseOomScore?: RaiseOomScore | undefined;
  /** In each child: it would wait for clients for ever, if the server were killed. */
  readonly dieWithServer?: (() => void) | undefined;
  /** Called before each fork, with the child's place: 0 to children - 1. */
  readonly begin: (place: number) => Beginning;
  /** Called when the child that had this place has been waited for. */
  readonly died?: (place: number, pid: number) => void;
}

interface Child {
  readonly place: number;
  /** Milliseconds, as performance.now() has them. */
  readonly born: number;
}

/**
 * The parent's signals. They are blocked but where it waits for them: none is lost between a look and a wait (APUE
 * 10.16), and none finds a child that is forked and not yet known.
 */
const SIGNALS: readonly number[] = [SIGCHLD, SIGINT, SIGTERM];
/**
 * A child that has not lived so long is replaced only then, or what ends every child at once would be a storm of forks.
 * Milliseconds.
 */
const SHORT_LIFE = 1000;
/** After SIGTERM, until SIGKILL. Milliseconds. */
const GRACE = 1000;

function timespec(milliseconds: number): Timespec {
  const whole = Math.max(0, Math.ceil(milliseconds));
  return { tv_sec: Math.trunc(whole / 1000), tv_nsec: (whole % 1000) * 1e6 };
}

/**
 * Children that are forked once and stay. Stevens' servers run on without one that dies, and end with fewer and fewer;
 * here another takes its place, and one line says so. SIGINT and SIGTERM end all of them, and the server.
 */
export class Brood {
  private readonly children = new Map<Pid, Child>();
  /** Places whose child has died: when there is to be another. */
  private readonly vacant = new Map<number, number>();
  private readonly maskBefore: readonly number[];
  private readonly maskWaiting: readonly number[];
  private readonly actionsBefore: readonly (readonly [number, OldSignalAction])[];
  private hasDied = false;
  private mustEnd = false;

  constructor(
    private readonly unp: Unp,
    private readonly calling: Calling,
  ) {
    const { Sigprocmask, Sigaction } = unp;
    this.maskBefore = Sigprocmask(SIG_BLOCK, SIGNALS);
    this.maskWaiting = this.maskBefore.filter((signo) => !SIGNALS.includes(signo));
    const handler = (signo: number): void => {
      if (signo === SIGCHLD) this.hasDied = true;
      else this.mustEnd = true;
    };
    this.actionsBefore = SIGNALS.map((signo) => [signo, Sigaction(signo, { handler, mask: SIGNALS, flags: 0 })]);
    this.endWithTheParent();
    for (let place = 0; place < calling.children; ++place) {
      const why = this.start(place);
      if (why !== undefined) unp.err_quit(`fork error: ${why}`);
    }
  }

  /**
   * Until a descriptor is ready or a signal came. Does not return where the signal says that the server is to end.
   * Call it again and again: it is also what replaces children.
   * @param requests is asked when the children are as they will be during the wait
   */
  wait(requests: () => readonly PollRequest[] = () => []): readonly PollResult[] {
    this.tend();
    const fds = requests();
    const due = Math.min(...this.vacant.values());
    const ready = this.pollWithSignals(fds, Number.isFinite(due) ? due - performance.now() : undefined);
    // ppoll lets no signal in where a descriptor is ready: a parent that is never idle would not hear SIGTERM. Nor does one
    // that has no time to wait, on FreeBSD 15.
    if (ready.length > 0) this.letSignalsIn();
    if (this.mustEnd) {
      this.end();
      this.unp.exit(0);
    }
    return ready;
  }

  private pollWithSignals(fds: readonly PollRequest[], milliseconds?: number): readonly PollResult[] {
    const { ppoll, errno, err_sys } = this.unp;
    const ready = ppoll(fds, milliseconds === undefined ? null : timespec(milliseconds), this.maskWaiting);
    if (ready !== -1) return ready.filter(({ revents }) => revents !== 0);
    if (errno() !== EINTR) err_sys('ppoll error');
    return [];
  }

  private letSignalsIn(): void {
    const { Sigprocmask } = this.unp;
    Sigprocmask(SIG_SETMASK, Sigprocmask(SIG_SETMASK, this.maskWaiting));
  }

  /** Waits for what has died, and fills the places that it is time for. */
  private tend(): void {
    if (this.hasDied) {
      this.hasDied = false;
      const { waitpid } = this.unp;
      for (let ended = waitpid(-1, WNOHANG); ended.pid > 0; ended = waitpid(-1, WNOHANG)) this.mourn(ended);
    }
    for (const [place, due] of this.vacant) {
      if (performance.now() < due) continue;
      this.vacant.delete(place);
      const why = this.start(place);
      if (why === undefined) continue;
      this.say(`fork error: ${why}; tried again in a second`);
      this.vacant.set(place, performance.now() + SHORT_LIFE);
    }
  }

  private mourn({ pid, status }: WaitResult): void {
    if (!isPid(pid)) return;
    const child = this.children.get(pid);
    if (child === undefined) return; // of somebody else: of what was this process before exec
    this.children.delete(pid);
    this.calling.died?.(child.place, pid);
    this.say(`child ${pid} ${describeStatus(status)}: another takes its place`);
    this.vacant.set(child.place, child.born + SHORT_LIFE);
  }

  /** @returns why there is no child; undefined: there is one */
  private start(place: number): string | undefined {
    const { errno, Sigaction, Sigprocmask, exit } = this.unp;
    const { child, parent, abandoned } = this.calling.begin(place);
    const pid = this.fork();
    if (typeof pid === 'string' || pid === -1) {
      abandoned?.();
      return typeof pid === 'string' ? pid : strerror(errno());
    }
    if (pid === 0) {
      for (const [signo, action] of this.actionsBefore) Sigaction(signo, action);
      this.calling.raiseOomScore?.();
      this.calling.dieWithServer?.();
      Sigprocmask(SIG_SETMASK, this.maskBefore); /* what came since fork comes now */
      child();
      exit(0);
    }
    this.children.set(pidOf(pid, 'a child of the server'), { place, born: performance.now() });
    parent?.();
    return undefined;
  }

  /** @returns why the package refuses it: SIGUSR1 has opened Node's debugger, say. That may pass, as EAGAIN does. */
  private fork(): number | string {
    try {
      return this.unp.fork();
    } catch (error) {
      if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'fork') throw error;
      return error.message;
    }
  }

  /** SIGTERM to all, SIGKILL to those that do not end of it; none is left. Figure 30.10 waits for ever. */
  private end(): void {
    const { waitpid } = this.unp;
    for (const pid of this.children.keys()) killProcess(this.unp, pid, SIGTERM);
    const deadline = performance.now() + GRACE;
    while (this.children.size > 0 && performance.now() < deadline) {
      const { pid } = waitpid(-1, WNOHANG);
      if (pid === -1) return; /* ECHILD */
      if (isPid(pid)) this.children.delete(pid);
      else this.pollWithSignals([], deadline - performance.now());
    }
    for (const pid of this.children.keys()) {
      killProcess(this.unp, pid, SIGKILL);
      waitpid(pid);
    }
    this.children.clear();
  }

  /** A wrapper that fails in the parent exits: children must not go on without it. */
  private endWithTheParent(): void {
    const owner = process.pid;
    process.once('exit', () => {
      if (process.pid === owner) this.end();
    });
  }

  private say(line: string): void {
    this.unp.Writen(STDOUT_FILENO, `${line}\n`);
  }
}
