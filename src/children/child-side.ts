import { exit } from '../fork/exit';
import { native, quiesce } from '../native';
import { becomeChild } from './become-child';
import { UNSETTLED } from './errors';
import { type FrameKind, frameOf } from './frames';
import { dropInChildren } from './own-ends';
import { sendableError } from './thrown';
import { writeAll } from './write-all';

/** The end of a child: what it was to do is done. The status is told to nobody but exit listeners and ps(1). */
const DONE = 0;
const FAILED = 1;

/** A child's half of the link to its parent. */
export class ParentLink {
  private isOpen = true;

  /** @param fd the end of a pair of sockets */
  constructor(readonly fd: number) {}

  /** It is closed already where this is a child of the child. */
  close(): void {
    this.isOpen = false;
  }

  /**
   * However long the parent takes to read it: a child has nothing else to do.
   * @throws DOMException DataCloneError
   */
  send(kind: FrameKind, value: unknown): void {
    const parts = frameOf(kind, value);
    if (!this.isOpen) return;
    try {
      for (const part of parts) writeAll(this.fd, part);
    } catch {
      native._exit(FAILED); // EPIPE: the parent has ended, and nobody is left to be told anything
    }
  }

  /** What was thrown, whatever it is. */
  sendError(kind: 'error' | 'fatal', thrown: unknown): void {
    this.send(kind, sendableError(thrown));
  }
}

type Flushable = NodeJS.WriteStream & { readonly writableLength: number };

/** What process.stdout and process.stderr have taken, and a pipe's reader has not. */
export async function flushOutput(): Promise<void> {
  if (!quiesce().hasRequests()) return;
  for (const stream of [process.stdout, process.stderr] as Flushable[]) {
    if (stream.writableLength > 0) await new Promise<void>((resolve) => void stream.write('', () => resolve()));
  }
}

/** Ends this child, by way of the 'exit' listeners that it has added itself. */
export async function leave(failed: boolean): Promise<never> {
  await flushOutput();
  return exit(failed ? FAILED : DONE);
}

/** The child has failed, and not in the place where its parent's promise would hear of it. */
function listenForFailure(link: ParentLink): void {
  const onUncaught = (error: unknown): void => {
    link.sendError('fatal', error);
    void leave(true);
  };
  const onEmpty = (): never => exit(UNSETTLED);
  process.on('uncaughtException', onUncaught);
  process.on('beforeExit', onEmpty);
  dropInChildren(() => {
    process.off('uncaughtException', onUncaught);
    process.off('beforeExit', onEmpty);
  });
}

/**
 * The life of a child: it gives up what is its parent's, prepares itself, and does its work. An error that is thrown
 * anywhere in it, and caught by nobody, is its parent's to hear.
 */
export async function liveAsChild(
  link: ParentLink,
  parent: number,
  prepare: () => void,
  work: (link: ParentLink) => Promise<void>,
): Promise<never> {
  let failed = false;
  try {
    becomeChild(parent);
    dropInChildren(() => {
      link.close();
      native.close(link.fd);
    });
    listenForFailure(link);
    prepare();
    await work(link);
  } catch (error) {
    failed = true;
    link.sendError('fatal', error);
  }
  return leave(failed);
}
