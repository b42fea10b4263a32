import { signalName } from '../describe';
import type { Event } from '../observe/events';
import { observe } from '../observe/observe';
import type { Observation } from '../observe/types';
import { isPid, signalProcess } from '../signalling';
import { type Counts, Rates } from './rates';
import { type Row, rowsOf } from './rows';
import { type Contents, screenLines } from './screen';
import { Terminal } from './terminal';
import { type Action, FIRST_VIEW, pressed, type View } from './view';

export interface Watched {
  /** For the first line: "4711", "figure-4.13". */
  readonly title: string;
  readonly pids: readonly number[];
  /** Whether its events are counted. */
  readonly hasEvents: boolean;
}

/** The view that refreshes: looks, draws, and does what keys ask for, until it is left or there is nothing to see. */
export class Watch {
  private view: View = FIRST_VIEW;
  private rows: readonly Row[] = [];
  private counts: Counts | undefined;
  private readonly rates = new Rates();
  private countedAt = performance.now();
  private readonly terminal: Terminal;
  private leave: (why: 'quit' | 'ended') => void = () => {};

  /** @param interval between two looks, in milliseconds */
  constructor(
    private readonly watched: Watched,
    private readonly interval: number,
  ) {
    this.terminal = new Terminal(
      (key) => this.press(key),
      () => this.draw(),
    );
  }

  /** Given each event of the server. */
  readonly event = (event: Event): void => this.rates.add(event);

  /** Until it is left by a key or a signal, or nobody is there any more. */
  async run(): Promise<'quit' | 'ended'> {
    const left = new Promise<'quit' | 'ended'>((resolve) => {
      this.leave = resolve;
    });
    const quit = (): void => this.leave('quit');
    const signals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;
    for (const signal of signals) process.once(signal, quit);
    this.terminal.open();
    this.count();
    this.refresh();
    const timer = setInterval(() => {
      this.count();
      this.refresh();
    }, this.interval);
    try {
      return await left;
    } finally {
      clearInterval(timer);
      for (const signal of signals) process.off(signal, quit);
      this.terminal.close();
    }
  }

  private look(): Observation {
    return observe(this.watched.pids, { details: [...this.view.expanded] });
  }

  private count(): void {
    if (!this.watched.hasEvents) return;
    const now = performance.now();
    this.counts = this.rates.count((now - this.countedAt) / 1000);
    this.countedAt = now;
  }

  private refresh(): void {
    this.rows = rowsOf(this.look(), this.view.sort);
    if (this.rows.length === 0) this.leave('ended');
    else this.draw();
  }

  private draw(): void {
    const { counts, rows } = this;
    const contents: Contents = { title: this.watched.title, rows, ...(counts === undefined ? {} : { counts }) };
    this.terminal.draw(screenLines(contents, this.view, this.terminal.size));
  }

  private press(key: string): void {
    const { view, action } = pressed(this.view, this.rows, key);
    this.view = view;
    if (action !== undefined) this.act(action);
    this.refresh();
  }

  private act(action: Action): void {
    switch (action.kind) {
      case 'quit':
        this.leave('quit');
        return;
      case 'signal':
        this.view = { ...this.view, message: send(action.pid, action.signo) };
        return;
    }
  }
}

/** What became of it, for the user to read. */
function send(pid: number, signo: number): string {
  const call = `kill(${pid}, ${signalName(signo)})`;
  if (!isPid(pid)) return `${call}: not sent, process ${pid} is not signalled from here`;
  try {
    signalProcess(pid, signo);
    return call;
  } catch (error) {
    return `${call}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
  }
}
