/**
 * The one place where this package's own commands, experiments, graders and servers signal a process. kill(2) takes
 * numbers that mean many: 0 is the caller's process group, -1 whoever the user may signal, which is what a fork that failed
 * gives. Hence a type that only a check can make.
 */

declare const checked: unique symbol;

/** A process, and no other thing that kill(2) takes: a whole number above 1. It may have ended. */
export type Pid = number & { readonly [checked]: 'Pid' };

/** pid_t has 32 bits. */
const LARGEST = 2 ** 31 - 1;

export function isPid(value: unknown): value is Pid {
  return typeof value === 'number' && Number.isInteger(value) && value > 1 && value <= LARGEST;
}

/**
 * @param whose for the message: "the child of the server"
 * @throws RangeError ERR_OUT_OF_RANGE it is none: -1 of a fork that failed, 0, 1, undefined of a program that was not started
 */
export function pidOf(value: unknown, whose: string): Pid {
  if (isPid(value)) return value;
  throw Object.assign(
    new RangeError(`The pid of ${whose} must be a whole number from 2 to ${LARGEST}. Received ${String(value)}`),
    { code: 'ERR_OUT_OF_RANGE' },
  );
}

type Signal = NodeJS.Signals | number;

function ifThere(signal: () => void): boolean {
  try {
    signal();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** @throws Error ESRCH it has ended and was reaped, EPERM. kill(2) */
export function signalProcess(pid: Pid, signal: Signal): void {
  process.kill(pid, signal);
}

/** @returns false: there is no such process, not even a zombie. @throws Error EPERM */
export function signalIfThere(pid: Pid, signal: Signal): boolean {
  return ifThere(() => signalProcess(pid, signal));
}

/**
 * Signals a process group, by the number of the process that leads it or has led it. Signal 0 only looks.
 * @returns false: there is nobody in it. @throws Error EPERM
 */
export function signalGroupIfThere(leader: Pid, signal: Signal): boolean {
  return ifThere(() => process.kill(-leader, signal));
}

/** This process alone, whichever number it has: in a container it may be 1. */
export function signalSelf(signal: Signal): void {
  process.kill(process.pid, signal);
}

/** The calls with which a server signals its children: the real ones, traced ones, or those of a test's script. */
interface KillCall<Result> {
  kill(pid: number, signo: number): Result;
}

/** @returns what the call gives */
export function killProcess<Result>(calls: KillCall<Result>, pid: Pid, signo: number): Result {
  return calls.kill(pid, signo);
}

/** The same for a process group, by the number of the process that leads it or has led it. */
export function killGroup<Result>(calls: KillCall<Result>, leader: Pid, signo: number): Result {
  return calls.kill(-leader, signo);
}
