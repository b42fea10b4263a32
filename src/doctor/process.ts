import { native } from '../native';
import { hasProc } from '../observe/linux/proc';
import { observe } from '../observe/observe';
import type { ObservedProcess, OpenFile } from '../observe/types';
import type { Finding } from './finding';

/** What this process was given by its parent and by Node: signals and descriptors. */

/** Node ignores these at its start. */
const IGNORED_BY_NODE: ReadonlySet<string> = new Set(['SIGPIPE', 'SIGXFSZ']);

export function signalsFinding({ signals }: ObservedProcess): Finding[] {
  if (signals === undefined) return [];
  const { ignored, caught, blocked } = signals;
  const inherited = ignored.filter((name) => !IGNORED_BY_NODE.has(name));
  const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(' '));
  const remedies = [
    ...(inherited.includes('SIGCHLD')
      ? ['SIGCHLD is ignored: children leave no status. sigaction(SIGCHLD, SIG_DFL).']
      : []),
    ...(blocked.length > 0 ? ['A signal that is blocked at the start stays so in every child: sigprocmask.'] : []),
  ];
  return [
    {
      name: 'signals',
      found: `ignored: ${list(ignored)}; blocked: ${list(blocked)}; handled: ${list(caught)}`,
      verdict: remedies.length === 0 ? 'well' : 'note',
      ...(remedies.length === 0 ? {} : { remedy: remedies.join(' ') }),
      facts: { ignored, blocked, caught },
    },
  ];
}

export function descriptorsFinding({ descriptors }: ObservedProcess, files: readonly OpenFile[]): Finding[] {
  if (descriptors === undefined) return [];
  const names = new Map(files.map(({ id, name }) => [id, name]));
  const open = descriptors.map(({ fd, openFile }) => ({
    fd,
    name: names.get(openFile) ?? '',
    ...{ owner: native.ownerInNode(fd) },
  }));
  const owners = open.flatMap(({ owner }) => owner ?? []);
  const counts = [...new Set(owners)].map((owner) => `${owners.filter((one) => one === owner).length} ${owner}`);
  return [
    {
      name: 'descriptors',
      found: `${open.length} open; ${owners.length} are Node's own: ${counts.join(', ')}`,
      verdict: 'well',
      facts: open,
    },
  ];
}

/** This process as it is seen from outside. */
export function thisProcess(): { self: ObservedProcess; files: readonly OpenFile[] } | undefined {
  if (process.platform === 'linux' && !hasProc()) return undefined;
  const { processes, openFiles } = observe(process.pid, { details: true });
  const self = processes.find(({ pid }) => pid === process.pid);
  return self === undefined ? undefined : { self, files: openFiles };
}
