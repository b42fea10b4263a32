import { facts, reports, reportsOf, runProgram } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'needs /proc/self/mem');
const onX64 = testWhere(process.platform === 'linux' && process.arch === 'x64', 'has machine code of x86-64');

describe('a fault takes the default action, whatever handler is installed', () => {
  onLinux('SIGBUS, in a child', async () => {
    expect(await reports('faults', 'fault', 'SIGBUS')).toEqual(['killed by SIGBUS']);
  });

  for (const name of ['SIGSEGV', 'SIGTRAP', 'SIGILL', 'SIGFPE']) {
    onX64(`${name}, in a child`, async () => {
      expect(await reports('faults', 'fault', name)).toEqual([`killed by ${name}`]);
    });

    onX64(`${name}, in a program that has never forked`, async () => {
      const run = await runProgram('faults', ['faultHere', name]);
      expect([run.status, run.signal, run.stdout]).toEqual([null, name, '']);
    });
  }
});

onX64('SA_ONSTACK, where the thread has an alternate stack: the handler runs, and the flag is told', async () => {
  expect(await facts('faults', 'onStack')).toEqual({ runs: 100, first: [1000, 12001], flags: true });
});

test('the same signals sent by kill are handled', async () => {
  const names = ['SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP'];
  expect(await reports('faults', 'killed')).toEqual(names.map((name) => `handled ${name}`));
});

describe.each(['parent', 'child'])('with a handler of SIGSEGV, in a %s', (where) => {
  test('an out-of-bounds access of WebAssembly still throws a RuntimeError', async () => {
    const run = await runProgram('faults', ['trap', where]);
    const failed = 'RuntimeError';
    expect([run.status, run.signal, reportsOf(run)]).toEqual([0, null, [[0, failed, failed, failed]]]);
  });
});
