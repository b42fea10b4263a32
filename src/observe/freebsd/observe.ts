import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from '../../constants';
import { signalName } from '../../describe';
import { type FreebsdObservation, type KinfoDescriptor, type KinfoProcess, native } from '../../native';
import { stateOf } from '../state';
import { withDescendants } from '../tree';
import type {
  FileKind,
  Holder,
  Observation,
  ObservedDescriptor,
  ObservedProcess,
  ObservedSocket,
  OpenFile,
} from '../types';

/** From sysctl(3): kern.proc, kern.file. They tell neither the system call of a process nor the state of a connection. */

interface FoundFile extends Omit<OpenFile, 'holders'> {
  readonly holders: Holder[];
}

function kindOf({ kind }: KinfoDescriptor): FileKind {
  return kind === 'kqueue' ? 'event queue' : kind;
}

function protocolOf({ domain, type }: KinfoDescriptor): ObservedSocket['protocol'] | undefined {
  if (domain === AF_UNIX) return 'unix';
  if (domain !== AF_INET && domain !== AF_INET6) return undefined;
  if (type === SOCK_STREAM) return 'tcp';
  return type === SOCK_DGRAM ? 'udp' : undefined;
}

function socketOf(descriptor: KinfoDescriptor): ObservedSocket | undefined {
  const protocol = protocolOf(descriptor);
  if (protocol === undefined) return undefined;
  const { local, peer } = descriptor;
  return { protocol, ...(local === undefined ? {} : { local }), ...(peer === undefined ? {} : { peer }) };
}

class OpenFileTable {
  readonly files: FoundFile[] = [];
  private readonly byKey = new Map<string, FoundFile>();
  /** What kern.file says, by "pid fd". */
  private readonly told: ReadonlyMap<string, { file: string; references: number }>;

  constructor(system: FreebsdObservation) {
    this.told = new Map(system.openFiles().map((open) => [`${open.pid} ${open.fd}`, open]));
  }

  of(pid: number, descriptor: KinfoDescriptor): FoundFile {
    const holder = { pid, fd: descriptor.fd };
    const told = this.told.get(`${pid} ${descriptor.fd}`);
    const known = told === undefined ? undefined : this.byKey.get(told.file);
    if (known !== undefined) {
      known.holders.push(holder);
      return known;
    }
    const socket = socketOf(descriptor);
    const file: FoundFile = {
      ...{ id: this.files.length, kind: kindOf(descriptor), name: descriptor.path || descriptor.kind },
      holders: [holder],
      ...(told === undefined ? {} : { references: told.references }),
      ...(socket === undefined ? {} : { socket }),
    };
    this.files.push(file);
    if (told !== undefined) this.byKey.set(told.file, file);
    return file;
  }
}

function look(system: FreebsdObservation, table: OpenFileTable, process: KinfoProcess): ObservedProcess {
  const { pid, ppid, name, threads } = process;
  const state = stateOf(process.state);
  const names = (signals: readonly number[]): string[] => signals.map(signalName);
  const signals = {
    ...{ pending: names(process.pending), blocked: names(process.blocked) },
    ...{ ignored: names(process.ignored), caught: names(process.caught) },
  };
  if (state === 'zombie') return { pid, ppid, state, name, threads, signals, descriptors: [] };
  const told = system.descriptors(pid);
  const descriptors = typeof told === 'number' ? undefined : told;
  const list = descriptors?.map((one): ObservedDescriptor => ({ fd: one.fd, openFile: table.of(pid, one).id }));
  return {
    ...{ pid, ppid, state, name, threads, signals },
    ...(process.waitsFor === '' ? {} : { waitsFor: process.waitsFor }),
    ...(list === undefined ? {} : { descriptors: list }),
  };
}

function systemOf(): FreebsdObservation {
  const { freebsd } = native.observation;
  if (freebsd === undefined) throw new Error('realfork: the addon is not the one of FreeBSD');
  return freebsd;
}

export function allFreebsdProcesses(): { pid: number; ppid: number; state: ReturnType<typeof stateOf> }[] {
  return systemOf()
    .processes()
    .map(({ pid, ppid, state }) => ({ pid, ppid, state: stateOf(state) }));
}

export function observeFreebsd(pids: readonly number[]): Observation {
  const system = systemOf();
  const all = system
    .processes()
    .map((process) => ({ ...process, letter: process.state, state: stateOf(process.state) }));
  const table = new OpenFileTable(system);
  const processes = withDescendants(all, pids).map((process) =>
    look(system, table, { ...process, state: process.letter }),
  );
  return { processes, openFiles: table.files };
}
