import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** How long gdb may take to read the symbols of Node and walk the stacks. Milliseconds. */
const GDB_PATIENCE = 120_000;

function contents(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined; // gone, or not for us to read (stack is for root)
  }
}

/** Where each thread of a process is, as the kernel says. proc(5). Nothing where there is no /proc. */
function kernelView(pid: number): string[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [`process ${pid} is gone, or this system has no /proc`];
  }
  return threads.flatMap((thread) => {
    const at = `/proc/${pid}/task/${thread}`;
    const state = /^State:\s*(.*)$/m.exec(contents(`${at}/status`) ?? '')?.[1] ?? 'gone';
    return [
      `thread ${thread} (${contents(`${at}/comm`)}): ${state}`,
      `  wchan ${contents(`${at}/wchan`)}, syscall ${contents(`${at}/syscall`)}`,
      ...(contents(`${at}/stack`) ?? '').split('\n').map((line) => `  ${line}`),
    ];
  });
}

const run = promisify(execFile);

/** The native stacks of a process, by gdb. */
async function nativeStacks(pid: number): Promise<string> {
  const args = ['-p', String(pid), '-batch', '-nx', '-ex', 'thread apply all bt'];
  try {
    const { stdout } = await run('gdb', args, { timeout: GDB_PATIENCE });
    return stdout.trim();
  } catch (error) {
    return `no native stacks: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What a process that does not end is doing. */
export async function autopsy(pid: number): Promise<string> {
  return [...kernelView(pid), await nativeStacks(pid)].join('\n');
}

/** The processes of a process group. proc(5). Empty where there is no /proc. */
export function membersOf(group: number): number[] {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return names.map(Number).filter((pid) => {
    const stat = contents(`/proc/${pid}/stat`) ?? '';
    const [, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(processGroup) === group;
  });
}
