import { readdirSync, readlinkSync } from 'node:fs';
import { childrenOf } from '#src/observe/processes.js';

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
export function difference(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...after.filter((entry) => !before.includes(entry)).map((entry) => `+${entry}`),
    ...before.filter((entry) => !after.includes(entry)).map((entry) => `-${entry}`),
  ];
}

/** Children of this process, zombies among them, in words. */
export function childrenLeft(): string[] {
  return childrenOf(process.pid).map(({ pid, state }) => `${pid} (${state})`);
}

/** Resident memory in MB. */
export function residentMemory(): number {
  return process.memoryUsage.rss() / 1e6;
}
