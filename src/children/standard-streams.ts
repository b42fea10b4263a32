import { constants, createReadStream, fstatSync, type ReadStream } from 'node:fs';
import { Socket } from 'node:net';
import { devNull } from 'node:os';
import { Writable } from 'node:stream';
import { isatty, ReadStream as TerminalStream } from 'node:tty';
import { calls } from '../calls';
import { checkDescriptor, isArray, wrongType } from '../checked';
import { O_CLOEXEC, O_WRONLY, STDERR_FILENO, STDIN_FILENO, STDOUT_FILENO } from '../constants';
import { allHandles, dropHandle } from '../fork/handles';
import { orThrow } from '../posix/or-throw';
import { Draining } from './draining';
import { writeAll } from './write-all';

/** Where a child reads from: its parent's standard input, nothing, or a descriptor. */
export type ChildInput = 'inherit' | 'ignore' | number;

/** Where a child writes to: where its parent does, nowhere, a descriptor, or a stream of its parent's. */
export type ChildOutput = 'inherit' | 'ignore' | number | Writable;

/** Standard input, output and error of a child, or one word for all three. */
export type ChildStdio = 'inherit' | 'ignore' | readonly [stdin: ChildInput, stdout: ChildOutput, stderr: ChildOutput];

export type Streams = readonly [stdin: ChildInput, stdout: ChildOutput, stderr: ChildOutput];

/** A parent that reads its standard input would share it with each child, a piece for one and a piece for another. */
const USUAL: Streams = ['ignore', 'inherit', 'inherit'];

const isWord = (value: unknown): value is 'inherit' | 'ignore' => value === 'inherit' || value === 'ignore';

/** @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE */
export function streamsOf(call: string, stdio: ChildStdio | undefined): Streams {
  if (stdio === undefined) return USUAL;
  if (isWord(stdio)) return [stdio, stdio, stdio];
  if (!isArray(stdio) || stdio.length !== 3) {
    throw wrongType(call, 'options.stdio', '"inherit", "ignore" or an array of three', stdio);
  }
  for (const [at, one] of stdio.entries()) {
    if (isWord(one)) continue;
    if (typeof one === 'number') checkDescriptor(call, `options.stdio[${at}]`, one);
    else if (at === STDIN_FILENO || !(one instanceof Writable)) {
      const wanted = '"inherit", "ignore" or a descriptor';
      throw wrongType(call, `options.stdio[${at}]`, at === STDIN_FILENO ? wanted : `${wanted}, or a Writable`, one);
    }
  }
  return [stdio[0], stdio[1], stdio[2]];
}

/** A pipe from a child to a stream of its parent's. */
interface OutputPipe {
  readonly fd: number;
  readonly readfd: number;
  readonly writefd: number;
  readonly to: Writable;
}

/** The pipes that are copied to one stream. They share its listeners: Node warns of a leak where there are more than ten. */
class Copies {
  private readonly sockets = new Set<Socket>();
  /** It takes more; or nobody takes it any more, and the children are not to wait for that. */
  private readonly resume = (): void => {
    for (const socket of this.sockets) socket.resume();
  };

  constructor(private readonly to: Writable) {}

  add(socket: Socket): void {
    if (this.sockets.size === 0) for (const event of ['drain', 'close']) this.to.on(event, this.resume);
    this.sockets.add(socket);
    socket.once('close', () => this.delete(socket));
  }

  private delete(socket: Socket): void {
    this.sockets.delete(socket);
    if (this.sockets.size === 0) for (const event of ['drain', 'close']) this.to.off(event, this.resume);
  }
}

const byStream = new WeakMap<Writable, Copies>();

function copiesTo(to: Writable): Copies {
  const copies = byStream.get(to) ?? new Copies(to);
  byStream.set(to, copies);
  return copies;
}

/** Copies to a stream that may be slow, and stays open. */
function copy(readfd: number, to: Writable): Draining {
  const socket = new Socket({ fd: readfd, readable: true, writable: false });
  socket.on('data', (chunk: Buffer) => {
    if (!to.destroyed && !to.write(chunk)) socket.pause();
  });
  copiesTo(to).add(socket);
  return new Draining(socket);
}

