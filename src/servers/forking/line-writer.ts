import { closeSync, fstatSync, openSync, type Stats } from 'node:fs';
import { isatty } from 'node:tty';
import { EAGAIN, EINTR, MSG_DONTWAIT, MSG_NOSIGNAL, O_NOCTTY, O_NONBLOCK, O_WRONLY, POLLOUT } from '../../constants';
import { SyscallError } from '../../errno';
import { native } from '../../native';
import { holdStandardDescriptors } from '../../standard-descriptors';

/** A blocking pipe that is ready takes so many bytes without a wait, on any system: _POSIX_PIPE_BUF. poll(2), pipe(7) */
const PIECE = 512;

type Put = (bytes: Uint8Array) => number;

function again(put: () => number): number {
  for (;;) {
    const result = put();
    if (result !== -EINTR) return result;
  }
}

const writeTo =
  (fd: number): Put =>
  (bytes) =>
    native.write(fd, bytes);

/** A piece, where the descriptor is ready for one. Whoever writes to the same pipe at this very moment can still have it wait. */
const writeWhenReady =
  (fd: number): Put =>
  (bytes) => {
    const ready = native.poll([{ fd, events: POLLOUT }], 0);
    if (typeof ready === 'number') return ready;
    return (ready[0]?.revents ?? 0) === 0 ? -EAGAIN : native.write(fd, bytes.subarray(0, PIECE));
  };

/** An open file description of its own, which does not block: the one that is there is shared, with a terminal's shell perhaps. */
function reopened(fd: number): number | undefined {
  holdStandardDescriptors();
  try {
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined; // no /proc, another user's pipe, a FIFO without a reader: then by poll
  }
}

/** Writers that have lines to write, while several are told at once. */
let gathering: Set<LineWriter> | undefined;

/**
 * What `tell` has written goes out at its end, in one write(2) for each descriptor: a socket has room for some hundred writes,
 * however short they are.
 * @returns how many lines could not be written
 */
export function together(tell: () => void): number {
  const gathered = new Set<LineWriter>();
  let lost = 0;
  gathering = gathered;
  try {
    tell();
  } finally {
    gathering = undefined;
    for (const writer of gathered) lost += writer.flush();
  }
  return lost;
}

/**
 * Writes lines to a descriptor without a wait, whatever it is: a pipe that nobody reads, a terminal that is stopped
 * (Ctrl-S), the socket of a journal. A file waits for its disk: no call can know that beforehand.
 */
export class LineWriter {
  private readonly put: Put;
  private readonly own: number | undefined;
  /** What the last line has left: it is written before the next. */
  private rest: Uint8Array = new Uint8Array();
  private gathered: string[] = [];

  constructor(
    private readonly fd: number,
    readonly stats: Stats,
  ) {
    const canWait = stats.isFIFO() || isatty(fd);
    this.own = canWait ? reopened(fd) : undefined;
    if (stats.isSocket()) this.put = (bytes) => native.send(fd, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    else if (this.own !== undefined) this.put = writeTo(this.own);
    else this.put = canWait ? writeWhenReady(fd) : writeTo(fd);
  }

  /** @throws SyscallError EAGAIN (it would wait), EPIPE, ENOSPC, EBADF, …: nothing of the line has been written */
  write(line: string): void {
    if (gathering === undefined) this.writeNow(line);
    else {
      gathering.add(this);
      this.gathered.push(line);
    }
  }

  /** @returns how many of the lines that were gathered could not be written */
  flush(): number {
    const lines = this.gathered;
    this.gathered = [];
    try {
      this.writeNow(lines.join(''));
      return 0;
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      return lines.length;
    }
  }

  private writeNow(line: string): void {
    const before = this.putAll(this.rest);
    this.rest = before.left;
    if (before.left.length > 0) throw new SyscallError('write', before.errno, [this.fd]);
    const bytes = Buffer.from(line);
    const { left, errno } = this.putAll(bytes);
    if (left.length === bytes.length) throw new SyscallError('write', errno, [this.fd]);
    this.rest = left;
  }

  close(): void {
    if (this.own !== undefined) closeSync(this.own);
  }

  private putAll(bytes: Uint8Array): { left: Uint8Array; errno: number } {
    let left = bytes;
    while (left.length > 0) {
      const written = again(() => this.put(left));
      if (written < 0) return { left, errno: written };
      left = left.subarray(written);
    }
    return { left, errno: 0 };
  }
}

const writers = new Map<number, LineWriter>();

/** The writer of a descriptor: one, as long as it is the same file. @throws Error EBADF */
export function lineWriter(fd: number): LineWriter {
  const stats = fstatSync(fd);
  const known = writers.get(fd);
  if (known?.stats.dev === stats.dev && known.stats.ino === stats.ino) return known;
  known?.close();
  const writer = new LineWriter(fd, stats);
  writers.set(fd, writer);
  return writer;
}
