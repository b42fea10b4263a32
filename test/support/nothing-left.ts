import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reporter } from '@jest/reporters';
import { failedRun } from './failed-run';

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
    if (left.length > 0) this.error = failedRun(`left in the temporary directory: ${left.join(', ')}`);
  }

  getLastError(): Error | undefined {
    return this.error;
  }
}
