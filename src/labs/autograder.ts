import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import type { Lab } from './lab';
import { fileIn } from './languages';
import type { Language } from './submission';

/**
 * The archive that Gradescope makes an autograder of: https://gradescope-autograders.readthedocs.io/en/latest/specs/. It
 * has this package and what that needs from npm, so that nothing has to be fetched but a compiler, and a Node unless one is given.
 */

const ROOT = join(__dirname, '..', '..');
const SCRIPTS = join(ROOT, 'labs', 'autograder');

/** Of this package, what it takes to run, and to build the addons where it brings none that fit. */
const OF_PACKAGE: readonly string[] = ['package.json', 'LICENSE', 'binding.gyp', 'native', 'prebuilds', 'dist', 'labs'];

/** Mode of a regular file, in the upper half of a zip entry's external attributes, and who says so: Unix. */
const UNIX = 3;
const attributes = (mode: number): number => ((0o100000 | mode) << 16) >>> 0;
/** Of every entry: the same package makes the same archive. */
const MTIME = '1980-01-02';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** All files below a path, which may be one itself. Links are not followed. */
function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { encoding: 'utf8', recursive: true })
    .map((name) => join(path, name))
    .filter((file) => lstatSync(file).isFile())
    .sort();
}

/** As Node looks for it: in the node_modules of this directory and of those around it. */
function findPackage(name: string, from: string): string {
  const place = join(from, 'node_modules', name);
  if (existsSync(join(place, 'package.json'))) return place;
  if (dirname(from) === from) throw new Error(`${name} is not installed: run "npm install" where realfork is`);
  return findPackage(name, dirname(from));
}

/** Where npm has put the dependencies of a package, theirs among them. */
function dependenciesOf(directory: string, found = new Set<string>()): ReadonlySet<string> {
  const { dependencies = {} } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
  for (const name of Object.keys(dependencies)) {
    if (name.startsWith('@types/')) continue; // for an editor: nothing of it runs
    const place = findPackage(name, directory);
    if (found.has(place)) continue;
    found.add(place);
    dependenciesOf(place, found);
  }
  return found;
}

/** Below the node_modules that all of them are in; those that npm has put into another package's stay there. */
function pathInArchive(file: string): string {
  const parts = file.split(sep);
  return parts.slice(parts.indexOf('node_modules', ROOT.split(sep).lastIndexOf('node_modules') + 1)).join('/');
}

/** What run_autograder reads: shell, of values that need no quotes in it. */
function settings(lab: Lab, language: Language): string {
  return `LAB=${lab.number}\nFILE=${fileIn(lab, language)}\nLANGUAGE=${language}\n`;
}

/** @param node a file with a Node as nodejs.org gives it (.tar.xz, .tar.gz), so that none has to be fetched */
export function autograderArchive(lab: Lab, language: Language, node?: string): Uint8Array {
  const entries: Zippable = {};
  const add = (name: string, content: Uint8Array, mode = 0o644): void => {
    entries[name] = [content, { attrs: attributes(mode), os: UNIX, mtime: MTIME }];
  };
  for (const name of ['setup.sh', 'run_autograder']) add(name, readFileSync(join(SCRIPTS, name)), 0o755);
  add('lab.sh', Buffer.from(settings(lab, language)));
  for (const file of OF_PACKAGE.map((path) => join(ROOT, path))
    .filter(existsSync)
    .flatMap(filesOf)) {
    add(`realfork/${relative(ROOT, file).split(sep).join('/')}`, readFileSync(file));
  }
  const dependencies = [...dependenciesOf(ROOT)];
  for (const file of dependencies.flatMap(filesOf)) add(`realfork/${pathInArchive(file)}`, readFileSync(file));
  if (node !== undefined) add('node.tar', readFileSync(node));
  return zipSync(entries, { level: 6 });
}
