import { facts, reports } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'looks into /proc');

test('forkMap gives results in the order of the items, from so many children, which have the items in memory', async () => {
  expect(await reports('fork-map', 'ordered')).toEqual([
    [true, true, true],
    [['A', 'B'], [], [41, 42, 43], 40],
  ]);
});

test('the first error ends the other children, and is thrown when they have ended', async () => {
  expect(await reports('fork-map', 'failing')).toEqual([
    ['RangeError: of item 1', true],
    'ChildExited: child N exited with status 4 and gave no result',
    'TimeoutError: The operation was aborted due to timeout',
    'never',
    'DataCloneError: () => 1 could not be cloned.',
  ]);
});

test('forkMapUnordered gives results as they come', async () => {
  expect(await facts('fork-map', 'unordered')).toEqual([1, 0]);
});

test('a child waits with its result until somebody asks', async () => {
  expect(await facts('fork-map', 'unread')).toEqual([2, { index: 1 }]);
});

onLinux('an iteration that is left, or fails, leaves no child and no descriptor', async () => {
  expect(await reports('fork-map', 'left')).toEqual([2, 0, true]);
});

test('bad arguments are refused before anything is done', async () => {
  const [type, range] = ['ERR_INVALID_ARG_TYPE', 'ERR_OUT_OF_RANGE'];
  expect(await reports('fork-map', 'refused')).toEqual([type, type, type, type, range, range, type, type]);
});
