import { ifStillThere, procText } from '../../observe/linux/proc';

/** Who traces a process; undefined if nobody does, or if it has ended. proc_pid_status(5) */
export function tracerOf(pid: number): number | undefined {
  const status = ifStillThere(() => procText(`${pid}/status`)) ?? '';
  const tracer = Number(/^TracerPid:\t(\d+)$/m.exec(status)?.[1] ?? 0);
  return tracer === 0 ? undefined : tracer;
}
