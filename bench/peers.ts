import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compileLoad } from '#src/bench/load.js';
import { versionOf, Workshop } from '#src/bench/workshop.js';

/** How the same work is done in one language. */
export interface Peer {
  readonly id: string;
  readonly name: string;
  /** Why it cannot be measured on this machine. */
  readonly skipped?: string;
  /** How a program of bench/peers/ is run, to be followed by its arguments; undefined if there is none in this language. */
  readonly command: (program: string) => readonly string[] | undefined;
}

export interface Peers {
  readonly all: readonly Peer[];
  /** Compiled from bench/peers/; undefined where there is no C compiler. */
  readonly compiled: (program: string) => string | undefined;
  /** The clients of the servers; undefined where there is no C compiler. */
  readonly load: string | undefined;
}

export const NO_COMPILER = 'no C compiler (cc)';

/** The sources stay in bench/; only TypeScript is compiled to dist-test/. */
const SOURCES = join(__dirname, '..', '..', 'bench', 'peers');

function scripted(extension: string, program: string, interpreter: readonly string[]): readonly string[] | undefined {
  const source = join(SOURCES, `${program}.${extension}`);
  return existsSync(source) ? [...interpreter, source] : undefined;
}

const WHO_IS_PYTHON =
  'import os, platform as p, sys; print(os.path.realpath(sys.executable), p.python_implementation(), p.python_version())';

/**
 * The python3 that a user has, past all links and shims, and the system's own where that is another one: builds of
 * CPython differ by a factor of two in what a fork costs them.
 */
function pythons(): Peer[] {
  const found = new Map<string, string>();
  for (const command of ['python3', '/usr/bin/python3']) {
    const [program = '', ...version] = (versionOf(command, '-c', WHO_IS_PYTHON) ?? '').split(' ');
    if (program !== '') found.set(program, version.join(' '));
  }
  if (found.size === 0) return [{ id: 'python', name: 'CPython', skipped: 'no python3', command: () => undefined }];
  return [...found].map(([interpreter, version], index) => ({
    id: index === 0 ? 'python' : 'python-of-system',
    name: index === 0 ? version : `${version} of the system`,
    command: (program) => scripted('py', program, [interpreter]),
  }));
}

interface Language {
  readonly id: string;
  readonly name: string;
  readonly interpreter: string;
  readonly extension: string;
  /** Prints its version, or fails where what is needed is missing. */
  readonly probe: readonly string[];
}

const LANGUAGES: readonly Language[] = [
  { id: 'perl', name: 'Perl', interpreter: 'perl', extension: 'pl', probe: ['-e', 'printf "%vd", $^V'] },
  {
    ...{ id: 'php', name: 'PHP', interpreter: 'php', extension: 'php' },
    probe: [
      '-r',
      'if (!function_exists("pcntl_fork") || !function_exists("socket_create")) exit(1); echo PHP_VERSION;',
    ],
  },
  { id: 'ruby', name: 'Ruby', interpreter: 'ruby', extension: 'rb', probe: ['-e', 'print RUBY_VERSION'] },
];

function scripting({ id, name, interpreter, extension, probe }: Language): Peer {
  const version = versionOf(interpreter, ...probe);
  if (version === undefined) return { id, name, skipped: `no ${interpreter}`, command: () => undefined };
  return { id, name: `${name} ${version}`, command: (program) => scripted(extension, program, [interpreter]) };
}

/** Options of Node for a program that is started anew with the settings of realfork/tuned. */
const TUNED: readonly string[] = ['--require', join(__dirname, '..', '..', 'dist', 'tuned', 'index.js')];

function realfork(id: string, options: readonly string[]): Peer {
  return {
    ...{ id, name: id.replace('-', ', ') },
    command(program) {
      const path = join(__dirname, 'peers', `${program}.js`);
      return existsSync(path) ? [process.execPath, ...options, path] : undefined;
    },
  };
}

/** Finds out who is here, and compiles what has to be when it is asked for. */
export function findPeers(): Peers {
  const workshop = Workshop.open();
  const programs = new Map<string, string>();
  const compiled = (program: string): string | undefined => {
    const source = join(SOURCES, `${program}.c`);
    if (workshop === undefined || !existsSync(source)) return undefined;
    const known = programs.get(program) ?? workshop.compile(source);
    programs.set(program, known);
    return known;
  };
  const c: Peer = {
    ...{ id: 'c', name: 'C, -O2' },
    ...(workshop === undefined ? { skipped: NO_COMPILER } : {}),
    command(program) {
      const path = compiled(program);
      return path === undefined ? undefined : [path];
    },
  };
  return {
    all: [c, ...pythons(), ...LANGUAGES.map(scripting), realfork('realfork', []), realfork('realfork-tuned', TUNED)],
    compiled,
    load: workshop === undefined ? undefined : compileLoad(workshop),
  };
}
