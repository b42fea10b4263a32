import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary-directory';

/** The C, Python and TypeScript sources stay in bench/; only TypeScript is compiled to dist-test/. */
const SOURCES = join(__dirname, '..', '..', '..', 'bench', 'peers');
const COMPILED = join(__dirname, '..', 'peers');

/** The source of a peer. */
export const sourceOf = (file: string): string => join(SOURCES, file);
/** A peer written in TypeScript, as Node runs it. */
export const compiledPeer = (name: string): string => join(COMPILED, `${name}.js`);

/** The first line that a program prints about itself, or undefined if it is not there. */
export function versionOf(program: string, ...args: readonly string[]): string | undefined {
  const { error, status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return error === undefined && status === 0 ? (stdout.split('\n')[0] ?? '') : undefined;
}

/** Where C programs are compiled at run time. */
export class Workshop {
  private readonly directory = temporaryDirectory('realfork-bench-');

  /** @returns the program. Throws what the compiler said. */
  compile(name: string): string {
    const program = join(this.directory, name);
    const args = ['-O2', '-std=gnu11', '-pthread', '-o', program, sourceOf(`${name}.c`)];
    const { error, status, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`cc could not compile ${name}.c: ${stderr}`);
    return program;
  }
}
