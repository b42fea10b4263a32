import { facts, reports } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'looks into /proc');

test('a mutex: no addition of four children is lost', async () => {
  expect(await facts('shared-locks', 'count')).toEqual([[0, 0, 0, 0], 20_000]);
});

onLinux(
  "a mutex: who has it may not take it again; one whose owner was killed is the next one's, who is told so",
  async () => {
    expect(await reports('shared-locks', 'owner')).toEqual([
      ['EPERM', 'free', 'EDEADLK', 'EDEADLK'],
      0,
      [9, 0, 'owner died'],
      'free',
    ]);
  },
);

onLinux('a condition: signal wakes one, broadcast all; a wait may have an end', async () => {
  expect(await reports('shared-locks', 'condition')).toEqual([
    [[0, 0, 0], 0, 3],
    ['timeout', 'ERR_OUT_OF_RANGE'],
    'EPERM',
  ]);
});

test('a semaphore: so many may pass at a time', async () => {
  expect(await reports('shared-locks', 'semaphore')).toEqual([
    [[0, 0, 0, 0, 0, 0], true, 2],
    [true, true, false, false],
    ['ERR_OUT_OF_RANGE', 'ERR_OUT_OF_RANGE'],
  ]);
});

onLinux('a semaphore: handlers of signals run in the wait, which goes on', async () => {
  expect(await reports('shared-locks', 'handler')).toEqual([
    [0, 1],
    [0, 1],
  ]);
});

test('children of inChild share them too', async () => {
  expect(await facts('shared-locks', 'with inChild')).toBe(5);
});
