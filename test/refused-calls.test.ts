import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { CLI, client, echo, hangUp } from './support/cli';
import { NativeLibraries } from './support/native-libraries';
import { reports, reportsOf, runCommand, Started } from './support/run-program';
import { describeWhere } from './support/systems';

/** System calls that the kernel refuses, as a container's seccomp profile has it. */

const libraries = new NativeLibraries();
afterAll(() => libraries.remove());

/** test/support/native/refusing.c, where it can be made and may refuse. */
function refusingProgram(): string | undefined {
  if (process.platform !== 'linux' || spawnSync('cc', ['--version']).status !== 0) return undefined;
  const program = libraries.compileProgram('refusing');
  return spawnSync(program, ['EPERM', 'pidfd_open', '--', 'true']).status === 0 ? program : undefined;
}

const refusing = refusingProgram() ?? '';
const whereRefused = describeWhere(refusing !== '', 'seccomp is Linux, is to be allowed, and wants a C compiler (cc)');

whereRefused('waitpidAsync without pidfd_open', () => {
  const program = join(__dirname, 'programs', 'hooks-and-promises.js');
  const scenarios = ['statuses', 'twice', 'refusals', 'reapedByOther', 'inChild', 'noDescriptorLeft'];

  test.each(['EPERM', 'ENOSYS'].flatMap((errno) => scenarios.map((name) => [errno, name] as const)))(
    '(%s), %s: as with it',
    async (errno, scenario) => {
      const run = await runCommand(refusing, [errno, 'pidfd_open', '--', process.execPath, program, scenario]);
      expect([run.stderr, run.status]).toEqual(['', 0]);
      expect(reportsOf(run)).toEqual(await reports('hooks-and-promises', scenario));
    },
  );
});

/** `realfork serve forking`, with options of Node and of its own. */
const serving = (node: readonly string[], args: readonly string[]): string[] => [
  ...[process.execPath, ...node, CLI],
  ...['serve', 'forking', '--port', '0', '--doit', 'echo', ...args],
];

whereRefused('where memory that was written to may not be made code (systemd, MemoryDenyWriteExecute=)', () => {
  const rule = ['EPERM', 'mprotect', '2=4', '--']; // PROT_EXEC

  test.each([[], ['--tuned']])('serve forking %s serves', async (...args) => {
    const server = new Started(refusing, [...rule, ...serving(['--jitless'], args)]);
    try {
      const [, pid, port] = await server.stderr.match(/pid (\d+) listening on .*:(\d+)\n/);
      const socket = await client({ host: '127.0.0.1', port: Number(port) });
      expect(await echo(socket, 'hello\n')).toBe('hello\n');
      await hangUp(socket);
      process.kill(Number(pid), 'SIGTERM');
      expect(await server.end()).toMatchObject({ status: 0, signal: null });
    } finally {
      await server.kill();
    }
  });
});

whereRefused("where the table of V8's platform may not be written to", () => {
  /** One page, to be written: as WritablePage of native/platform_memory.h asks. */
  const ONE_PAGE = ['1=4096', '2=2'];

  test.each([[], ['--tuned']])('serve forking %s says so before it listens, and ends', async (...args) => {
    const run = await runCommand(refusing, ['EPERM', 'mprotect', ...ONE_PAGE, '--', ...serving([], args)]);
    expect([run.status, run.stdout]).toEqual([1, '']);
    expect(run.stderr).toMatch(/^realfork: fork\(\): .* this system refuses mprotect, .*\n$/);
  });
});
