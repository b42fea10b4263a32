import { facts } from './support/run-program';

test('createForkingServer: run() returns when it is stopped, with the signals as they were', async () => {
  const { said, ...rest } = (await facts('forking-server', 'once')) as { said: readonly string[] };
  // The child tells its parent to stop, and ends: which of the two the parent hears first is open.
  expect([...said].sort()).toEqual([
    expect.stringMatching(/^SIGTERM: no longer listening; children left: [01], to finish within 30 s$/),
    'end N status 7 from 127.0.0.1:N',
    'pid N listening on 127.0.0.1:N',
    'start N from 127.0.0.1:N',
    'status: 0/40',
    'status: 1/40',
    'stopped',
  ]);
  expect(rest).toEqual({ heard: 'you are 127.0.0.1\n', handler: true, mask: [] });
});
