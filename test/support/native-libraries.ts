import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** test/support/native: the compiler that builds the addon builds these too. */
const SOURCES = join(__dirname, '..', '..', '..', 'test', 'support', 'native');

const ADDON = join(__dirname, '..', '..', '..', 'native');

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

  /**
   * Sources of the addon, as another system has them, beside NAME/main.cc, which answers for that system; NAME has what there
   * is of its headers. No `fcntl` and no `ioctl` is this system's.
   * @returns the program's path. Throws what the compiler said.
   */
  compileAsElsewhere(name: string, sources: readonly string[]): string {
    const made = join(this.directory, name);
    const files = [join(SOURCES, name, 'main.cc'), ...sources.map((source) => join(ADDON, source))];
    const options = ['-std=c++20', '-Dfcntl=told_fcntl', '-Dioctl=told_ioctl', '-I', join(SOURCES, name), '-I', ADDON];
    return this.compiled('c++', [...options, '-o', made, ...files], name, made);
  }

  private cc(name: string, output: string, options: readonly string[]): string {
    const made = join(this.directory, output);
    const args = ['-x', 'c', ...options, '-o', made, join(SOURCES, `${name}.c`)];
    return this.compiled('cc', args, `${name}.c`, made);
  }

  private compiled(compiler: string, args: readonly string[], what: string, made: string): string {
    const { error, status, stderr } = spawnSync(compiler, args, { encoding: 'utf8' });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`${compiler} could not compile ${what}: ${stderr}`);
    return made;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
