import { ifStillThere, procNumbers, procText } from '../observe/linux/proc';
import { findProcess } from '../observe/processes';

function isServe(pid: number): boolean {
  const argv = ifStillThere(() => procText(`${pid}/cmdline`))?.split('\0') ?? [];
  return argv.some((word, index) => /(^|\/)(realfork|cli\/main\.js)$/.test(word) && argv[index + 1] === 'serve');
}

/** The `realfork serve` that run on this machine, without their children. None where there is no /proc. */
export function runningServers(): number[] {
  if (process.platform !== 'linux') return [];
  const found = (procNumbers('') ?? []).filter(isServe);
  return found.filter((pid) => !found.includes(findProcess(pid)?.ppid ?? 0));
}
