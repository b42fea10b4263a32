import { hasProc, procText } from '../observe/linux/proc';
import type { Finding } from './finding';

/** Mappings that a child would not have: V8 marks its heap MADV_DONTFORK on Linux. */
export interface Dontfork {
  readonly mappings: number;
  /** In memory. */
  readonly bytes: number;
}

/** /proc/self/smaps: a mapping with "dc" (do not copy area on fork) among its VmFlags. proc_pid_smaps(5) */
export function parseDontfork(smaps: string): Dontfork {
  const sizes = [...smaps.matchAll(/^Rss:\s+(\d+) kB$|^VmFlags:(.*)$/gm)];
  let size = 0;
  let found: Dontfork = { mappings: 0, bytes: 0 };
  for (const [, kilobytes, flags] of sizes) {
    if (kilobytes !== undefined) size = Number(kilobytes) * 1024;
    else if (flags?.split(' ').includes('dc') === true) {
      found = { mappings: found.mappings + 1, bytes: found.bytes + size };
    }
  }
  return found;
}

export function dontfork(): Dontfork | undefined {
  const smaps = hasProc() ? procText('self/smaps') : undefined;
  return smaps === undefined ? undefined : parseDontfork(smaps);
}

/** @param before and `after` a fork */
export function memoryFinding(before: Dontfork, after: Dontfork): Finding {
  const megabytes = (before.bytes / 2 ** 20).toFixed(1);
  return {
    name: 'memory',
    found: `${before.mappings} mappings (${megabytes} MB in memory) marked MADV_DONTFORK before fork(), ${after.mappings} when it had returned`,
    verdict: 'well',
    facts: { before, after },
  };
}
