import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** test/support/native: the compiler that builds the addon builds these too. */
const SOURCES = join(__dirname, '..', '..', '..', 'test', 'support', 'native');

/** Libraries and programs in C, compiled for one test file. */
export class NativeLibraries {
  readonly directory = mkdtempSync(join(tmpdir(), 'realfork-native-'));

  /** @returns the library's path. Throws what the compiler said. */
  compile(name: string): string {
    return this.cc(name, `${name}.so`, ['-shared', '-fPIC', '-pthread']);
  }

  /** @returns the program's path. Throws what the compiler said. */
  compileProgram(name: string): string {
    return this.cc(name, name, []);
  }

  private cc(name: string, output: string, options: readonly string[]): string {
    const made = join(this.directory, output);
    const args = ['-x', 'c', ...options, '-o', made, join(SOURCES, `${name}.c`)];
    const { error, status, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`cc could not compile ${name}.c: ${stderr}`);
    return made;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
