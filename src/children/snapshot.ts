import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkRecord, checkText } from '../checked';
import { checkFunction, type InChildOptions, runInChild } from './in-child';
import { writeAll } from './write-all';

/** What the function of a snapshot is given, in the child. */
export interface SnapshotWriter {
  /**
   * Writes to the file of the snapshot, in order.
   * @throws Error ERR_SNAPSHOT_NO_FILE: the snapshot has none; SyscallError ENOSPC, EIO
   */
  write(data: Uint8Array | string): void;
  /** Tells the parent how far it is: a structured clone of anything, for `onProgress`. */
  progress(word: unknown): void;
}

export interface SnapshotOptions extends InChildOptions {
  /**
   * Written beside it, brought to the disk, and put in its place in one step: whoever reads this path has the old snapshot or
   * the new one. Where the snapshot fails the old one stays.
   */
  readonly file?: string;
  /** Called in the parent with what the child tells. What it throws ends the snapshot. */
  readonly onProgress?: (word: unknown) => void;
}

function withoutFile(): never {
  throw Object.assign(new Error('realfork: this snapshot has no file: give snapshot() the option "file"'), {
    code: 'ERR_SNAPSHOT_NO_FILE',
  });
}

/** A directory is brought to the disk too: the name of a file is in it. fsync(2) */
function sync(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

type Write = (writer: SnapshotWriter) => unknown;

/** In the child. */
async function writeFile(file: string, beside: string, fn: Write, progress: (word: unknown) => void): Promise<unknown> {
  const fd = openSync(beside, 'wx', 0o666);
  const result = await fn({
    progress,
    write: (data) => writeAll(fd, typeof data === 'string' ? Buffer.from(data) : data),
  });
  fsyncSync(fd);
  closeSync(fd);
  renameSync(beside, file);
  sync(dirname(file));
  return result;
}

/**
 * A consistent picture of this program's memory, written by a child while this process goes on: what it changes meanwhile is
 * not in the picture. So Redis saves its data (BGSAVE).
 * @param fn writes it; runs in the child, may be async
 * @returns what `fn` gives, when the file is in its place
 * @throws (rejects with) as inChild(); Error EEXIST, EACCES, ENOSPC of the file
 * @see fork(2), fsync(2), rename(2)
 */
export async function snapshot<Result>(
  fn: (writer: SnapshotWriter) => Result,
  options: SnapshotOptions = {},
): Promise<Awaited<Result>> {
  checkFunction('snapshot', 'fn', fn);
  checkRecord('snapshot', 'options', options);
  const { file: path, onProgress = () => {}, ...others } = options;
  checkFunction('snapshot', 'options.onProgress', onProgress);
  if (path === undefined) {
    const write = (progress: (word: unknown) => void): unknown => fn({ progress, write: withoutFile });
    return (await runInChild('snapshot', write, others, onProgress)) as Awaited<Result>;
  }
  checkText('snapshot', 'options.file', path);
  const file = resolve(path);
  const beside = `${file}.${randomUUID()}.tmp`;
  try {
    const write = (progress: (word: unknown) => void): unknown => writeFile(file, beside, fn, progress);
    return (await runInChild('snapshot', write, others, onProgress)) as Awaited<Result>;
  } catch (error) {
    rmSync(beside, { force: true }); // the child may have been killed in the middle of it
    throw error;
  }
}
