import { reports } from './support/run-program';
import { testWhere } from './support/systems';

/** libuv's own tests of fork (test-fork.c), on Node's objects: the ten, in their order, and what they suggest. */

/** kqueue tells of a directory only what is added to it and taken from it. */
const whereDirectories = testWhere(process.platform === 'linux', "a directory's watcher is not told of its files");

test('a timer fires in the child, and in its parent afterwards', async () => {
  expect(await reports('event-loops', 'timer')).toEqual([{ child: 'fired' }, { status: 'exited 0', parent: 'fired' }]);
});

describe('of a pair of sockets made before the fork', () => {
  test('parent and child use one each, to the end of file', async () => {
    expect(await reports('event-loops', 'socketPair')).toEqual([
      { child: 'from the parent' },
      { status: 'exited 0', parent: 'from the child' },
    ]);
  });

  test.each([
    ['the child', ['hi'], []],
    ['the parent', [], ['hi']],
  ])(
    'one was being read from: what comes goes to %s alone, once the other destroyed its copy',
    async (keeper, ofChild, ofParent) => {
      expect(await reports('event-loops', 'socketPairStarted', keeper)).toEqual([
        { self: 'the child', heard: ofChild },
        { status: 'exited 0', self: 'the parent', heard: ofParent },
      ]);
    },
  );
});

describe('a signal', () => {
  test.each([
    ['since its fork', 'when it says that it listens'],
    ['since before the fork', 'when it says that it listens'],
    ['since before the fork', 'at once'],
  ])('to a child that listens %s, sent %s, is heard by the child alone', async (listening, sent) => {
    expect(await reports('event-loops', 'signalToChild', listening, sent)).toEqual([
      { child: 1 },
      { status: 'exited 0', parent: 0 },
    ]);
  });

  test('to the parent is not heard by a child that has its listener', async () => {
    expect(await reports('event-loops', 'signalToParent')).toEqual([{ child: 0 }, { status: 'exited 0', parent: 1 }]);
  });

  test.each(['it does not run its event loop', 'it takes its listener away'])(
    'to a child that does not hear it, as %s, is not heard by its parent either, but one of its own is',
    async (why) => {
      expect(await reports('event-loops', 'signalToChildClosed', why)).toEqual([
        { child: 0 },
        { status: 'exited 0', parent: 0 },
        { parent: 1 },
      ]);
    },
  );
});

describe.each([
  ['a file', 'file', test],
  ['a directory', '.', whereDirectories],
])('a watcher of %s', (_name, path, testHere) => {
  for (const when of ['first of all', 'after the parent did']) {
    testHere(`that the child starts ${when} tells of a change, and one of its parent's afterwards`, async () => {
      expect(await reports('event-loops', 'watchInChild', path, when)).toEqual([
        { child: 'change file' },
        { status: 'exited 0', parent: 'change file' },
      ]);
    });
  }

  testHere("from before the fork tells both of the child's change, and its parent when the child is gone", async () => {
    expect(await reports('event-loops', 'watchInBoth', path)).toEqual([
      { child: 'change file' },
      { status: 'exited 0', byChild: 'change file', afterwards: 'change file' },
    ]);
  });
});

test.each(['that it closes', 'one of two of a file'])(
  'fork in the callback of a watcher, %s: the child lives, and may watch the file',
  async (which) => {
    expect(await reports('event-loops', 'forkInWatcher', which)).toEqual([
      { child: 'change file' },
      { status: 'exited 0' },
    ]);
  },
);

test.each(['it was removed', 'its path is relative, and the working directory is another'])(
  'a watcher whose file is not to be found at the fork, as %s: the child lives, and its other watchers work',
  async (why) => {
    expect(await reports('event-loops', 'watchedFileGone', why)).toEqual([
      { child: 'change other' },
      { status: 'exited 0' },
    ]);
  },
);

test("watchers of several paths, some given up before the fork, tell the child of their own path's changes", async () => {
  expect(await reports('event-loops', 'manyWatchers')).toEqual([
    { child: ['watcher 4: change 4', 'watcher 7: change 7'] },
    { status: 'exited 0' },
  ]);
});

describe("libuv's pool", () => {
  test('that the parent has used works in the child, and in its parent meanwhile', async () => {
    expect(await reports('event-loops', 'threadPool')).toEqual([
      { child: 'done' },
      { status: 'exited 0', parent: 'done' },
    ]);
  });

  test("that is at work: its results are the parent's alone, the child's work is done, and it falls off its end", async () => {
    expect(await reports('event-loops', 'threadPoolBusy')).toEqual([
      { child: 'done' },
      { resultsOfParent: 0 },
      { status: 'exited 0', results: 8 },
    ]);
  });
});
