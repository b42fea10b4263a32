import { describeAddress } from '../../describe';
import { native } from '../../native';
import type { ObservedSocket } from '../types';
import type { FoundFile } from './open-files';

/** Which open file description is at the other end of a connection, where both ends were observed. */

/** "tcp 127.0.0.1:9877 127.0.0.1:50001", seen from one end. */
function endsOf({ protocol, local, peer }: ObservedSocket, isSwapped: boolean): string | undefined {
  if (protocol !== 'tcp' || local === undefined || peer === undefined) return undefined;
  const ends = [describeAddress(local), describeAddress(peer)];
  return `${protocol} ${(isSwapped ? ends.reverse() : ends).join(' ')}`;
}

function joinTcp(files: readonly FoundFile[]): void {
  const byEnds = new Map<string, FoundFile>();
  for (const file of files) {
    const ends = file.socket === undefined ? undefined : endsOf(file.socket, false);
    if (ends !== undefined) byEnds.set(ends, file);
  }
  for (const file of files) {
    const ends = file.socket === undefined ? undefined : endsOf(file.socket, true);
    const other = ends === undefined ? undefined : byEnds.get(ends);
    if (file.socket !== undefined && other !== undefined) file.socket = { ...file.socket, peerFile: other.id };
  }
}

interface UnixEnds {
  readonly peer: number;
  readonly queued: number;
}

/** Of this network namespace. A socket of another one is not among them, as inodes are unique on the machine. */
function unixEnds(): ReadonlyMap<number, UnixEnds> {
  const told = native.observation.linux?.unixSockets() ?? [];
  const ends = new Map<number, UnixEnds>();
  if (typeof told === 'number') return ends; // a kernel without unix_diag
  for (let index = 0; index < told.length; index += 3) {
    ends.set(told[index] ?? 0, { peer: told[index + 1] ?? 0, queued: told[index + 2] ?? 0 });
  }
  return ends;
}

function withUnixEnds(
  socket: ObservedSocket,
  { peer, queued }: UnixEnds,
  other: FoundFile | undefined,
): ObservedSocket {
  const address = other?.socket?.local;
  return {
    ...socket,
    ...(socket.state === 'LISTEN' ? { queued } : {}),
    ...(peer === 0 || address === undefined ? {} : { peer: address }),
    ...(other === undefined ? {} : { peerFile: other.id }),
  };
}

function joinUnix(files: readonly FoundFile[]): void {
  const mine = files.filter(({ socket }) => socket?.protocol === 'unix');
  if (mine.length === 0) return;
  const ends = unixEnds();
  const byInode = new Map(files.map((file) => [file.inode, file]));
  for (const file of mine) {
    const found = ends.get(file.inode ?? 0);
    if (file.socket === undefined || found === undefined) continue;
    file.socket = withUnixEnds(file.socket, found, found.peer === 0 ? undefined : byInode.get(found.peer));
  }
}

export function joinEnds(files: readonly FoundFile[]): void {
  const sockets = files.filter(({ socket }) => socket !== undefined);
  joinTcp(sockets);
  joinUnix(sockets);
}
