import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { testWith } from './systems';

/** A terminal that a test looks at and types into: a tmux server of its own, without anybody's configuration. */
export class Tmux {
  private readonly directory = mkdtempSync(join(tmpdir(), 'realfork-test-'));

  constructor(columns = 100, rows = 24) {
    this.run('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), 'sh');
  }

  /** Waits for the prompt of sh(1), and makes it `prompt`: what is typed before it is there is shown twice. */
  async ready(prompt: string): Promise<void> {
    await this.shows(/^[#$]$/m);
    this.press(`PS1="${prompt} "; clear`, 'Enter');
    await this.shows(new RegExp(`^${prompt}$`, 'm'));
  }

  private run(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', join(this.directory, 'socket'), ...args], { encoding: 'utf8' });
  }

  /** What it shows, a line for each row. */
  get screen(): string {
    return this.run('capture-pane', '-p');
  }

  /** Keys by tmux's names: "Enter", "Down", "q". */
  press(...keys: readonly string[]): void {
    this.run('send-keys', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.run('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Until it shows something that fits. A terminal sends no word of that: it is looked at again and again. */
  async shows(pattern: RegExp, patience = 15_000): Promise<RegExpExecArray> {
    const deadline = performance.now() + patience;
    for (;;) {
      const { screen } = this;
      const found = pattern.exec(screen);
      if (found !== null) return found;
      if (performance.now() > deadline) throw new Error(`the terminal never showed ${pattern}, but:\n${screen}`);
      await delay(20);
    }
  }

  close(): void {
    this.run('kill-server');
    rmSync(this.directory, { recursive: true });
  }
}

/** A test that looks at a terminal. */
export const testInTmux = testWith('tmux');
