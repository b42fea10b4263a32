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
    const values = ['null', '1', "'x'", '0', "'no'", '{ inheritHandle: false }', '{ inheritHandles: false, no: 1 }'];
    expect(await reports('inherited-handles', 'badOptions')).toEqual(
      values.map((value) => ({
        ...{ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' },
        message: expect.stringContaining(`Received ${value}`),
      })),
    );
  });
});

test("without it, a child keeps its parent's port busy", async () => {
  expect(await facts('inherited-handles', 'port', 'inherited')).toEqual({ port: 'EADDRINUSE', child: 'exited 0' });
});
