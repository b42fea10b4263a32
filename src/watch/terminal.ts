import { emitKeypressEvents, type Key } from 'node:readline';
import { createColors } from 'picocolors';
import { hangUp } from '../leaving';
import type { Line, Size, Tone } from './screen';

/** The terminal, for as long as the view has it: its other screen, raw keys, no cursor. Left as it was found. */

/** xterm's control sequences, which tmux, the consoles of Linux and FreeBSD, and the rest know too. */
const CONTROL = {
  enter: '\u001b[?1049h\u001b[?25l',
  leave: '\u001b[?25h\u001b[?1049l',
  home: '\u001b[H',
  clearToEndOfLine: '\u001b[K',
  clearBelow: '\u001b[J',
} as const;

const pc = createColors();

const PAINT: Readonly<Record<Tone, (text: string) => string>> = {
  plain: (text) => text,
  title: pc.bold,
  selected: pc.inverse,
  zombie: pc.magenta,
  stopped: pc.yellow,
  faint: pc.dim,
};

export class Terminal {
  private isOpen = false;
  private readonly onKeypress = (_text: string | undefined, key: Key): void => {
    const name = key.name ?? key.sequence ?? '';
    this.onKey(key.ctrl === true ? `C-${name}` : name);
  };

  /** @param onKey called with node:readline's name of each key; `onResize` when the size has changed */
  constructor(
    private readonly onKey: (key: string) => void,
    private readonly onResize: () => void,
  ) {}

  open(): void {
    this.isOpen = true;
    process.on('exit', this.close);
    emitKeypressEvents(process.stdin);
    process.stdin.on('error', hangUp); // it cannot be read from, nor be given back
    process.stdin.setRawMode(true);
    process.stdin.on('keypress', this.onKeypress);
    process.stdin.resume();
    process.stdout.on('resize', this.onResize);
    process.stdout.write(CONTROL.enter);
  }

  get size(): Size {
    return { columns: process.stdout.columns, rows: process.stdout.rows };
  }

  /** In one write, so that nothing flickers. */
  draw(lines: readonly Line[]): void {
    const text = lines.map(({ text: line, tone }) => `${PAINT[tone](line)}${CONTROL.clearToEndOfLine}`).join('\r\n');
    process.stdout.write(`${CONTROL.home}${text}${CONTROL.clearBelow}`);
  }

  /** Gives it back. May be called again. */
  readonly close = (): void => {
    if (!this.isOpen) return;
    this.isOpen = false;
    process.off('exit', this.close);
    process.stdin.off('keypress', this.onKeypress);
    process.stdin.setRawMode(false);
    process.stdin.pause();
    process.stdout.off('resize', this.onResize);
    process.stdout.write(CONTROL.leave);
  };
}
