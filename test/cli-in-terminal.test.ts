import { CLI } from './support/cli';
import { facts } from './support/run-program';

/** What `realfork` writes where standard error is a terminal. */

async function inTerminal(columns: number, until: string, ...args: readonly string[]): Promise<string> {
  const { said } = (await facts('in-a-terminal', String(columns), until, ...args)) as { said: string };
  return said;
}

const command = (...args: readonly string[]): readonly string[] => [process.execPath, CLI, ...args];

const serving = (...args: readonly string[]): Promise<string> =>
  inTerminal(80, 'watch me', ...command('serve', ...args));

describe('a server that listens says what to do next', () => {
  test.each(['figure-4.13', 'forking'])('%s', async (name) => {
    const said = await serving(name, '--port', '0');
    const [, port] = /listening on 127\.0\.0\.1:(\d+)\n/.exec(said) ?? [];
    expect(said).toContain(`connect with: realfork connect --port ${port}  (or: nc -N 127.0.0.1 ${port})\n`);
    expect(said).toMatch(/^watch me: {5}realfork watch \d+$/m);
  });

  test('by the name by which it was called', async () => {
    const said = await inTerminal(
      80,
      'watch me',
      'env',
      'npm_command=exec',
      ...command('serve', 'forking', '--port', '0'),
    );
    expect(said).toMatch(/^connect with: npx realfork connect/m);
    expect(said).toMatch(/^watch me: {5}npx realfork watch \d+$/m);
  });

  test('IPv6', async () => {
    const said = await serving('figure-4.13', '--host', '::1', '--port', '0');
    expect(said).toMatch(/connect with: realfork connect --host ::1 --port (\d+) {2}\(or: nc -N ::1 \1\)/);
  });

  test('but not with --quiet', async () => {
    const said = await inTerminal(80, '', 'timeout', '1', ...command('serve', 'forking', '--port', '0', '--quiet'));
    expect(said).toBe('');
  });
});

const ESCAPE = '\u001b';

describe('a command that shows its progress', () => {
  test('draws over its line, where it can', async () => {
    expect(await inTerminal(80, '', ...command('experiment', 'handler-errno'))).toContain(ESCAPE);
  });

  test('writes no more than its result in a terminal that nobody has sized', async () => {
    const said = await inTerminal(0, '', 'env', 'NO_COLOR=1', 'CI=true', ...command('experiment', 'handler-errno'));
    expect(said).not.toContain(ESCAPE);
    expect(said).toContain('ECHILD');
  });

  test('writes no escape where TERM=dumb', async () => {
    const said = await inTerminal(80, '', 'env', 'TERM=dumb', 'CI=true', ...command('experiment', 'handler-errno'));
    expect(said).not.toContain(ESCAPE);
    expect(said).toContain('ECHILD');
  });
});
