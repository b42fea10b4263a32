import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..', '..', '..', '..');

/** Headers of this Node, for packages that are compiled: where it was installed with them, they need not be fetched. */
function headers(): Record<string, string> {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
}

/**
 * Installs the packages of packages/package.json, with npm, unless they are there for this version of Node: some minutes,
 * once. They are no dependencies of this package.
 * @returns their directory
 */
export function installPackages(): string {
  const wanted = readFileSync(join(root, 'bench/soak/packages/package.json'), 'utf8');
  const directory = join(root, `.cache/soak-packages/node-${process.versions.modules}`);
  const stamp = join(directory, 'installed.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return directory;
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), wanted);
  process.stderr.write(`soak: the packages are installed in ${directory}\n`);
  const { status, error } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], {
    ...{ cwd: directory, stdio: ['ignore', 'inherit', 'inherit'] },
    env: { ...process.env, ...headers() },
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`npm install ended with status ${status}: the packages are not all there`);
  writeFileSync(stamp, wanted);
  return directory;
}

/** As it says itself. Of Node's own fetch: the one of Node. */
export function versionOf(name: string, installed: string): string {
  const file = join(installed, 'node_modules', name, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : process.version;
}
