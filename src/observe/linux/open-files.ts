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

type Order = 'same' | 'before' | 'after' | 'unknown';

/** kcmp(2): whether two descriptors are of one open file description, and if not, how the kernel orders the two. */
function compare(a: Holder, b: Holder): Order {
  const { linux } = native.observation;
  switch (linux?.kcmp(a.pid, b.pid, linux.KCMP_FILE, a.fd, b.fd)) {
    case 0:
      return 'same';
    case 1:
      return 'before';
    case 2:
      return 'after';
    default:
      return 'unknown';
  }
}

interface Place {
  readonly known?: FoundFile;
  /** Where it belongs, if it is not known. */
  readonly index: number;
  /** Whether that is certain: a process may have ended, or may not be looked at. */
  readonly isCertain: boolean;
}

/** Looks for a descriptor's file among others, in the kernel's order: thousands may have one name (anon_inode). */
function search(files: readonly FoundFile[], holder: Holder): Place {
  let [low, high] = [0, files.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const file = files[middle];
    const [other] = file?.holders ?? [];
    switch (other === undefined ? 'unknown' : compare(holder, other)) {
      case 'same':
        return { ...(file === undefined ? {} : { known: file }), index: middle, isCertain: true };
      case 'before':
        high = middle;
        break;
      case 'after':
        low = middle + 1;
        break;
      case 'unknown':
        return { index: middle, isCertain: false };
    }
  }
  return { index: low, isCertain: true };
}

/** The open file descriptions behind descriptors, each once. */
export class OpenFileTable {
  readonly files: FoundFile[] = [];
  private readonly byName = new Map<string, FoundFile[]>();
  private readonly byProcess = new Map<number, Map<number, FoundFile>>();

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

  private named(holder: Holder, name: string): FoundFile {
    let namesakes = this.byName.get(name);
    if (namesakes === undefined) {
      namesakes = [];
      this.byName.set(name, namesakes);
    }
    const inode = socketInode(name);
    // A socket cannot be opened a second time: it has one open file description.
    const [first] = namesakes;
    if (inode !== undefined && first !== undefined) return first;
    const place = search(namesakes, holder);
    if (place.known !== undefined) return place.known;
    const isCompared = inode !== undefined || (place.isCertain && compare(holder, holder) === 'same');
    const file: FoundFile = { id: this.files.length, kind: kindOf(name), name, inode, holders: [], isCompared };
    this.files.push(file);
    namesakes.splice(place.index, 0, file);
    return file;
  }
}

export function toOpenFile({ id, kind, name, holders, isCompared, socket, flags }: FoundFile): OpenFile {
  return {
    ...{ id, kind, name },
    ...(isCompared ? { holders } : {}),
    ...(socket === undefined ? {} : { socket }),
    ...(flags === undefined ? {} : { flags }),
  };
}
