import { readFileSync } from 'node:fs';
import { getrlimit } from '..';
import { RLIM_INFINITY, RLIMIT_NOFILE, RLIMIT_NPROC } from '../constants';
import { native } from '../native';
import { hasProc, MOUNT_PROC } from '../observe/linux/proc';
import { LISTENQ } from '../unp/wrappers';
import type { Finding } from './finding';

/** The limits of the machine and what its kernel can do, as far as they matter to a server that forks. */

function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined; // this system does not have it, or does not show it
  }
}

const shown = (limit: number): string => (limit === RLIM_INFINITY ? 'unlimited' : String(limit));

/** Where this process's control group limits its processes: version 2, /proc/self/cgroup "0::/path". cgroups(7) */
function pidsOfGroup(): { max: string; current: string } | undefined {
  const group = /^0::(.*)$/m.exec(text('/proc/self/cgroup') ?? '')?.[1];
  if (group === undefined) return undefined;
  const directory = `/sys/fs/cgroup${group}`;
  const [max, current] = [text(`${directory}/pids.max`), text(`${directory}/pids.current`)];
  return max === undefined || current === undefined ? undefined : { max, current };
}

export function limitsFinding(): Finding {
  const [files, processes] = [getrlimit(RLIMIT_NOFILE), getrlimit(RLIMIT_NPROC)];
  const pidMax = text('/proc/sys/kernel/pid_max');
  const group = pidsOfGroup();
  const parts = [
    `descriptors ${shown(files.rlim_cur)}`,
    `processes of this user ${shown(processes.rlim_cur)}`,
    ...(group === undefined ? [] : [`of the control group ${group.current} of ${group.max}`]),
    ...(pidMax === undefined ? [] : [`pids up to ${pidMax}`]),
  ];
  return {
    name: 'limits',
    found: parts.join(', '),
    verdict: 'well',
    facts: { RLIMIT_NOFILE: files, RLIMIT_NPROC: processes, pidMax, group },
  };
}

/** listen(2): a backlog beyond this is silently cut. */
export function somaxconnFinding(): Finding[] {
  const said = text('/proc/sys/net/core/somaxconn');
  if (said === undefined) return [];
  const somaxconn = Number(said);
  const isShort = somaxconn < LISTENQ;
  return [
    {
      name: 'backlog',
      found: `net.core.somaxconn ${somaxconn}: listen(fd, ${LISTENQ}) holds ${Math.min(somaxconn, LISTENQ)} connections`,
      verdict: isShort ? 'note' : 'well',
      ...(isShort ? { remedy: `sysctl net.core.somaxconn=${LISTENQ}` } : {}),
      facts: { somaxconn },
    },
  ];
}

/** What is done with each feature, and whether it is there: tried, not guessed from a version. */
function features(): Readonly<Record<string, boolean>> {
  const { linux } = native.observation;
  if (linux === undefined) return {};
  const watch = native.watchChild(process.pid, () => {});
  if (watch >= 0) native.unwatchChild(watch);
  const { pid } = process;
  return {
    'pidfd_open (waitpidAsync)': watch >= 0,
    'kcmp (reference counts)': linux.kcmp(pid, pid, linux.KCMP_FILE, 0, 0) === 0,
    '/proc/PID/syscall (what a process is blocked in)': text('/proc/self/syscall') !== undefined,
  };
}

/** Without it nothing can be said of threads, and fork() refuses. */
export function procFinding(): Finding[] {
  if (process.platform !== 'linux' || hasProc()) return [];
  return [
    {
      name: '/proc',
      found: "is not there, or is another PID namespace's: the threads of a process cannot be looked at",
      verdict: 'stops fork',
      remedy: MOUNT_PROC,
      facts: { hasProc: false },
    },
  ];
}

export function kernelFinding(): Finding[] {
  const found = features();
  const names = Object.keys(found);
  if (names.length === 0) return [];
  const missing = names.filter((name) => found[name] === false);
  return [
    {
      name: 'kernel',
      found: names.map((name) => `${name}: ${found[name] === true ? 'yes' : 'no'}`).join('; '),
      verdict: missing.length === 0 ? 'well' : 'note',
      ...(missing.length === 0
        ? {}
        : { remedy: 'In a container: let seccomp and capabilities allow them (--cap-add=SYS_PTRACE for kcmp).' }),
      facts: found,
    },
  ];
}
