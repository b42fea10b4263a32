import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { BUILT, platformName, prebuiltAbis, root } from './files';

/** What is said where an addon does not load: what the reason is, and what to type. */

/** Which Nodes have an ABI: https://nodejs.org/api/n-api.html has Node-API's; process.versions.modules is this. */
const NODE_OF_ABI: Readonly<Record<number, string>> = { 115: '20', 127: '22', 137: '24', 147: '26' };

/** A checkout has what no package has. */
export const isCheckout: boolean = existsSync(join(root, 'tsconfig.json'));

/** How a command of this package is called, by the package manager that has put it here. */
export function howToRun(directory: string = root): string {
  if (directory.includes(`${sep}.pnpm${sep}`)) return 'pnpm exec realfork';
  if (directory.includes(`${sep}.yarn${sep}`)) return 'yarn realfork';
  const modules = directory.lastIndexOf(`${sep}node_modules${sep}`);
  const project = modules === -1 ? '' : directory.slice(0, modules);
  if (project !== '' && existsSync(join(project, 'node_modules', '.yarn-state.yml'))) return 'yarn realfork';
  return 'npx realfork';
}

export const buildCommand = (): string => (isCheckout ? 'npm run build' : `${howToRun()} build`);

const SYSTEMS: Readonly<Record<string, string>> = { darwin: 'macOS', win32: 'Windows' };

function elsewhere(): string {
  const name = SYSTEMS[process.platform] ?? process.platform;
  return [
    `realfork runs on Linux and FreeBSD, not on ${name}. Run the program in a container${name === 'Windows' ? ', or in WSL' : ''}; its types are good here.`,
    '  Dev container: .devcontainer/devcontainer.json with { "image": "mcr.microsoft.com/devcontainers/typescript-node:22" }',
    '  Docker: docker run --rm -it --init -v "$PWD":/work -w /work node:22 bash',
  ].join('\n');
}

function bundled(): string {
  return (
    `realfork has been bundled into a file of ${dirname(__filename)}, and its addons have not. Mark it external, so that it is loaded ` +
    'from node_modules: esbuild --external:realfork; external: ["realfork"] of Rollup and Vite (ssr), externals of webpack'
  );
}

function unknownNode(known: readonly number[]): string {
  const nodes = known.map((abi) => NODE_OF_ABI[abi] ?? `ABI ${abi}`);
  const list = `${nodes.slice(0, -1).join(', ')} and ${nodes.at(-1)}`;
  const newer = Number(process.versions.modules) > Math.max(...known);
  return (
    `This realfork brings an addon for Node ${list}, not for ${newer ? 'one as new as ' : ''}${process.version}. ` +
    `Use one of those${newer ? ', update realfork' : ''}, or build it for this Node: ${buildCommand()}`
  );
}

/** For a person, in a line; where it runs, in three. */
export function whyNotLoaded(file: string, error: unknown): Error {
  const said = error instanceof Error ? error.message : String(error);
  const fail = (message: string): Error =>
    Object.assign(new Error(message), { code: 'ERR_REALFORK_ADDON', cause: error });
  if (!['linux', 'freebsd'].includes(process.platform)) return fail(elsewhere());
  if (!existsSync(join(root, 'dist', 'addons', 'advice.js'))) return fail(bundled());

  const system = `${platformName()}, Node ${process.versions.node} (ABI ${process.versions.modules})`;
  const abis = prebuiltAbis();
  let advice: string;
  if (file.startsWith(BUILT)) {
    advice = said.includes('NODE_MODULE_VERSION')
      ? `It was built for another version of Node. Build it for this one: ${buildCommand()}`
      : `Build it anew: ${buildCommand()}. If that does not help, the line above says what the loader met.`;
  } else if (isCheckout && abis.length === 0) {
    advice = `The addons have not been built: ${buildCommand()}`;
  } else if (abis.length === 0) {
    advice = `This realfork brings no addon for ${platformName()}. Build it: ${buildCommand()}`;
  } else if (!existsSync(file)) {
    advice = unknownNode(abis);
  } else {
    advice = `Build it for this system: ${buildCommand()}. If that does not help, the line above says what the loader met.`;
  }
  return fail(`realfork: cannot load ${file} on ${system}\n  ${said.split('\n')[0]}\n  ${advice}`);
}
