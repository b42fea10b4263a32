import type { SocketAddress } from '../types';

/** What a process looks like from outside. A field that the system does not give is absent. */

export type ProcessState = 'running' | 'sleeping' | 'stopped' | 'zombie';

/** A process among others. */
export interface ProcessView {
  readonly pid: number;
  readonly ppid: number;
  readonly state: ProcessState;
}

/** The system call that the main thread is in. */
export interface BlockedIn {
  /** "accept"; "system call 999" for one that has no name here. */
  readonly call: string;
  /** Its first argument, where that is a descriptor. */
  readonly fd?: number;
}

/** Sets of signals, by name: "SIGCHLD". What is in neither `ignored` nor `caught` has its default action. */
export interface SignalSets {
  readonly blocked: readonly string[];
  /** Sent to the process or to its main thread, and blocked. */
  readonly pending: readonly string[];
  /** On FreeBSD, of another process than this one, also the signals that are ignored by default. */
  readonly ignored: readonly string[];
  readonly caught: readonly string[];
}

export interface ObservedProcess extends ProcessView {
  /** The name of the command, shortened by the kernel. */
  readonly name: string;
  readonly threads?: number;
  /** argv, of what is no zombie. Of details. */
  readonly command?: readonly string[];
  readonly blockedIn?: BlockedIn;
  /** What it sleeps on in the words of the kernel ("accept"), where that is told in place of the call: FreeBSD. */
  readonly waitsFor?: string;
  readonly signals?: SignalSets;
  /** By number. Absent if this user may not see them. */
  readonly descriptors?: readonly ObservedDescriptor[];
}

export interface ObservedDescriptor {
  readonly fd: number;
  /** `id` of the open file description that it refers to. */
  readonly openFile: number;
  /** Of details. */
  readonly closeOnExec?: boolean;
}

/** One descriptor of one process. */
export interface Holder {
  readonly pid: number;
  readonly fd: number;
}

export interface ObservedSocket {
  readonly protocol: 'tcp' | 'udp' | 'unix';
  /** "LISTEN", "ESTABLISHED", "CLOSE_WAIT"; of a Unix socket "LISTEN", "CONNECTED", "UNCONNECTED". */
  readonly state?: string;
  readonly local?: SocketAddress;
  /** The other end, of a connection. */
  readonly peer?: SocketAddress;
  /** The open file description at the other end, if it is in the same observation: its `id`. */
  readonly peerFile?: number;
  /** Of a socket that listens: connections that wait for accept. */
  readonly queued?: number;
}

/** How a file was opened. fcntl(2), F_GETFL */
export interface OpenFlags {
  readonly access: 'read' | 'write' | 'read and write';
  readonly nonBlocking: boolean;
  readonly append: boolean;
}

export type FileKind = 'socket' | 'pipe' | 'terminal' | 'file' | 'eventfd' | 'event queue' | 'other';

/**
 * An open file description: what open(2), socket(2) or accept(2) made, and fork(2) and dup(2) share. It goes when its
 * last descriptor is closed.
 */
export interface OpenFile {
  /** Good within one observation. */
  readonly id: number;
  readonly kind: FileKind;
  /** As the system names it: "socket:[4711]", "/dev/null". */
  readonly name: string;
  /**
   * The descriptors that refer to it, of the processes observed: as many as Stevens' reference count (UNP 4.8), unless
   * others hold it as well. Absent where the system does not tell which descriptors are the same.
   */
  readonly holders?: readonly Holder[];
  /**
   * All references, where the system counts them (FreeBSD): one for each descriptor, of processes that were not observed
   * as well, and one for each thread that is in a call on it.
   */
  readonly references?: number;
  readonly socket?: ObservedSocket;
  /** Of details. */
  readonly flags?: OpenFlags;
}

export interface Observation {
  /** Parents before their children. */
  readonly processes: readonly ObservedProcess[];
  readonly openFiles: readonly OpenFile[];
}

export interface ObserveOptions {
  /**
   * Also the command line of each process, how its files were opened, and which descriptors close on exec: on Linux
   * this takes a file of /proc for each descriptor. Of all processes, or of those with these pids.
   */
  readonly details?: boolean | readonly number[];
}