/** The pipes of a child whose output goes to streams of its parent's: made right before the fork. */
export class OutputPipes {
  private readonly pipes: OutputPipe[] = [];

  /** @throws SyscallError EMFILE: none is left open */
  constructor(private readonly streams: Streams) {
    for (const fd of [STDOUT_FILENO, STDERR_FILENO]) {
      const to = streams[fd];
      if (!(to instanceof Writable)) continue;
      const pair = calls.pipe2(O_CLOEXEC);
      if (typeof pair === 'number') {
        this.close();
        orThrow('pipe2', pair, O_CLOEXEC);
      } else this.pipes.push({ fd, readfd: pair[0], writefd: pair[1], to });
    }
  }

  close(): void {
    for (const { readfd, writefd } of this.pipes) {
      calls.close(readfd);
      calls.close(writefd);
    }
  }

  /** In the parent, after the fork: what copies. */
  copies(): Draining[] {
    return this.pipes.map(({ readfd, writefd, to }) => {
      calls.close(writefd);
      return copy(readfd, to);
    });
  }

  /** In the child: descriptors 0 to 2 are what they are to be, and so are process.stdout, process.stderr and the console's. */
  redirect(): void {
    // All are taken before any is replaced: standard error may go where standard output went.
    const targets = this.streams.map((stream, fd) => this.targetOf(fd, stream));
    this.close();
    replaceInput();
    for (const [fd, target] of targets.entries()) {
      if (target === undefined) continue;
      orThrow('dup2', calls.dup2(target, fd), target, fd);
      calls.close(target);
      if (fd !== STDIN_FILENO) replaceStream(fd);
    }
  }

  /** A descriptor of its own; undefined: it stays as it is. */
  private targetOf(fd: number, stream: ChildInput | ChildOutput): number | undefined {
    if (stream === 'inherit') return undefined;
    if (stream === 'ignore') return fd === STDIN_FILENO ? nothingToRead() : nowhere();
    const from = typeof stream === 'number' ? stream : this.pipes.find((pipe) => pipe.fd === fd)?.writefd;
    return orThrow('dup', calls.dup(from ?? fd), from);
  }
}

const nowhere = (): number => orThrow('open', calls.open(devNull, O_WRONLY), devNull, O_WRONLY);

type Input = ReadStream | Socket;

/** As Node makes process.stdin, when it is first asked for. */
function inputOf(fd: number): Input {
  if (isatty(fd)) return new TerminalStream(fd);
  const { mode } = fstatSync(fd);
  const isStream = (mode & constants.S_IFMT) === constants.S_IFIFO || (mode & constants.S_IFMT) === constants.S_IFSOCK;
  return isStream
    ? new Socket({ fd, readable: true, writable: false })
    : createReadStream('', { fd, autoClose: false });
}

/**
 * A parent that has asked for process.stdin may have listeners there, which are its own. libuv must not wait for the
 * descriptor when it becomes another file.
 */
function replaceInput(): void {
  for (const handle of allHandles() as readonly { readonly fd?: unknown }[]) {
    if (handle.fd === STDIN_FILENO) dropHandle(handle);
  }
  let stream: Input | undefined;
  const get = (): Input => {
    stream ??= inputOf(STDIN_FILENO);
    return stream;
  };
  Object.defineProperty(process, 'stdin', { get, configurable: true, enumerable: true });
}

/**
 * The end of a pipe that nobody writes to, and not the null device: libuv can wait for it.
 */
function nothingToRead(): number {
  const [readfd, writefd] = orThrow('pipe', calls.pipe());
  calls.close(writefd);
  return readfd;
}

/** Node's own streams may write to a descriptor of their own (a terminal's), and have not written all when the child ends. */
function streamTo(fd: number): Writable {
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      try {
        writeAll(fd, chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
  return Object.assign(stream, { fd });
}

type StreamsOfConsole = { _stdout?: Writable; _stderr?: Writable };

/** In a process whose standard output or error is another file than it was. */
export function replaceStream(fd: number): void {
  const stream = streamTo(fd);
  const name = fd === STDOUT_FILENO ? 'stdout' : 'stderr';
  Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true });
  (console as StreamsOfConsole)[`_${name}`] = stream;
}
