import { reports } from './support/run-program';
import { testWhere } from './support/systems';

const run = (name: string, ...args: string[]): Promise<unknown[]> => reports('inherited-state', name, ...args);

describe('numbers that Node draws in advance', () => {
  test("each child, and each child's child, draws its own", async () => {
    const drawn = await run('numbers');
    const numbers = drawn.flat().filter((one) => one !== 'exited 0');
    expect(numbers.length).toBeGreaterThanOrEqual(8 * 3);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(drawn).toHaveLength(9);
  });

  test('the same where none was drawn before the first fork', async () => {
    const numbers = (await run('untouched')).flat();
    expect(new Set(numbers).size).toBe(8);
  });

  const withWebSocket = testWhere(
    Number.parseInt(process.versions.node, 10) >= 22,
    'this Node has no global WebSocket',
  );

  withWebSocket("the masks of WebSocket's frames differ", async () => {
    const masks = await run('masks');
    expect(masks).toHaveLength(4);
    expect(new Set(masks).size).toBe(4);
  });

  test('randomInt() with a callback goes on in a child that was forked while its cache was filled', async () => {
    expect(await run('filling')).toEqual([{ drawn: 2100 }, { status: 'exited 0', parent: 1030 }]);
  });
});

describe.each(['http', 'own', 'fetch'])('connections that are kept for later requests: %s', (kind) => {
  test.each(['inherited', 'dropped'])('each side gets its own answers, handles %s', async (how) => {
    const said = await run('kept', kind, how);
    const of = (side: string) => Array.from({ length: 5 }, (_, i) => ({ [side]: `for /${side}${i}` }));
    expect(said).toHaveLength(11);
    expect(said).toEqual(expect.arrayContaining([...of('parent'), ...of('child'), { status: 3 << 8 }]));
  });

  test.each(['inherited', 'dropped'])('a request that is under way is the parent’s alone, handles %s', async (how) => {
    const behind = kind === 'own' ? [{ '/behind': 'for /behind', in: 'parent' }] : [];
    const said = await run('underWay', kind, how);
    const expected = [{ child: 'for /child' }, { '/held': 'for /held', in: 'parent' }, ...behind, { status: 3 << 8 }];
    expect(said).toHaveLength(expected.length);
    expect(said).toEqual(expect.arrayContaining(expected));
  });
});

describe('fork({ inheritHandles: false })', () => {
  test.each(['interval', 'immediate'])('in a callback of an %s: no timer of the parent is called', async (where) => {
    expect(await run('timers', where)).toEqual(['a timer that keeps no loop alive', 'a timer of its own', 'exited 3']);
  });

  test('needs no descriptor and no right to read the package', async () => {
    expect(await run('poor')).toEqual(['EMFILE', 'exited 3']);
  });
});

describe('a stream that the thread pool was writing for', () => {
  test("a file: what the child writes comes after the parent's write", async () => {
    expect(await run('file')).toEqual([{ status: 7 << 8, file: 'parent\nchild\nand its end\nparent again\n' }]);
  });

  test.each([
    ['opening', 'The opening of this file was under way'],
    ['gzip', 'A write to this stream was under way'],
  ])('%s: the child is told that it cannot go on', async (what, words) => {
    expect(await run('errors', what)).toEqual([
      { name: 'Error', code: 'ERR_FORK_STREAM_BUSY', message: expect.stringContaining(words) },
      { status: 5 << 8, said: 'parent\n' },
    ]);
  });

  test('beside it, the streams that the child makes work', async () => {
    expect(await run('ofItsOwn')).toEqual(['written at once\nand later\n', 0]);
  });
});
