import { describeAddress } from '../../describe';
import type { Observation, ObservedProcess, ObservedSocket, OpenFile } from '../../observe/types';

/** What the figures show, taken out of an observation: processes, their TCP descriptors, and the sockets behind them. */

export type Role = 'client' | 'server' | 'parent' | 'child';

/** Stevens' names: of the socket that listens, of one that accept returned, of the client's. */
export type DescriptorName = 'listenfd' | 'connfd' | 'sockfd';

export interface SceneDescriptor {
  readonly name: DescriptorName;
  readonly fd: number;
  /** `id` of the socket. */
  readonly socket: number;
}

export interface SceneProcess {
  readonly role: Role;
  readonly pid: number;
  /** "blocked in accept(20)", "stopped", "zombie". */
  readonly doing: string;
  readonly descriptors: readonly SceneDescriptor[];
}

export interface SceneSocket {
  readonly id: number;
  readonly isListening: boolean;
  /** "ESTABLISHED", where the system tells. */
  readonly state?: string;
  /** "127.0.0.1:9877" */
  readonly local: string;
  readonly peer?: string;
  /** Descriptors that refer to it, of all the processes. */
  readonly references: number;
  /** Of the one that listens: connections that wait for accept. */
  readonly queued?: number;
}

export interface Scene {
  readonly processes: readonly SceneProcess[];
  readonly sockets: readonly SceneSocket[];
}

function doing({ state, blockedIn }: ObservedProcess): string {
  const call = blockedIn?.fd === undefined ? undefined : `${blockedIn.call}(${blockedIn.fd})`;
  switch (state) {
    case 'sleeping':
      return call === undefined ? 'blocked' : `blocked in ${call}`;
    case 'stopped':
      return call === undefined ? 'stopped' : `stopped in ${call}`;
    case 'running':
    case 'zombie':
      return state;
  }
}

/** Where the system does not tell the state: it has no other end. */
function isListening({ state, peer }: ObservedSocket): boolean {
  return state === undefined ? peer === undefined : state === 'LISTEN';
}

function nameOf(role: Role, socket: ObservedSocket): DescriptorName {
  if (role === 'client') return 'sockfd';
  return isListening(socket) ? 'listenfd' : 'connfd';
}

function isTcp(file: OpenFile | undefined): file is OpenFile & { socket: ObservedSocket } {
  return file?.socket?.protocol === 'tcp';
}

function toSocket({ id, socket, holders = [] }: OpenFile & { socket: ObservedSocket }): SceneSocket {
  return {
    id,
    isListening: isListening(socket),
    ...(socket.state === undefined ? {} : { state: socket.state }),
    local: socket.local === undefined ? '' : describeAddress(socket.local),
    ...(socket.peer === undefined ? {} : { peer: describeAddress(socket.peer) }),
    references: holders.length,
    ...(socket.queued === undefined ? {} : { queued: socket.queued }),
  };
}

/** @param roles by pid; processes without a role are not in the figures */
export function sceneOf({ processes, openFiles }: Observation, roles: ReadonlyMap<number, Role>): Scene {
  const files = new Map(openFiles.map((file) => [file.id, file]));
  return {
    processes: processes.flatMap((process) => {
      const role = roles.get(process.pid);
      if (role === undefined) return [];
      const descriptors = (process.descriptors ?? []).flatMap(({ fd, openFile }) => {
        const file = files.get(openFile);
        return isTcp(file) ? [{ name: nameOf(role, file.socket), fd, socket: file.id }] : [];
      });
      return [{ role, pid: process.pid, doing: doing(process), descriptors }];
    }),
    sockets: openFiles.filter(isTcp).map(toSocket),
  };
}
