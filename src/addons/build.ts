import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findCommand } from '../find-command';
import { isCheckout } from './advice';
import { addonFile, BUILT, PREBUILDS, root } from './files';

/** Building the addons on this machine, with node-gyp: in a checkout, and where the package brings none that fits. */

/** It cannot be done here; the message is for a person. */
export class CannotBuild extends Error {}

const MAKE = process.platform === 'freebsd' ? 'gmake' : 'make';

/** What node-gyp calls, as far as PATH has none of it. */
function missingTools(): string[] {
  const { CXX, PYTHON, npm_config_python: python } = process.env;
  const compiler = CXX?.split(' ').filter((word) => word !== 'ccache')[0];
  const missing: string[] = [];
  if (findCommand(...(compiler ? [compiler] : ['c++', 'g++', 'clang++'])) === undefined) missing.push('C++ compiler');
  if (findCommand(MAKE) === undefined) missing.push(MAKE);
  if (findCommand(...(python ? [python] : PYTHON ? [PYTHON] : ['python3', 'python'])) === undefined) {
    missing.push('python3');
  }
  return missing;
}

const HOW_TO_INSTALL = `  Debian, Ubuntu: apt-get install g++ make python3        Alpine:  apk add g++ make python3 linux-headers
  Fedora, RHEL:   dnf install gcc-c++ make python3        FreeBSD: pkg install gmake python3`;

/** The headers of the Node that runs, where they were installed with it: then node-gyp need not download them. */
function ownHeaders(): string | undefined {
  const directory = join(dirname(process.execPath), '..');
  const file = join(directory, 'include', 'node', 'node_version.h');
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const part = (name: string): string | undefined =>
    new RegExp(`^#define NODE_${name}_VERSION (\\d+)$`, 'm').exec(text)?.[1];
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.');
  return version === process.versions.node ? directory : undefined;
}

/** The arguments that start node-gyp: of this package's own, of npm's, or what PATH has. */
function nodeGyp(): readonly [string, ...string[]] {
  const script = (modules: string): string => join(modules, 'node-gyp', 'bin', 'node-gyp.js');
  const npm = [
    join(root, 'node_modules'),
    join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'node_modules'),
    join('/usr', 'local', 'lib', 'node_modules', 'npm', 'node_modules'),
  ].find((modules) => existsSync(script(modules)));
  if (npm !== undefined) return [process.execPath, script(npm)];
  const command = findCommand('node-gyp');
  if (command !== undefined) return [command];
  throw new CannotBuild('node-gyp is not here. It comes with npm, or: npm install --global node-gyp');
}

/** node-gyp wants it at the root. It lies in prebuilds/ in a package: package managers build what has one there. */
function withBindingGyp<Result>(work: () => Result): Result {
  const file = join(root, 'binding.gyp');
  if (existsSync(file)) return work();
  copyFileSync(join(PREBUILDS, 'binding.gyp'), file);
  try {
    return work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** A process of its own: an addon stays loaded, and what did not load is not tried again. */
export function loads(): boolean {
  const { status } = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', root], { stdio: 'ignore' });
  return status === 0;
}

/** In a checkout the sources may have changed. */
function isOlderThanSources(): boolean {
  const changed = (file: string): number => statSync(file).mtimeMs;
  const native = readdirSync(join(root, 'native')).map((name) => join(root, 'native', name));
  const addons = ['realfork', 'quiesce'].map((name) => join(BUILT, `${name}.node`));
  if (!addons.every(existsSync)) return true;
  return Math.max(...[join(root, 'binding.gyp'), ...native].map(changed)) > Math.min(...addons.map(changed));
}

/** Whether there is nothing to build. */
export const isUpToDate = (): boolean => !(isCheckout && isOlderThanSources()) && loads();

/**
 * Builds them into build/Release, which goes before prebuilds/ from then on.
 * @throws CannotBuild
 */
export function build(): void {
  const missing = missingTools();
  if (missing.length > 0) {
    throw new CannotBuild(`to build the addons, this machine lacks: ${missing.join(', ')}. Install\n${HOW_TO_INSTALL}`);
  }
  const headers = process.env['npm_config_nodedir'] ?? ownHeaders();
  const [command, ...args] = [...nodeGyp(), 'rebuild', ...(headers === undefined ? [] : [`--nodedir=${headers}`])];
  const { status, error } = withBindingGyp(() => spawnSync(command, args, { cwd: root, stdio: 'inherit' }));
  if (error) throw error;
  if (status !== 0) throw new CannotBuild('node-gyp has failed: its lines above say of what');
  if (!loads())
    throw new CannotBuild(`${addonFile('realfork')} was built, and does not load: require('realfork') says why`);
}
