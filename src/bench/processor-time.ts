import { ifStillThere, procText, TICKS_PER_SECOND } from '../observe/linux/proc';
import { allProcesses } from '../observe/processes';
import { withDescendants } from '../observe/tree';

/** Of the fields behind the name: utime, stime, and cutime, cstime of the children that it has waited for. */
const TIMES = [11, 15] as const;

/**
 * Ticks of processor time of a process and of its reaped children, from the text of its /proc/PID/stat: "4711 (name) S …". A
 * name may hold anything, a parenthesis too. proc_pid_stat(5)
 */
export function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(...TIMES).reduce((sum, field) => sum + Number(field), 0);
}

/**
 * Seconds of processor time of a process, of all that descends from it, and of those that have been waited for. A child's time
 * is its parent's once it is reaped, so the sum loses none, if no child is just ending.
 *
 * The kernel keeps nanoseconds, for reaped children as well, and cuts them down to ticks of 10 ms only when they are read. So
 * the difference of two looks is wrong by some 10 ms in all, however many children there were: 1 % of a second. What has
 * nanoseconds to read (schedstat, the clock of a process) leaves out reaped children; getrusage(2) knows one's own only.
 */
export function processorTime(pid: number): number {
  const ticks = withDescendants(allProcesses(), [pid]).map((each) => {
    const stat = ifStillThere(() => procText(`${each.pid}/stat`));
    return stat === undefined ? 0 : ticksOf(stat);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}
