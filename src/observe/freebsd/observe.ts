import { calls } from '../../calls';
import { AF_INET, AF_INET6, AF_UNIX, SIG_DFL, SIG_IGN, SOCK_DGRAM, SOCK_STREAM } from '../../constants';
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
  private readonly files: FoundFile[] = [];
  /** Of Unix sockets: the open file by its `end`, and by the `otherEnd` of each the open file that it is connected to. */
  private readonly ends = new Map<string, FoundFile>();
  private readonly otherEnds = new Map<FoundFile, string>();
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
    const { end, otherEnd } = descriptor;
    if (end !== undefined) this.ends.set(end, file);
    if (otherEnd !== undefined && otherEnd !== '0') this.otherEnds.set(file, otherEnd);
    return file;
  }

  /** All of them, when all descriptors have been looked at. */
  all(): OpenFile[] {
    return this.files.map((file) => {
      const peer = this.ends.get(this.otherEnds.get(file) ?? '');
      const { socket } = file;
      return socket === undefined || peer === undefined ? file : { ...file, socket: { ...socket, peerFile: peer.id } };
    });
  }
}

/**
 * The kernel's set of ignored signals has those in it whose default it is. This process is asked itself. Not every number
 * is a signal's.
 */
function dispositions({ pid, ignored, caught }: KinfoProcess): Pick<KinfoProcess, 'ignored' | 'caught'> {
  if (pid !== process.pid) return { ignored, caught };
  const handlers = [...ignored, ...caught].map((signo) => {
    const action = calls.sigaction(signo);
    return { signo, handler: typeof action === 'number' ? SIG_DFL : action.handler };
  });
  const signals = (wanted: (handler: unknown) => boolean): number[] =>
    handlers.filter(({ handler }) => wanted(handler)).map(({ signo }) => signo);
  return {
    ignored: signals((handler) => handler === SIG_IGN),
    caught: signals((handler) => handler !== SIG_IGN && handler !== SIG_DFL),
  };
}

function look(system: FreebsdObservation, table: OpenFileTable, told: KinfoProcess): ObservedProcess {
  const { pid, ppid, name, threads } = told;
  const state = stateOf(told.state);
  const names = (signals: readonly number[]): string[] => signals.map(signalName);
  const { ignored, caught } = dispositions(told);
  const signals = {
    ...{ pending: names(told.pending), blocked: names(told.blocked) },
    ...{ ignored: names(ignored), caught: names(caught) },
  };
  if (state === 'zombie') return { pid, ppid, state, name, threads, signals, descriptors: [] };
  const descriptors = system.descriptors(pid);
  const list =
    typeof descriptors === 'number'
      ? undefined
      : descriptors.map((one): ObservedDescriptor => ({ fd: one.fd, openFile: table.of(pid, one).id }));
  return {
    ...{ pid, ppid, state, name, threads, signals },
    ...(told.waitsFor === '' ? {} : { waitsFor: told.waitsFor }),
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

export function observeFreebsd(pids: readonly number[], system = systemOf()): Observation {
  const all = system
    .processes()
    .map((process) => ({ ...process, letter: process.state, state: stateOf(process.state) }));
  const table = new OpenFileTable(system);
  const processes = withDescendants(all, pids).map((process) =>
    look(system, table, { ...process, state: process.letter }),
  );
  return { processes, openFiles: table.all() };
}
