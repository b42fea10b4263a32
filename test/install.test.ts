import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { howToRun } from '#src/addons/advice.js';
import { addonFile, platformName, usesMusl } from '#src/addons/files.js';
import { type Run, runCommand } from './support/run-program';

/** The package as it is published, in a project of its own, with the addons that were built here for brought ones. */

const ROOT = join(__dirname, '..', '..');
const ABI = process.versions.modules;

interface Manifest {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly gypfile?: boolean;
  readonly os?: readonly string[];
}
const readManifest = (directory: string): Manifest =>
  JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;

let project: string;
const installed = (...path: string[]): string => join(project, 'node_modules', 'realfork', ...path);

/** What there is of the addons in prebuilds/ of the package that is installed, for this test alone. */
function bring(abi = ABI, platform = platformName()): void {
  const directory = installed('prebuilds', platform);
  mkdirSync(directory, { recursive: true });
  copyFileSync(addonFile('realfork'), join(directory, 'realfork.node'));
  copyFileSync(addonFile('quiesce'), join(directory, `quiesce.abi${abi}.node`));
}

const node = (program: string, env: NodeJS.ProcessEnv = {}): Promise<Run> =>
  runCommand(process.execPath, ['-e', `process.chdir(${JSON.stringify(project)}); ${program}`], {
    env: { ...process.env, ...env },
  });

/** What require('realfork') fails with, in that project: its message, and its code. */
async function failure(before = ''): Promise<string> {
  const program = `${before}; try { require('node:module').createRequire(process.cwd() + '/x.js')('realfork') } catch (e) { console.log(e.message); console.log(e.code) }`;
  const run = await node(program);
  expect([run.stderr, run.status]).toEqual(['', 0]);
  return run.stdout.replaceAll(project, 'PROJECT');
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'realfork-install-'));
  const npm = ['pack', '--ignore-scripts', '--silent', '--pack-destination', project];
  // npm keeps what it has compiled in the temporary directory, from Node 22 on.
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
  const tarball = execFileSync('npm', npm, { cwd: ROOT, encoding: 'utf8', env }).trim();
  mkdirSync(installed(), { recursive: true });
  execFileSync('tar', ['-x', '-f', join(project, tarball), '--strip-components=1', '-C', installed()]);
  rmSync(installed('prebuilds'), { recursive: true, force: true }); // of scripts/prebuild
  for (const name of Object.keys(readManifest(ROOT).dependencies)) {
    const place = join(project, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), place);
  }
});

afterEach(() => {
  for (const name of ['prebuilds', 'build']) rmSync(installed(name), { recursive: true, force: true });
});
afterAll(() => rmSync(project, { recursive: true }));

