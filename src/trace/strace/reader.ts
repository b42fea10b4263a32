import type { Seen, SeenCall } from '../seen';
import { isFileRead, LEAVES_HANDLER, MAKING, onlyAsks, SHOWN, toldCall } from './calls';
import { Clock, type Precision } from './clock';
import { type Body, type CallBody, type Line, LineError, parseCall, parseLine } from './line';
import { fieldsOf, scanArguments } from './scan';
import { Whose } from './whose';
import { maskSignals, signalWord } from './words';

/** A line that was not understood, and was left out. */
export interface Problem {
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

interface Begun {
  readonly call: string;
  readonly text: string;
  readonly t: number;
  readonly order: number;
}

/** Characters of a line: strace -s has no limit, memory has. */
export const LONGEST_LINE = 2 ** 20;

/** So a message of strace's, on standard error, comes into the middle of a line. */
const INTERJECTED =
  /^(?!(?:strace: )?Process \d)(.+?)((?:strace: )?Process \d+ (?:attached|detached)(?: with \d+ threads)?)$/;
/** Characters of a line that such a message may be in. */
const LONGEST_INTERJECTED = 4096;
/** strace -k: a frame of the stack. */
const FRAME = /^ > .*/;

/**
 * Reads what strace writes, line by line, and says what it saw, without strace's words for it. Halves of a call are joined, times
 * are made those of one clock, and lines are given to their processes.
 */
export class StraceReader {
  /** Lines that were understood. */
  understood = 0;
  private number = 0;
  private readonly clock = new Clock();
  private readonly whose = new Whose();
  private readonly begun = new Map<number, Begun>();
  /** The first half of a line that a message came into. */
  private half = '';
  /** A line with a call that has returned somewhere before the next line. */
  private waiting: ((next: number) => void) | undefined;

  /**
   * @param problem is told of each line that is left out
   * @param calls the kernel's names of those that are told
   */
  constructor(
    private readonly tell: (seen: Seen) => void,
    private readonly problem: (problem: Problem) => void,
    private readonly calls: ReadonlySet<string> | 'all' = new Set(SHOWN),
  ) {}

  get precision(): Precision {
    return this.clock.precision;
  }

  /** Milliseconds since 1970 of the first line, if the log tells. */
  get date(): number | undefined {
    return this.clock.begun;
  }

  /** The next line, without its end. */
  line(text: string): void {
    ++this.number;
    this.unlessWrong(this.number, () => this.take(text.endsWith('\r') ? text.slice(0, -1) : text));
  }

  /** There are no more lines. */
  end(): void {
    this.flush(this.clock.now);
    this.whose.end();
    for (const thread of this.begun.keys()) this.abandon(thread, this.clock.now);
  }

  private unlessWrong(line: number, take: () => void): void {
    try {
      take();
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      this.problem({ line, message: error.message });
    }
  }

  private take(text: string): void {
    if (text.trim() === '' || FRAME.test(text)) return;
    if (text.length > LONGEST_LINE) throw new LineError(`it is longer than ${LONGEST_LINE} characters`);
    const [, before, message] = text.length > LONGEST_INTERJECTED ? [] : (INTERJECTED.exec(text) ?? []);
    if (before !== undefined && message !== undefined) {
      this.half = before;
      this.accept(parseLine(message));
      return;
    }
    const half = this.half;
    this.half = '';
    this.accept(half === '' ? parseLine(text) : this.joined(half, text));
  }

  /** What goes on with the half of a line, if it is no line of its own. */
  private joined(half: string, text: string): Line {
    try {
      return parseLine(half + text);
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      return parseLine(text);
    }
  }

  private accept(line: Line): void {
    ++this.understood;
    const { body } = line;
    if (body.kind === 'message') return;
    const order = this.number;
    if (body.kind === 'attached') {
      this.whose.of(line, () => {});
      return;
    }
    const t = this.clock.at(line.time);
    this.flush(t);
    // That can be later than this line, whose fault it is all the same.
    const tell = (pid: number, end: number): void => this.unlessWrong(order, () => this.body(pid, t, order, end, body));
    const pass = (end: number): void => this.whose.of(line, (pid) => tell(pid, end));
    if (body.kind !== 'call' || body.result.value === undefined) pass(t);
    else if (body.duration !== undefined && !this.clock.isCoarse) pass(t + body.duration);
    else this.waiting = pass;
  }

