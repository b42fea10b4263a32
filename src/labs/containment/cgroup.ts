import { mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A cgroup (version 2) for a program: the kernel counts its processes and ends all of them in one step. Where none may
 * be made (it needs a part of the hierarchy of one's own: systemd gives one to a service with Delegate=yes, a container
 * mostly has one), there is the sweep.
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

/** Of /proc/self/mountinfo the place where version 2 is mounted: "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw". */
export function parseMount(mountinfo: string): string | undefined {
  const line = mountinfo.split('\n').find((text) => / - cgroup2 /.test(text));
  return line?.split(' ')[4]?.replaceAll('\\040', ' ');
}

/** Of /proc/self/cgroup the own path in version 2: "0::/user.slice/session-1.scope". */
export function parseOwn(cgroups: string): string | undefined {
  return /^0::(\/.*)$/m.exec(cgroups)?.[1];
}

/** The directory of a new cgroup below this process's own, or undefined where there can be none. */
export function makeCgroup(processes: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return ifAllowed(() => {
    const mount = parseMount(readFileSync('/proc/self/mountinfo', 'utf8'));
    const own = parseOwn(readFileSync('/proc/self/cgroup', 'utf8'));
    if (mount === undefined || own === undefined) return undefined;
    const cgroup = mkdtempSync(join(mount, own, `realfork-lab-${process.pid}-`));
    // A file that is written must be there already: pids.max is, where the controller has been handed down.
    ifAllowed(() => writeFileSync(join(cgroup, 'pids.max'), String(processes), { flag: 'r+' }));
    return cgroup;
  });
}

/** Ends all that is in it, at once. Linux 5.14 */
export function killCgroup(cgroup: string | undefined): void {
  if (cgroup === undefined) return;
  ifAllowed(() => writeFileSync(join(cgroup, 'cgroup.kill'), '1', { flag: 'r+' }));
}

/** True once it is gone: it must be empty, zombies among them. */
export function removeCgroup(cgroup: string | undefined): boolean {
  if (cgroup === undefined) return true;
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
export async function cgroupRemoved(cgroup: string | undefined): Promise<void> {
  while (!removeCgroup(cgroup)) await delay(1);
}
