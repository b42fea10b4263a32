import { fstatSync } from 'node:fs';
import type { SocketAddress } from '../../types';
import { adopt, type Descriptor, type ListenAt, passedByManager, placeInWords } from './adopting';
import type { SystemCalls } from './surroundings';

/** What a server passes to the program that takes over from it: the variable of its environment, in JSON. */
export const TAKEOVER = 'REALFORK_TAKEOVER';

export interface Takeover {
  /** Its parent, the server that passes this: it means nobody else who inherits the environment. */
  readonly from: number;
  /** A byte is written here when it serves. */
  readonly ready: number;
  /** The inode of that descriptor. */
  readonly inode: number;
  readonly listeners: readonly { readonly fd: number; readonly at: string }[];
}

/** What this process was given, if it was started to take over. */
export function takeoverOf(environment: NodeJS.ProcessEnv = process.env): Takeover | undefined {
  const text = environment[TAKEOVER];
  if (text === undefined) return undefined;
  const takeover = JSON.parse(text) as Takeover;
  return isForThisProcess(takeover) ? takeover : undefined;
}

/** One that was killed meanwhile is nobody's parent any more; what it has passed serves on. */
function isForThisProcess({ from, ready, inode }: Takeover): boolean {
  if (from === process.ppid) return true;
  const { findProcess } = require('../../observe/processes') as typeof import('../../observe/processes');
  if ((findProcess(from)?.state ?? 'zombie') !== 'zombie') return false;
  try {
    return fstatSync(ready).ino === inode;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBADF') return false;
    throw error;
  }
}

/** The sockets of a service manager that the one before was started with: they have other numbers by now. */
export function passedToTheOneBefore(): Descriptor[] {
  const numbers = takeoverOf()?.listeners.flatMap(({ at }) => /^fd:(\d+)$/.exec(at)?.[1] ?? []) ?? [];
  return numbers.map((number) => ({ fd: Number(number) }));
}

/** All that this process was started with besides its standard descriptors: a program that becomes another keeps them. */
export function descriptorsPassed(): number[] {
  const { ready, listeners = [] } = takeoverOf() ?? {};
  const handed = listeners.map(({ fd }) => fd);
  const passed = passedByManager({ ...process.env }).map(({ fd }) => fd);
  return [...passed, ...handed, ...(ready === undefined ? [] : [ready])];
}

/** The listeners of the server that this one takes over from, and word to that when this one serves. */
export class Successor {
  private readonly left: { readonly fd: number; readonly at: string }[];

  private constructor(
    private readonly system: SystemCalls,
    private readonly takeover: Takeover,
  ) {
    this.left = [...takeover.listeners];
  }

  /** Undefined in a program that was started as any other. */
  static ofThisProcess(system: SystemCalls): Successor | undefined {
    const takeover = takeoverOf();
    delete process.env[TAKEOVER];
    return takeover === undefined ? undefined : new Successor(system, takeover);
  }

  /** The listener that was opened for a place, if there is one: its clients wait in it already. */
  take(place: ListenAt): { readonly fd: number; readonly address: SocketAddress } | undefined {
    const at = placeInWords(place);
    const index = this.left.findIndex((one) => one.at === at);
    const [found] = index === -1 ? [] : this.left.splice(index, 1);
    return found === undefined ? undefined : adopt(this.system.posix, found.fd);
  }

  /** Now the one before may go. What nobody asked for is closed. */
  ready(): void {
    const { c } = this.system;
    for (const { fd } of this.left.splice(0)) c.close(fd);
    c.write(this.takeover.ready, '\n'); // EPIPE: the one before has gone already
    c.close(this.takeover.ready);
  }
}