  private flush(next: number): void {
    const waiting = this.waiting;
    this.waiting = undefined;
    waiting?.(next);
  }

  /** @param end of a whole call */
  private body(thread: number, t: number, order: number, end: number, body: Body): void {
    const base = { thread, t, order };
    switch (body.kind) {
      case 'call':
        if (this.begun.has(thread)) this.abandon(thread, t);
        this.call(thread, { t, order, end }, body);
        break;
      case 'unfinished':
        if (this.begun.has(thread)) this.abandon(thread, t);
        if (body.detached) this.call(thread, { ...base, end: t }, noResult(body.call, body.text));
        else {
          this.begun.set(thread, { call: body.call, text: body.text, t, order });
          if (MAKING.has(body.call)) this.tell({ kind: 'making', ...base });
        }
        break;
      case 'resumed':
        this.resumed(thread, t, order, body.call, body.text);
        break;
      case 'signal': {
        const from = Number(fieldsOf(body.siginfo).get('si_pid'));
        const sender = Number.isSafeInteger(from) && from > 0 ? { from } : {};
        this.tell({ kind: 'signal', ...base, signal: signalWord(body.signal), ...sender });
        break;
      }
      case 'exited':
        this.abandon(thread, t);
        this.tell({ kind: 'end', ...base, how: { kind: 'exited', status: body.status } });
        break;
      case 'killed':
        this.abandon(thread, t);
        this.tell({ kind: 'end', ...base, how: { kind: 'killed', signal: signalWord(body.signal), core: body.core } });
        break;
      case 'superseded':
        this.supersede(thread, body.by);
        this.tell({ kind: 'replaced', ...base, by: body.by });
        break;
      case 'stop':
      case 'attached':
      case 'message':
        break; // the signal that stops was told before it
    }
  }

  /** The call of the thread that makes the process anew returns under the other's number. */
  private supersede(thread: number, by: number): void {
    const begun = this.begun.get(by);
    this.begun.delete(by);
    if (begun !== undefined) this.begun.set(thread, begun);
  }

  private resumed(thread: number, t: number, order: number, name: string, text: string): void {
    const begun = this.begun.get(thread);
    const rest = text.replace(/^ <unfinished \.\.\.>/, '');
    if (begun === undefined) {
      // The log begins in the middle of it: of its arguments only the last are there.
      const { result } = parseCall(name, rest);
      this.call(thread, { t, order, end: t }, { kind: 'call', call: name, args: ['...'], result });
      return;
    }
    if (begun.call !== name && name !== '????') {
      throw new LineError(`${name} is resumed, where ${begun.call} was under way in ${thread}`);
    }
    this.begun.delete(thread);
    this.call(thread, { t: begun.t, order: begun.order, end: t }, parseCall(begun.call, begun.text + rest));
  }

  /** A call that does not return: its process ends, or the log does. */
  private abandon(thread: number, t: number): void {
    const begun = this.begun.get(thread);
    if (begun === undefined) return;
    this.begun.delete(thread);
    this.call(thread, { t: begun.t, order: begun.order, end: t }, noResult(begun.call, begun.text));
  }

  private call(thread: number, when: Pick<SeenCall, 't' | 'order' | 'end'>, body: CallBody): void {
    if (LEAVES_HANDLER.has(body.call)) {
      const { end, order } = when;
      const blocked = maskSignals(fieldsOf(body.args[0] ?? '').get('mask') ?? '');
      const isEintr = body.result.error === 'EINTR';
      this.tell({
        kind: 'handler-return',
        thread,
        t: end,
        order,
        isEintr,
        ...(blocked === undefined ? {} : { blocked }),
      });
      return;
    }
    if (this.isTold(body)) this.tell({ kind: 'call', thread, ...when, ...toldCall(body, thread) });
  }

  private isTold({ call, args }: CallBody): boolean {
    if (this.calls === 'all' || MAKING.has(call)) return true;
    return this.calls.has(call) && !isFileRead(call, args) && !onlyAsks(call, args);
  }
}

function noResult(call: string, text: string): CallBody {
  const { args } = scanArguments(text);
  // Behind the last comma are those that strace would have told at the return.
  return { kind: 'call', call, args: args.at(-1) === '' ? args.slice(0, -1) : args, result: {} };
}
