import { facts, reports } from './support/run-program';

describe('fork({ inheritHandles: false })', () => {
  test("drops the parent's servers, sockets, watchers and timers in the child, and tells none of their listeners", async () => {
    expect(await reports('inherited-handles', 'dropped')).toEqual([
      'a timer of its own',
      { status: 'exited 3', said: 'a' },
    ]);
  });

  test('leaves handlers of signals', async () => {
    expect(await reports('inherited-handles', 'signals')).toEqual([{ signal: 'in the child' }, 'exited 4']);
  });

  test("frees the parent's port for the parent", async () => {
    expect(await facts('inherited-handles', 'port', 'dropped')).toEqual({ port: 'free', child: 'exited 0' });
  });

  test('refuses other options before anything is done', async () => {
    const said = [
      ...['Received null', 'Received type number (1)', "Received type string ('x')", 'Received type number (0)'],
      ...["Received type string ('no')", 'has "inheritHandle", which is no option', 'has "no", which is no option'],
    ];
    expect(await reports('inherited-handles', 'badOptions')).toEqual(
      said.map((words) => ({
        ...{ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' },
        message: expect.stringContaining(words),
      })),
    );
  });
});

test("without it, a child keeps its parent's port busy", async () => {
  expect(await facts('inherited-handles', 'port', 'inherited')).toEqual({ port: 'EADDRINUSE', child: 'exited 0' });
});
