import { facts, reports } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'looks into /proc');

test('children do tasks, over the memory that prepare has made; the pool counts and measures them', async () => {
  expect(await reports('fork-pool', 'run')).toEqual([
    [[2, 3, 4, 5], 'warm'],
    [200_000, 2],
    [true, true, 6, 0, false],
    [true, true, true],
    false,
    [0, 'ERR_POOL_CLOSED'],
  ]);
});

test('a task that fails is rejected with what it threw, or with how its child ended; the next has a new child', async () => {
  expect(await reports('fork-pool', 'errors')).toEqual([
    [
      'RangeError: of the task',
      ...['ERR_CHILD_KILLED', 'ERR_CHILD_EXITED', 'TypeError: from a timer'],
      'TimeoutError: The task was not done after N ms',
      'DataCloneError: () => 1 could not be cloned.',
      'Error: a pool without a function "no such"',
      'TimeoutError: The operation was aborted due to timeout',
      'before',
    ],
    [2, 3],
    expect.arrayContaining(['ERR_CHILD_KILLED after 2', 'ERR_CHILD_EXITED after 1', 'TypeError: from a timer after 1']),
  ]);
});

test('a task whose child has died is given to another, as often as it may be', async () => {
  expect(await reports('fork-pool', 'retries')).toEqual([
    [true, 3, 3],
    [true, 4],
    [true, 5],
  ]);
});

onLinux('a child is replaced when it has done its share, has grown, or had nothing to do', async () => {
  expect(await reports('fork-pool', 'replaced')).toEqual([[3, 0], true, [false, 0], [0, 0, 3]]);
});

test("refresh() has children of this process's present memory; a busy one finishes its task", async () => {
  expect(await facts('fork-pool', 'refresh')).toEqual(['before', 'before', 'after', 'number', 0]);
});

test('maxQueue, close, destroy and await using: what becomes of tasks that are not done', async () => {
  expect(await reports('fork-pool', 'ends')).toEqual([
    ['done', 'done', 'ERR_POOL_QUEUE_FULL'],
    ['done', 'ERR_POOL_CLOSED'],
    [['ERR_POOL_DESTROYED', 'ERR_POOL_DESTROYED'], 0],
    'done at the end of the block',
  ]);
});

test('where prepare throws, or a child cannot begin, tasks are rejected, and no child follows the other', async () => {
  expect(await reports('fork-pool', 'prepareFails')).toEqual([
    ['Error: cold', 'Error: cold'],
    ['EPERM', 2],
    ['EPERM', 3],
  ]);
});

test('filename: a module whose exports are the functions', async () => {
  expect(await reports('fork-pool', 'module')).toEqual([[4, 6], 'ERR_MODULE_NOT_FOUND']);
});

test("a child of the program's has none of the pool's children, and may have a pool of its own", async () => {
  expect(await facts('fork-pool', 'inAChild')).toEqual([['ERR_POOL_OF_PARENT', 42], 2]);
});

test('a pool that is forgotten keeps the program from nothing', async () => {
  expect(await reports('fork-pool', 'forgotten')).toEqual([2, 'over']);
});

onLinux('nothing is left: no child, no descriptor', async () => {
  expect(await facts('fork-pool', 'nothingLeft')).toBe(0);
});

test('bad options are refused', async () => {
  const [type, range] = ['ERR_INVALID_ARG_TYPE', 'ERR_OUT_OF_RANGE'];
  expect(await facts('fork-pool', 'refused')).toEqual([
    ...[type, type, type, type, type, type],
    ...[range, range, range, type, range, type],
  ]);
});
