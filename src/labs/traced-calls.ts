import { chownSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { calls } from '../calls';
import type { Event } from '../observe/events';
import { findProcess } from '../observe/processes';
import { orThrow } from '../posix/or-throw';
import { LineSplitter } from '../trace/lines';
import { Processes } from '../trace/processes';
import { findStrace, injectOption, logOptions, NoTracer } from '../trace/strace/command';
import { LONGEST_LINE, StraceReader } from '../trace/strace/reader';
import { tracerOf } from './containment/tracer-of';
import type { User } from './containment/user';
import { Failure } from './lab';

/** Calls of a program in any language, as strace tells them: in place of `realfork run --events`. */

const isAlive = (pid: number): boolean => (findProcess(pid)?.state ?? 'zombie') !== 'zombie';

let isFound = false;

/** @throws {Failure} with how to install it */
function requireStrace(): void {
  if (isFound) return;
  try {
    findStrace();
    isFound = true;
  } catch (error) {
    if (!(error instanceof NoTracer)) throw error;
    throw new Failure('MISSING', { expected: 'strace(1), which tells the calls of a program', seen: error.message });
  }
}

/** The log goes through a FIFO that has no name any more once strace has it open: a program does not write to it. */
export class TracedCalls {
  readonly events: Event[] = [];
  private readonly path: string;
  private readonly log: Socket;
  /** Whose end the tracer has told: before that, their parents cannot know of it. */
  private readonly ended = new Set<number>();
  /** strace itself. */
  private tracer: number | undefined;

  /** @param directory somebody else removes it */
  constructor(directory: string, user: User | undefined) {
    requireStrace();
    this.path = join(directory, 'calls');
    orThrow('mkfifo', calls.mkfifo(this.path, 0o600), this.path, 0o600);
    if (user !== undefined) chownSync(this.path, user.uid, user.gid);
    // Open at both ends: without a writer it would be at its end. fifo(7)
    const fd = openSync(this.path, constants.O_RDWR | constants.O_NONBLOCK);
    this.log = new Socket({ fd, readable: true, writable: false });
    this.log.on('error', () => {}); // destroyed
    const processes = new Processes(({ event }) => this.take(event), { seesSigaction: true });
    // What is not understood somebody else has written.
    const reader = new StraceReader(
      (seen) => processes.take(seen),
      () => {},
    );
    const lines = new LineSplitter((text) => reader.line(text), LONGEST_LINE);
    this.log.on('data', (chunk: Buffer) => lines.take(chunk));
  }

  /** @param heard is told how many bytes have come each time */
  onData(heard: (bytes: number) => void): void {
    this.log.on('data', (chunk: Buffer) => heard(chunk.length));
  }

  private take(event: Event): void {
    this.events.push(event);
    if (event.kind === 'exit' || event.kind === 'killed') this.ended.add(event.pid);
  }

  /**
   * What strace is started as. The program stays a child of whoever starts it (-D), and its process group and session are
   * without strace. @param inject calls that are to fail
   */
  command(command: readonly string[], inject: readonly string[]): string[] {
    return ['strace', '-DDD', ...logOptions(false, this.path), ...inject.flatMap(injectOption), '--', ...command];
  }

  /** Whether the program is traced by now; its next call is seen. */
  isTracing(pid: number): boolean {
    if (this.tracer !== undefined) return true;
    const tracer = tracerOf(pid);
    if (tracer === undefined) return false;
    this.tracer = tracer;
    rmSync(this.path);
    return true;
  }

  isTracer(pid: number): boolean {
    return pid === this.tracer;
  }

  /** Whether the program has lost its tracer, which lives as long as it does. */
  isLost(pid: number): boolean {
    return this.tracer !== undefined && findProcess(this.tracer) === undefined && isAlive(pid);
  }

  /** True of a process that has ended and that strace still has: its parent is told when strace lets it go. */
  holds(pid: number): boolean {
    return !this.ended.has(pid);
  }

  close(): void {
    this.log.destroy();
  }
}
