import { facts } from './support/run-program';
import { onThisSystem, type PerSystem, same } from './support/systems';

/** signal(7), "Interruption of system calls and library functions by signal handlers"; FACTS of the design. */
interface Interrupted {
  readonly withoutFlags: string;
  readonly withRestart: string;
}

const restartable: Interrupted = { withoutFlags: 'EINTR', withRestart: 'completed' };
const neverRestarted: Interrupted = { withoutFlags: 'EINTR', withRestart: 'EINTR' };

const CALLS: Readonly<Record<string, PerSystem<Interrupted>>> = {
  accept: same(restartable),
  // FreeBSD's accept ignores SO_RCVTIMEO. Elsewhere the limit prevents no restart there: it begins again.
  'accept with SO_RCVTIMEO': { linux: neverRestarted, freebsd: restartable },
  'connect to a full queue': { linux: restartable },
  'read from a pipe': same(restartable),
  'write to a full pipe': same(restartable),
  'read from a socket': same(restartable),
  'read from a socket with SO_RCVTIMEO': { linux: neverRestarted, freebsd: restartable },
  'write to a full socket': same(restartable),
  'write to a full socket with SO_SNDTIMEO': { linux: neverRestarted, freebsd: restartable },
  waitpid: same(restartable),
  recv: same(restartable),
  recvfrom: same(restartable),
  recvmsg: same(restartable),
  readv: same(restartable),
  send: same(restartable),
  sendmsg: same(restartable),
  writev: same(restartable),
  'open of a FIFO': same(restartable),
  flock: same(restartable),
  'fcntl F_SETLKW': same(restartable),
  select: same(neverRestarted),
  pselect: same(neverRestarted),
  'pselect with a mask': same(neverRestarted),
  poll: same(neverRestarted),
  ppoll: same(neverRestarted),
  'ppoll with a mask': same(neverRestarted),
  semop: same(neverRestarted),
  semtimedop: { linux: neverRestarted },
  msgrcv: same(neverRestarted),
  'msgsnd to a full queue': same(neverRestarted),
  waitid: same(restartable),
  wait4: same(restartable),
  sigwaitinfo: same(neverRestarted),
  sigtimedwait: same(neverRestarted),
  pause: same(neverRestarted),
  sigsuspend: same(neverRestarted),
  nanosleep: same(neverRestarted),
  sleep: same({ withoutFlags: 'time left', withRestart: 'time left' }),
};

describe.each(onThisSystem(CALLS))('%s, blocked', (call, expected) => {
  test(`a handler without flags interrupts it: ${expected.withoutFlags}`, async () => {
    expect(await facts('interruption', 'handled', call, '0')).toEqual({
      result: expected.withoutFlags,
      handlerRuns: 1,
    });
  });

  test(`a handler with SA_RESTART runs, then: ${expected.withRestart}`, async () => {
    expect(await facts('interruption', 'handled', call, 'SA_RESTART')).toEqual({
      result: expected.withRestart,
      handlerRuns: 1,
    });
  });
});

const STOPPED: Readonly<Record<string, PerSystem<string>>> = {
  accept: same('completed'),
  'accept with SO_RCVTIMEO': { linux: 'EINTR', freebsd: 'completed' },
  'read from a pipe': same('completed'),
};

test.each(onThisSystem(STOPPED))('%s, stopped and continued without any handler: %s', async (call, result) => {
  expect(await facts('interruption', 'stopped', call)).toEqual({ result });
});
