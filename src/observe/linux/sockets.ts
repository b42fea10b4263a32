import type { ObservedSocket } from '../types';
import { parseInet } from './inet';
import { ifStillThere, procLink, procText } from './proc';
import { parseUnix } from './unix';

type Reader = (text: string, wanted: ReadonlySet<number>) => Map<number, ObservedSocket>;

/** The files of /proc/PID/net, those first that most servers are in. */
const FILES: readonly (readonly [file: string, read: Reader])[] = [
  ['tcp', (text, wanted) => parseInet('tcp', text, wanted)],
  ['unix', parseUnix],
  ['tcp6', (text, wanted) => parseInet('tcp', text, wanted)],
  ['udp', (text, wanted) => parseInet('udp', text, wanted)],
  ['udp6', (text, wanted) => parseInet('udp', text, wanted)],
];

/** The inode in "socket:[4711]", or undefined of what is no socket. */
export function socketInode(target: string): number | undefined {
  return target.startsWith('socket:[') ? Number(target.slice('socket:['.length, -1)) : undefined;
}

/**
 * What the sockets with these inodes are. Inodes are unique on the machine, but each network namespace lists its own
 * sockets: one process of each is asked.
 */
export function findSockets(pids: readonly number[], inodes: Iterable<number>): Map<number, ObservedSocket> {
  const found = new Map<number, ObservedSocket>();
  const wanted = new Set(inodes);
  const namespaces = new Set<string>();
  for (const pid of pids) {
    if (wanted.size === 0) break;
    const namespace = ifStillThere(() => procLink(`${pid}/ns/net`));
    if (namespace === undefined || namespaces.has(namespace)) continue;
    namespaces.add(namespace);
    for (const [file, read] of FILES) {
      if (wanted.size === 0) break;
      // A system may be without IPv6.
      const text = ifStillThere(() => procText(`${pid}/net/${file}`)) ?? '';
      for (const [inode, socket] of read(text, wanted)) {
        found.set(inode, socket);
        wanted.delete(inode);
      }
    }
  }
  return found;
}