describe('the package', () => {
  test('has nothing that a package manager runs when it installs it, and no system that it refuses', () => {
    const { scripts, gypfile, os } = readManifest(installed());
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
    expect([gypfile, os, existsSync(installed('binding.gyp'))]).toEqual([false, undefined, false]);
  });

  test('has no tests, no source maps and no notes of the compiler', () => {
    const files = execFileSync('find', ['.', '-type', 'f'], { cwd: installed(), encoding: 'utf8' }).split('\n');
    expect(files).toContain('./dist/index.d.ts');
    expect(files.filter((file) => /\.map$|\.tsbuildinfo$|\.test\.|^\.\/(test|bench|solutions)\//.test(file))).toEqual(
      [],
    );
  });
});

describe('require', () => {
  test('takes the addons from prebuilds/, and fork works', async () => {
    bring();
    const program = `
      const { fork, waitpid, describeStatus } = require('node:module').createRequire(process.cwd() + '/x.js')('realfork');
      const pid = fork();
      if (pid === 0) process.exit(7);
      console.log(describeStatus(waitpid(pid).status));`;
    expect(await node(program)).toMatchObject({ stdout: 'exited 7\n', stderr: '', status: 0 });
  });

  test('in a worker_thread alone leaves the process to end', async () => {
    bring();
    const program = "new (require('node:worker_threads').Worker)(`require('realfork')`, { eval: true });";
    expect(await node(program)).toMatchObject({ stdout: '', stderr: '', status: 0, signal: null });
  });

  test("loads no dependency, by any entry point but the CLI's", async () => {
    bring();
    const program = `
      const inProject = require('node:module').createRequire(process.cwd() + '/x.js');
      for (const name of ['', '/c', '/unp', '/observe', '/children']) inProject('realfork' + name);
      const own = require('node:path').dirname(inProject.resolve('realfork/package.json'));
      console.log(Object.keys(inProject.cache).filter((file) => !file.startsWith(own)).join());`;
    expect(await node(program)).toMatchObject({ stdout: '\n', stderr: '', status: 0 });
  });

  test('says what to type where there is no addon for the system', async () => {
    expect(await failure()).toContain(
      `  This realfork brings no addon for ${platformName()}. Build it: npx realfork build\nERR_REALFORK_ADDON\n`,
    );
  });

  test('says of a Node that is newer than those it knows what to do', async () => {
    bring('83');
    bring('84');
    expect(await failure()).toContain(
      `  This realfork brings an addon for Node ABI 83 and ABI 84, not for one as new as ${process.version}. ` +
        'Use one of those, update realfork, or build it for this Node: npx realfork build\n',
    );
  });

  test('says that an addon is for another Node, where it was built for that', async () => {
    mkdirSync(installed('build', 'Release'), { recursive: true });
    copyFileSync(addonFile('realfork'), installed('build', 'Release', 'realfork.node'));
    writeFileSync(installed('build', 'Release', 'quiesce.node'), 'no library');
    expect(await failure()).toMatch(/quiesce\.node on [\s\S]*Build it anew: npx realfork build/);
  });

  test.each([
    ['darwin', 'macOS. Run the program in a container; its types'],
    ['win32', 'Windows. Run the program in a container, or in WSL; its types'],
  ])('says on %s where it runs', async (platform, name) => {
    const said = await failure(`Object.defineProperty(process, 'platform', { value: '${platform}' })`);
    expect(said.split('\n')).toEqual([
      expect.stringContaining(`realfork runs on Linux and FreeBSD, not on ${name}`),
      expect.stringContaining('devcontainer.json'),
      expect.stringContaining('docker run'),
      'ERR_REALFORK_ADDON',
      '',
    ]);
  });

  test('says that it is to be marked external, where it has been bundled', async () => {
    bring();
    writeFileSync(join(project, 'main.js'), "require('realfork')");
    execFileSync(
      join(ROOT, 'node_modules', '.bin', 'esbuild'),
      [...['main.js', '--bundle', '--platform=node', '--outfile=out/bundle.js', '--log-level=error']],
      { cwd: project },
    );
    const run = await runCommand(process.execPath, [join(project, 'out', 'bundle.js')]);
    expect(run.stderr).toContain(
      'Mark it external, so that it is loaded from node_modules: esbuild --external:realfork',
    );
  });
});

describe('realfork build', () => {
  test('says what to install where there is no compiler', async () => {
    const bin = join(project, 'bin');
    mkdirSync(bin);
    symlinkSync(process.execPath, join(bin, 'node'));
    const env = { ...process.env, PATH: bin, CXX: '', PYTHON: '', npm_config_python: '' };
    const run = await runCommand(process.execPath, [installed('dist', 'cli', 'main.js'), 'build'], { env });
    expect([run.stdout, run.status]).toEqual(['', 1]);
    expect(run.stderr).toMatch(
      /^realfork: to build the addons, this machine lacks: C\+\+ compiler, g?make, python3\. Install\n/,
    );
    for (const tool of ['apt-get', 'apk', 'dnf', 'pkg']) expect(run.stderr).toContain(` ${tool} `);
  });

  test('--if-needed does nothing where the package brings what fits', async () => {
    bring();
    const run = await runCommand(process.execPath, [installed('dist', 'cli', 'main.js'), 'build', '--if-needed']);
    expect(run).toMatchObject({ stdout: '', stderr: '', status: 0 });
  });
});

test.each([
  ['/home/a/project/node_modules/realfork', 'npx realfork'],
  ['/home/a/project/node_modules/.pnpm/realfork@1.0.0/node_modules/realfork', 'pnpm exec realfork'],
  ['/home/a/project/.yarn/unplugged/realfork-npm-1.0.0-0123456789/node_modules/realfork', 'yarn realfork'],
])('in %s it is called by %s', (directory, command) => {
  expect(howToRun(directory)).toBe(command);
});

describe('the C library', () => {
  /** The first bytes of an ELF file of 64 bits, elf(5), that names this interpreter. */
  function executable(interpreter: string): string {
    const bytes = Buffer.alloc(64 + 56 + interpreter.length + 1);
    bytes.write('\x7fELF', 'latin1');
    bytes.writeBigUInt64LE(64n, 32);
    bytes.writeUInt16LE(56, 54);
    bytes.writeUInt16LE(1, 56);
    bytes.writeUInt32LE(3, 64);
    bytes.writeBigUInt64LE(120n, 64 + 8);
    bytes.writeBigUInt64LE(BigInt(interpreter.length + 1), 64 + 32);
    bytes.write(interpreter, 120, 'latin1');
    const file = join(project, 'executable');
    writeFileSync(file, bytes);
    return file;
  }

  test.each([
    ['/lib/ld-musl-x86_64.so.1', true],
    ['/lib64/ld-linux-x86-64.so.2', false],
    ['/nix/store/0123-musl-1.2.5/lib/ld-musl-aarch64.so.1', true],
  ])('of a Node whose interpreter is %s', (interpreter, musl) => {
    expect(usesMusl(executable(interpreter))).toBe(musl);
  });

  test('of a file that is no executable, and of one that is not there, is taken for the usual one', () => {
    expect([usesMusl(join(project, 'package.json')), usesMusl(__filename)]).toEqual([false, false]);
  });
});
