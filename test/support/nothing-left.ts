import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reporter } from '@jest/reporters';

/** A reporter for Jest: the tests have a temporary directory of their own, and what is left in it fails the run. */
export default class NothingLeft implements Reporter {
  private directory = '';
  private error: Error | undefined;

  /** Before there are workers, which inherit the environment. */
  onRunStart(): void {
    this.directory = mkdtempSync(join(tmpdir(), 'realfork-'));
    chmodSync(this.directory, 0o755); // some tests run programs as nobody
    process.env['TMPDIR'] = this.directory;
    process.on('exit', () => rmSync(this.directory, { recursive: true, force: true })); // Ctrl-C as well
  }

  onRunComplete(): void {
    const left = readdirSync(this.directory, { recursive: true, encoding: 'utf8' });
    if (left.length === 0) return;
    this.error = new Error(`left in the temporary directory: ${left.join(', ')}`);
    process.stderr.write(`\n${this.error.message}\n`); // Jest fails without a word of its reporters' errors
  }

  getLastError(): Error | undefined {
    return this.error;
  }
}
