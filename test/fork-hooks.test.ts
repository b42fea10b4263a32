import { facts, reports, reportsOf, runProgram } from './support/run-program';

describe('registerAtFork', () => {
  test("runs 'before' in the opposite order, the others in the order of their registration", async () => {
    const before = ['second before in the parent', 'first before in the parent'];
    expect(await reports('hooks-and-promises', 'hooks')).toEqual([
      [...before, 'first after in the child', 'second after in the child'],
      [...before, 'first after in the parent', 'second after in the parent'],
    ]);
  });

  test("a 'before' that throws calls the fork off: fork() throws the same, and there is no child", async () => {
    expect(await facts('hooks-and-promises', 'hookThrows')).toEqual([
      { name: 'Error', code: undefined, message: 'not now' },
      -1,
    ]);
  });
});

test('fork with the inspector active throws ERR_FORK_WITH_INSPECTOR', async () => {
  const run = await runProgram('hooks-and-promises', ['inspected'], { nodeOptions: ['--inspect=127.0.0.1:0'] });
  expect(reportsOf(run)).toEqual([
    { name: 'Error', code: 'ERR_FORK_WITH_INSPECTOR', message: expect.stringContaining('inspector.close()') },
  ]);
});

describe('waitpidAsync', () => {
  test('resolves with the status of each child, exited or killed', async () => {
    expect(await facts('hooks-and-promises', 'statuses')).toEqual([
      [true, 'exited 3'],
      [true, 'killed by SIGKILL'],
    ]);
  });

  test('asked twice resolves twice; asked once more, when the child is reaped, rejects with ECHILD', async () => {
    const result = [true, 'exited 0'];
    expect(await reports('hooks-and-promises', 'twice')).toEqual([
      [result, result],
      { code: 'ECHILD', isSyscallError: true },
    ]);
  });

  test('rejects with ECHILD for what is no child, and with ERR_OUT_OF_RANGE for what is no pid', async () => {
    const noChild = { code: 'ECHILD', isSyscallError: true };
    const noPid = { code: 'ERR_OUT_OF_RANGE', isSyscallError: false };
    expect(await facts('hooks-and-promises', 'refusals')).toEqual([noChild, noChild, noPid, noPid, noPid]);
  });

  test('rejects with ECHILD when somebody else has reaped the child', async () => {
    expect(await facts('hooks-and-promises', 'reapedByOther')).toEqual({ code: 'ECHILD', isSyscallError: true });
  });

  test('rejects with ECHILD when the kernel has, between the look at the child and the watch for its end', async () => {
    expect(await facts('hooks-and-promises', 'reapedByKernel')).toEqual({ code: 'ECHILD', isSyscallError: true });
  });

  test("in a child forked meanwhile is forgotten: it ends, and is told of none of its parent's children", async () => {
    expect(await reports('hooks-and-promises', 'inChild')).toEqual(['exited 0', { who: 'parent', status: 0 }]);
  });

  test('leaves no descriptor open', async () => {
    expect(await facts('hooks-and-promises', 'noDescriptorLeft')).toEqual({ descriptors: 0 });
  });
});

test.each(['before', 'after'])(
  "a handler of SIGCHLD installed %s child_process is first used: both get their children's end",
  async (order) => {
    expect(await facts('hooks-and-promises', 'besideChildProcess', order)).toMatchObject({
      ...{ status: 7, sync: 5, reaped: 4 },
    });
  },
);

test("waitpid(-1) that reaps a child of child_process takes its 'exit' event, warns once, and lets the loop end", async () => {
  const run = await runProgram('hooks-and-promises', ['reapsSpawned']);
  expect([run.status, run.signal, reportsOf(run)]).toEqual([0, null, [{ reaped: true, warnings: 1 }]]);
  expect(run.stderr).toContain('[REALFORK_REAPED_SPAWNED_CHILD] Warning: waitpid() has reaped process');
});
