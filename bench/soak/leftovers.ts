import { readdirSync, readlinkSync } from 'node:fs';
import { ECHILD, errno, WNOHANG, waitpid } from 'realfork/c';
import { childrenOf } from '#src/observe/processes.js';
import { check } from './findings';

const DESCRIPTORS = process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd';

/** The open descriptors and what they are, where the system tells: "17 socket:[4711]". */
export function openDescriptors(): string[] {
  return readdirSync(DESCRIPTORS).flatMap((fd) => {
    try {
      return process.platform === 'linux' ? `${fd} ${readlinkSync(`${DESCRIPTORS}/${fd}`)}` : fd;
    } catch {
      return []; // the directory that was just read
    }
  });
}

/** What is there now and was not, or was and is not. */
function difference(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...after.filter((entry) => !before.includes(entry)).map((entry) => `+${entry}`),
    ...before.filter((entry) => !after.includes(entry)).map((entry) => `-${entry}`),
  ];
}

/** Children of this process, zombies among them, in words. */
function childrenLeft(): string[] {
  return childrenOf(process.pid).map(({ pid, state }) => `${pid} (${state})`);
}

/** At the end: no child, no zombie, and the descriptors that were open `before`. */
export function checkLeftovers(before: readonly string[]): void {
  const { pid } = waitpid(-1, WNOHANG);
  check(pid === -1 && errno() === ECHILD, `waitpid(-1, WNOHANG) = ${pid} at the end, expected -1 ECHILD`);
  const left = childrenLeft();
  check(left.length === 0, `children are left: ${left.join(', ')}`);
  const changed = difference(before, openDescriptors());
  check(changed.length === 0, `descriptors have changed: ${changed.join(', ')}`);
}

/** Resident memory in MB. */
export function residentMemory(): number {
  return process.memoryUsage.rss() / 1e6;
}
