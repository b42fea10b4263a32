import { describeAddress } from '../describe';
import type { Observation, ObservedDescriptor, ObservedProcess, ObservedSocket, OpenFile } from '../observe/types';
import { printable } from '../printable';

/** A process as a line of the view, before it is laid out. */
export interface Row {
  readonly pid: number;
  /** How far it is indented: 0 for what the view was asked for. */
  readonly depth: number;
  readonly state: ObservedProcess['state'];
  /** "accept(20)" */
  readonly blockedIn: string;
  /** How many it has; undefined if this user may not see them. */
  readonly descriptors: number | undefined;
  readonly sockets: readonly string[];
  readonly name: string;
  /** What is shown of it when it is expanded. */
  readonly details: readonly string[];
}

export const SORTS = ['tree', 'state', 'descriptors'] as const;

export type Sort = (typeof SORTS)[number];

export function describeSocket({ protocol, state, local, peer, queued }: ObservedSocket): string {
  const name = local === undefined ? '' : ` ${describeAddress(local)}`;
  const to = peer === undefined ? '' : ` to ${describeAddress(peer)}`;
  const waiting = queued === undefined ? '' : `, ${queued} queued`;
  return printable(`${protocol} ${state ?? ''}${name}${to}${waiting}`);
}

/** Of the sockets those that clients connect to: TCP, and Unix sockets with a path. */
function isShown({ protocol, local }: ObservedSocket): boolean {
  return protocol !== 'unix' || (local !== undefined && 'path' in local && local.path !== '');
}

/** "to fd 5 of 4711": the descriptor at the other end, if it is one of those that are watched. */
function otherEnd(socket: ObservedSocket | undefined, files: ReadonlyMap<number, OpenFile>): string {
  const [first] = files.get(socket?.peerFile ?? -1)?.holders ?? [];
  return first === undefined ? '' : `, to fd ${first.fd} of ${first.pid}`;
}

function fileText({ name, socket, holders }: OpenFile, files: ReadonlyMap<number, OpenFile>): string {
  const what = socket === undefined ? printable(name) : `${describeSocket(socket)}${otherEnd(socket, files)}`;
  return holders === undefined
    ? what
    : `${what}, held by ${holders.length} descriptor${holders.length === 1 ? '' : 's'}`;
}

/** Sockets that clients connect to come first: a small screen shows the beginning. */
function descriptorLines(descriptors: readonly ObservedDescriptor[], files: ReadonlyMap<number, OpenFile>): string[] {
  const lines = descriptors.flatMap(({ fd, openFile }) => {
    const file = files.get(openFile);
    const isFirst = file?.socket !== undefined && isShown(file.socket);
    return file === undefined ? [] : [{ isFirst, text: `fd ${String(fd).padEnd(5)} ${fileText(file, files)}` }];
  });
  return lines.sort((a, b) => Number(b.isFirst) - Number(a.isFirst)).map(({ text }) => text);
}

function detailsOf(process: ObservedProcess, files: ReadonlyMap<number, OpenFile>): string[] {
  const { command, signals, descriptors, threads } = process;
  const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(' '));
  return [
    ...(command === undefined || command.length === 0 ? [] : [`command  ${printable(command.join(' '))}`]),
    ...(threads === undefined ? [] : [`threads  ${threads}`]),
    ...(signals === undefined
      ? []
      : [
          `signals  ignored: ${list(signals.ignored)}; caught: ${list(signals.caught)}`,
          `         blocked: ${list(signals.blocked)}; pending: ${list(signals.pending)}`,
        ]),
    ...descriptorLines(descriptors ?? [], files),
  ];
}

function depths(processes: readonly ObservedProcess[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const { pid, ppid } of processes) found.set(pid, (found.get(ppid) ?? -1) + 1);
  return found;
}

const STATES: readonly ObservedProcess['state'][] = ['zombie', 'stopped', 'running', 'sleeping'];

function sorted(rows: readonly Row[], sort: Sort): Row[] {
  switch (sort) {
    case 'tree':
      return [...rows];
    case 'state':
      return [...rows].sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state));
    case 'descriptors':
      return [...rows].sort((a, b) => (b.descriptors ?? -1) - (a.descriptors ?? -1));
  }
}

export function rowsOf({ processes, openFiles }: Observation, sort: Sort): Row[] {
  const files = new Map(openFiles.map((file) => [file.id, file]));
  const depth = depths(processes);
  const rows = processes.map((process): Row => {
    const { pid, state, blockedIn, waitsFor = '', descriptors, name } = process;
    const sockets = (descriptors ?? []).flatMap(({ openFile }) => files.get(openFile)?.socket ?? []);
    const argument = blockedIn?.fd === undefined ? '' : `(${blockedIn.fd})`;
    return {
      ...{ pid, state, depth: sort === 'tree' ? (depth.get(pid) ?? 0) : 0, name: printable(name) },
      blockedIn: blockedIn === undefined ? waitsFor : `${blockedIn.call}${argument}`,
      descriptors: descriptors?.length,
      sockets: sockets.filter(isShown).map(describeSocket),
      details: detailsOf(process, files),
    };
  });
  return sorted(rows, sort);
}
