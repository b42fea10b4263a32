import { ReadStream } from 'node:tty';
import { close, F_SETFD, FD_CLOEXEC, fcntl, openpty, tcgetpgrp, write } from '..';

/** The keys that the terminal makes signals of, and the end of file. */
export const KEYS = { 'Ctrl-C': '\x03', 'Ctrl-D': '\x04', 'Ctrl-Z': '\x1a' } as const;

/** How much may appear, in characters: then it hangs up. */
const MOST_SHOWN = 1 << 20;

/** A pseudo-terminal, from the side where a person sits: types, and reads what appears. */
export class Terminal {
  /** The other side: for the standard descriptors of a process, and closed here once it has them. */
  readonly slave: number;
  private readonly master: number;
  private readonly screen: ReadStream;
  private text = '';
  private count = 0;
  private over = false;

  constructor({ rows = 24, columns = 200 } = {}) {
    const { master, slave } = openpty({ ws_row: rows, ws_col: columns });
    // The terminal hangs up when its last holder here has closed it: no child may be one.
    for (const fd of [master, slave]) fcntl(fd, F_SETFD, FD_CLOEXEC);
    this.master = master;
    this.slave = slave;
    this.screen = new ReadStream(master);
    this.screen.setEncoding('utf8');
    this.screen.on('data', (text) => {
      this.text += String(text).replaceAll('\r', '');
      this.count += text.length;
      if (this.count > MOST_SHOWN) this.hangUp();
    });
    // EIO: nobody has the other side open any more. pty(7)
    for (const event of ['error', 'end']) {
      this.screen.on(event, () => {
        this.over = true;
      });
    }
  }

  /** The process has its descriptors: what it leaves of them is the terminal's life. */
  handedOver(): void {
    close(this.slave);
  }

  type(text: string): void {
    if (!this.over) write(this.master, text);
  }

  /** The process group in the foreground; 0 if there is none. */
  get foreground(): number {
    return this.over ? 0 : tcgetpgrp(this.master);
  }

  /** All that has appeared and was not taken yet. */
  get shown(): string {
    return this.text;
  }

  /** Nobody has the other side open any more. */
  get isOver(): boolean {
    return this.over;
  }

  /** Takes what has appeared up to the end of `wanted`; undefined if it has not appeared. */
  take(wanted: string): string | undefined {
    const at = this.text.indexOf(wanted);
    if (at === -1) return undefined;
    const taken = this.text.slice(0, at + wanted.length);
    this.text = this.text.slice(taken.length);
    return taken;
  }

  /** Hangs up: SIGHUP to the session. */
  hangUp(): void {
    this.over = true;
    this.screen.destroy();
  }
}
