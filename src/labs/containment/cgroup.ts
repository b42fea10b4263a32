import { mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Cgroups for a program: the kernel counts its processes and ends all of them in one step. One of version 2 does both where
 * its controller of processes has been handed down; where that is of version 1, another one counts. Where none may be made (it
 * needs a part of the hierarchy of one's own: systemd gives one to a service with Delegate=yes, a container mostly has
 * one), there is the sweep, and RLIMIT_NPROC, which does not hold for root.
 */

/** Why there is none: not mounted, not for this user, mounted read-only, or a program of another cgroup may not be moved. */
const USUAL: readonly string[] = [
  'ENOENT',
  'EACCES',
  'EPERM',
  'EROFS',
  'EBUSY',
  'EOPNOTSUPP',
  'ENODEV',
  'EINVAL',
  'ENOSPC',
];

function ifAllowed<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (USUAL.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** A hierarchy: version 2, or the one of version 1 that counts processes. */
export const HIERARCHIES = ['version 2', 'pids of version 1'] as const;
export type Hierarchy = (typeof HIERARCHIES)[number];

const MOUNT: Readonly<Record<Hierarchy, RegExp>> = {
  'version 2': / - cgroup2 /,
  'pids of version 1': / - cgroup \S+ (\S*,)?pids(,\S*)?$/,
};

const OWN: Readonly<Record<Hierarchy, RegExp>> = {
  'version 2': /^0::(\/.*)$/m,
  'pids of version 1': /^\d+:(?:[^:\n]*,)?pids(?:,[^:\n]*)?:(\/.*)$/m,
};

/** Of /proc/self/mountinfo the place where it is mounted: "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw". */
export function parseMount(mountinfo: string, hierarchy: Hierarchy): string | undefined {
  const line = mountinfo.split('\n').find((text) => MOUNT[hierarchy].test(text));
  return line?.split(' ')[4]?.replaceAll('\\040', ' ');
}

/** Of /proc/self/cgroup the own path in it: "0::/user.slice/session-1.scope", "8:pids:/". */
export function parseOwn(cgroups: string, hierarchy: Hierarchy): string | undefined {
  return OWN[hierarchy].exec(cgroups)?.[1];
}

/** The directory of this process's own cgroup. Undefined: none is mounted, or it is in none. */
export function ownCgroup(hierarchy: Hierarchy): string | undefined {
  const mount = parseMount(readFileSync('/proc/self/mountinfo', 'utf8'), hierarchy);
  const own = parseOwn(readFileSync('/proc/self/cgroup', 'utf8'), hierarchy);
  return mount === undefined || own === undefined ? undefined : join(mount, own);
}

/** Of the processes that it may have: who has more is told so, but does not take all that the machine has. */
const ROOM = 4;

/** The directory of a new cgroup below this process's own, or undefined where there can be none. */
function makeCgroup(hierarchy: Hierarchy, processes: number): string | undefined {
  return ifAllowed(() => {
    const own = ownCgroup(hierarchy);
    if (own === undefined) return undefined;
    const cgroup = mkdtempSync(join(own, `realfork-lab-${process.pid}-`));
    // A file that is written must be there already: pids.max is, where the controller has been handed down.
    ifAllowed(() => writeFileSync(join(cgroup, 'pids.max'), String(ROOM * processes), { flag: 'r+' }));
    return cgroup;
  });
}

/** Those that can be had. */
export function makeCgroups(processes: number): string[] {
  if (process.platform !== 'linux') return [];
  return HIERARCHIES.flatMap((hierarchy) => makeCgroup(hierarchy, processes) ?? []);
}

/** Ends all that is in it, at once. Linux 5.14; version 1 has no such file. */
export function killCgroup(cgroup: string): void {
  ifAllowed(() => writeFileSync(join(cgroup, 'cgroup.kill'), '1', { flag: 'r+' }));
}

/** True once it is gone: it must be empty, zombies among them. */
export function removeCgroup(cgroup: string): boolean {
  try {
    rmdirSync(cgroup);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY') return false;
    throw error;
  }
}

/** The kernel takes a process out of its cgroup a moment after its parent has reaped it. */
export async function cgroupRemoved(cgroup: string): Promise<void> {
  while (!removeCgroup(cgroup)) await delay(1);
}
