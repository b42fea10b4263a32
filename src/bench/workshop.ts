import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { temporaryDirectory } from './temporary-directory';

/** The first line that a program prints about itself, or undefined if it is not there. */
export function versionOf(program: string, ...args: readonly string[]): string | undefined {
  const { error, status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return error === undefined && status === 0 ? (stdout.split('\n')[0] ?? '') : undefined;
}

/** Where C programs are compiled at run time. */
export class Workshop {
  private readonly directory = temporaryDirectory('realfork-bench-');

  /** Undefined where there is no C compiler. */
  static open(): Workshop | undefined {
    return versionOf('cc', '--version') === undefined ? undefined : new Workshop();
  }

  /** @returns the program. Throws what the compiler said. */
  compile(source: string): string {
    const program = join(this.directory, basename(source, '.c'));
    const args = ['-O2', '-std=gnu11', '-pthread', '-o', program, source];
    const { error, status, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`cc could not compile ${source}: ${stderr}`);
    return program;
  }
}
