import { once } from 'node:events';
import { join } from 'node:path';
import { SIGRTMAX } from 'realfork';
import { client, ownServers } from './support/cli';
import { ownDirectory } from './support/own-directory';
import { facts, reportsOf, runCommand, runProgram } from './support/run-program';

const serve = ownServers();
const { file } = ownDirectory();

/** Calls that a signal ends. */
const ENDED = [
  ...['pause', 'nanosleep', 'poll', 'read', 'accept', 'sigwait', 'ppoll with all signals blocked'],
  ...['read with all signals blocked', 'read, again and again'],
];

/** Node joins the threads of its workers, as it ends. */
describe('a worker_thread that is blocked', () => {
  test.each(['pause', 'nanosleep', 'poll', 'read', 'accept'])(
    "in %s: process.exit() ends the process, with its status and all 'exit' listeners",
    async (call) => {
      const run = await runProgram('blocked-workers', [call, 'process.exit']);
      expect([run.status, run.signal, run.stderr, reportsOf(run)]).toEqual([5, null, '', [{ code: 5 }]]);
    },
  );

  test.each(ENDED)('in %s: worker.terminate() ends it', async (call) => {
    const run = await runProgram('blocked-workers', [call, 'worker.terminate']);
    expect([run.status, run.signal, run.stderr, reportsOf(run)]).toEqual([
      5,
      null,
      '',
      [{ terminated: 1 }, { code: 5 }],
    ]);
  });

  test('and a signal of the program by which its calls are ended: it is pending, runs, and ends the process', async () => {
    const program = join(__dirname, 'programs', 'blocked-workers.js');
    const shell = ['-c', '"$@"; echo "{ \\"status\\": $? }"', 'sh', process.execPath, program];
    const run = await runCommand('sh', [...shell, 'read', 'the signal of its own']);
    expect(run.stderr).toMatch(/^(Real-time signal \d+\n)?$/);
    expect(reportsOf(run)).toEqual([
      { handler: 'not yet', runs: 0 },
      { handler: 'at once', runs: 1 },
      { handler: 'again', runs: 2, flags: true },
      { status: 128 + SIGRTMAX - 1 },
    ]);
  });

  test.each(['the end of the program', 'an error'])('does not keep it from %s either', async (end) => {
    const run = await runProgram('blocked-workers', ['read', end]);
    expect([run.status, run.signal, reportsOf(run).length]).toEqual([5, null, 1]);
  });

  test('in read for its client: serve worker-threads, whose accept fails, ends with status 1', async () => {
    const source = `
      import { getsockopt, read, SHUT_RDWR, SO_ACCEPTCONN, SOL_SOCKET, shutdown, write } from 'realfork/c';
      export function doit(connfd: number): void {
        for (let fd = 3; fd < 100; ++fd) {
          if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN) === 1) shutdown(fd, SHUT_RDWR);
        }
        write(connfd, 'waits');
        read(connfd, Buffer.alloc(1));
      }`;
    const server = serve('worker-threads', '--doit', file('doit.ts', source));
    const socket = await client(await server.listening());
    await once(socket, 'data');
    expect(await server.started.end()).toMatchObject({ status: 1, signal: null });
    socket.destroy();
  });
});

describe('workers of workers', () => {
  test.each(['nothing', 'blocks too', 'process.exit', 'ends by itself'])(
    'the last of three is blocked, and the one before it does this: %s',
    async (what) => {
      expect(await facts('worker-ends', 'generations', what)).toBe('ended');
    },
  );
});

test('a class with a terminate() of its own: the worker is interrupted when that comes to Node', async () => {
  expect(await facts('worker-ends', 'own class')).toEqual(['ready']);
});

describe('a worker that is terminated in the middle of calls: no more than it ends', () => {
  test.each(['poll', 'nanosleep', 'sigprocmask', 'getrusage', 'pipe', 'posix_spawn', 'fcntl'])('%s', async (call) => {
    expect(await facts('worker-ends', 'loop', call)).toBe('ended');
  });

  test('waitpidAsync, whose child ends at that moment', async () => {
    expect(await facts('worker-ends', 'waits')).toBe('ended');
  });
});
