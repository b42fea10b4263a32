import { native } from '../../native';
import type { FileKind, Holder, ObservedSocket, OpenFile, OpenFlags } from '../types';
import { socketInode } from './sockets';

/** An open file description while it is being put together. */
export interface FoundFile {
  readonly id: number;
  readonly kind: FileKind;
  readonly name: string;
  readonly inode: number | undefined;
  readonly holders: Holder[];
  /** Whether it is known which descriptors refer to it. */
  isCompared: boolean;
  socket?: ObservedSocket;
  flags?: OpenFlags;
}

function kindOf(name: string): FileKind {
  if (name.startsWith('socket:')) return 'socket';
  if (name.startsWith('pipe:')) return 'pipe';
  if (name === 'anon_inode:[eventfd]') return 'eventfd';
  if (name === 'anon_inode:[eventpoll]') return 'event queue';
  if (/^\/dev\/(tty|pts\/|console)/.test(name)) return 'terminal';
  return name.startsWith('/') ? 'file' : 'other';
}

/** Whether the kernel compares what this process has open at all: seccomp, or who is asking, may forbid it. */
function canCompare({ pid, fd }: Holder): boolean {
  const { linux } = native.observation;
  return linux?.kcmp(pid, pid, linux.KCMP_FILE, fd, fd) === 0;
}

/** Files of one name (of anon_inode there may be thousands) in the kernel's order. */
class Namesakes {
  readonly files: FoundFile[] = [];
  /** The first holder of each: pid and fd, in turn. */
  private holders = new Int32Array(8);

  /** @returns the file of this descriptor, or where it belongs; undefined if the kernel does not compare */
  find({ pid, fd }: Holder): FoundFile | number | undefined {
    if (this.files.length === 0) return 0;
    const found = native.observation.linux?.findOpenFile(pid, fd, this.holders, this.files.length);
    if (found === undefined) return undefined;
    return found < 0 ? -1 - found : this.files[found];
  }

  insert(file: FoundFile, { pid, fd }: Holder, index: number): void {
    const used = 2 * this.files.length;
    if (used === this.holders.length) {
      const larger = new Int32Array(2 * used);
      larger.set(this.holders);
      this.holders = larger;
    }
    this.holders.copyWithin(2 * index + 2, 2 * index, used);
    this.holders.set([pid, fd], 2 * index);
    this.files.splice(index, 0, file);
  }
}

/** The open file descriptions behind descriptors, each once. */
export class OpenFileTable {
  readonly files: FoundFile[] = [];
  private readonly byName = new Map<string, Namesakes>();
  private readonly byProcess = new Map<number, Map<number, FoundFile>>();
  /** Whether the kernel compares what a process has. */
  private readonly comparable = new Map<number, boolean>();

  /**
   * The open file description of a descriptor.
   * @param name as the kernel gives it, or undefined: the one that the parent has under the same number
   */
  of(holder: Holder, ppid: number, name: string | undefined): FoundFile | undefined {
    const file = name === undefined ? this.byProcess.get(ppid)?.get(holder.fd) : this.named(holder, name);
    if (file === undefined) return undefined;
    file.holders.push(holder);
    let own = this.byProcess.get(holder.pid);
    if (own === undefined) {
      own = new Map();
      this.byProcess.set(holder.pid, own);
    }
    own.set(holder.fd, file);
    return file;
  }

  /** Whether the files of this process are known: of no use otherwise to be told that a child has the same. */
  knows(pid: number): boolean {
    return this.byProcess.has(pid);
  }

  private canCompare(holder: Holder): boolean {
    let can = this.comparable.get(holder.pid);
    if (can === undefined) {
      can = canCompare(holder);
      this.comparable.set(holder.pid, can);
    }
    return can;
  }

  private named(holder: Holder, name: string): FoundFile {
    let namesakes = this.byName.get(name);
    if (namesakes === undefined) {
      namesakes = new Namesakes();
      this.byName.set(name, namesakes);
    }
    const inode = socketInode(name);
    // A socket cannot be opened a second time: it has one open file description.
    const [first] = namesakes.files;
    if (inode !== undefined && first !== undefined) return first;
    const place = namesakes.find(holder);
    if (typeof place === 'object') return place;
    const isCompared = inode !== undefined || (place !== undefined && this.canCompare(holder));
    const file: FoundFile = { id: this.files.length, kind: kindOf(name), name, inode, holders: [], isCompared };
    this.files.push(file);
    // Out of its place it would lead later searches astray.
    if (place !== undefined) namesakes.insert(file, holder, place);
    return file;
  }
}

export function toOpenFile({ id, kind, name, holders, isCompared, socket, flags }: FoundFile): OpenFile {
  const file = isCompared ? { id, kind, name, holders } : { id, kind, name };
  // Most have neither, and there are thousands.
  if (socket === undefined && flags === undefined) return file;
  return { ...file, ...(socket === undefined ? {} : { socket }), ...(flags === undefined ? {} : { flags }) };
}
