import { EACCES } from '../../constants';
import { native } from '../../native';
import { withDescendants } from '../tree';
import type { Observation, ObservedDescriptor, ObservedProcess, ObserveOptions } from '../types';
import { parseFdInfo } from './fdinfo';
import { type FoundFile, OpenFileTable, toOpenFile } from './open-files';
import { joinEnds } from './peers';
import { ifAllowed, ifStillThere, procText } from './proc';
import { findSockets } from './sockets';
import { allStatuses, type Status } from './status';
import { parseSyscall } from './syscall';

/** No process: that a descriptor is the same as one of its is never so. */
const NOBODY = 0;

/** Throws Gone if the process has ended. Undefined: not for this user. */
function openDescriptors(pid: number, ppid: number): readonly (number | string | undefined)[] | undefined {
  const told = native.observation.linux?.descriptors(pid, ppid) ?? -EACCES;
  return typeof told === 'number' ? ifAllowed(told) : told;
}

function wantsDetails(pid: number, { details = false }: ObserveOptions): boolean {
  return typeof details === 'boolean' ? details : details.includes(pid);
}

function descriptorOf(pid: number, fd: number, file: FoundFile, options: ObserveOptions): ObservedDescriptor {
  const descriptor = { fd, openFile: file.id };
  if (!wantsDetails(pid, options)) return descriptor;
  const info = parseFdInfo(ifStillThere(() => procText(`${pid}/fdinfo/${fd}`)) ?? '');
  if (info === undefined) return descriptor;
  file.flags = info.flags;
  return { ...descriptor, closeOnExec: info.closeOnExec };
}

function descriptorsOf({ pid, ppid }: Status, table: OpenFileTable, options: ObserveOptions) {
  const open = openDescriptors(pid, table.knows(ppid) ? ppid : NOBODY);
  if (open === undefined) return undefined;
  const descriptors: ObservedDescriptor[] = [];
  for (let index = 0; index < open.length; index += 2) {
    const [fd, name] = [open[index] as number, open[index + 1] as string | undefined];
    const file = table.of({ pid, fd }, ppid, name);
    if (file !== undefined) descriptors.push(descriptorOf(pid, fd, file, options));
  }
  return descriptors;
}

/** Throws Gone if the process is reaped meanwhile. */
function look(status: Status, table: OpenFileTable, options: ObserveOptions): ObservedProcess {
  const { pid, state } = status;
  // A zombie has neither memory nor descriptors.
  if (state === 'zombie') return { ...status, descriptors: [] };
  const command = wantsDetails(pid, options) ? procText(`${pid}/cmdline`)?.split('\0').slice(0, -1) : undefined;
  const blockedIn = state === 'running' ? undefined : parseSyscall(procText(`${pid}/syscall`) ?? '');
  const descriptors = descriptorsOf(status, table, options);
  return {
    ...status,
    ...(command === undefined ? {} : { command }),
    ...(blockedIn === undefined ? {} : { blockedIn }),
    ...(descriptors === undefined ? {} : { descriptors }),
  };
}

function addSockets(files: readonly FoundFile[]): void {
  const sockets = files.filter((file) => file.inode !== undefined);
  const pids = new Set(sockets.flatMap(({ holders: [first] }) => first?.pid ?? []));
  const found = findSockets(
    [...pids],
    sockets.flatMap(({ inode }) => inode ?? []),
  );
  for (const file of sockets) {
    const socket = found.get(file.inode ?? -1);
    if (socket !== undefined) file.socket = socket;
  }
  joinEnds(sockets);
}

/** From /proc. proc(5) */
export function observeLinux(pids: readonly number[], options: ObserveOptions): Observation {
  const table = new OpenFileTable();
  const tree = withDescendants(allStatuses(), pids);
  const processes = tree.flatMap((status) => ifStillThere(() => look(status, table, options)) ?? []);
  addSockets(table.files);
  return { processes, openFiles: table.files.map(toOpenFile) };
}
