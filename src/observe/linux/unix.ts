import { AF_UNIX } from '../../constants';
import { native } from '../../native';
import type { ObservedSocket } from '../types';

/** "Num: RefCount Protocol Flags Type St Inode Path", of which the last may be missing, and may hold blanks. */
const LINE = /^\S+: \w+ \w+ (\w+) \w+ (\w+) +(\d+)(?: (.*))?$/;

function stateOf(flags: number, state: number): string | undefined {
  const { linux } = native.observation;
  if (linux === undefined) return undefined;
  return (flags & linux.SO_ACCEPTCON) === 0 ? linux.unixStates[state] : 'LISTEN';
}

/** /proc/net/unix: the sockets that are wanted, by inode. peers.ts adds the other ends. proc_pid_net(5) */
export function parseUnix(text: string, wanted: ReadonlySet<number>): Map<number, ObservedSocket> {
  const sockets = new Map<number, ObservedSocket>();
  for (const line of text.split('\n').slice(1)) {
    const [, flags = '', state = '', inodeText = '', path] = LINE.exec(line) ?? [];
    const inode = Number(inodeText);
    if (!wanted.has(inode)) continue;
    const name = stateOf(Number.parseInt(flags, 16), Number.parseInt(state, 16));
    // A name in the abstract space begins with NUL, which is shown as @.
    const local = path === undefined ? {} : { local: { family: AF_UNIX, path: path.replace(/^@/, '\0') } };
    sockets.set(inode, { protocol: 'unix', ...(name === undefined ? {} : { state: name }), ...local });
  }
  return sockets;
}
