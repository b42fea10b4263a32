import { SIGCHLD, SIGRTMAX, SIGRTMIN, sig2str, str2sig, strsignal } from 'realfork';
import { facts, reports } from './support/run-program';

test('sigwait, sigwaitinfo and sigtimedwait take a signal that waits: its handler does not run; EAGAIN in the end', async () => {
  expect(await reports('signals-taken', 'taken')).toEqual([
    ['SIGUSR1', 0, []],
    [['SIGUSR2', 'SI_USER', 0, 0], true, true],
    ['EAGAIN', 'EAGAIN', 0],
  ]);
});

test('sigwaitinfo waits for a signal of another process, and tells whose it is', async () => {
  expect(await facts('signals-taken', 'comesMeanwhile')).toEqual([['SIGUSR1', 'SI_USER', 0, 0], true]);
});

test('the handler of another signal ends sigwaitinfo with EINTR, SA_RESTART or not; sigwait goes on', async () => {
  expect(await facts('signals-taken', 'interrupted', 'sigwaitinfo')).toEqual(['handler', 'EINTR']);
  expect(await facts('signals-taken', 'interrupted', 'sigwait')).toEqual(['handler', 'SIGUSR2']);
});

test('a handler may take a signal that waits for it to end', async () => {
  expect(await facts('signals-taken', 'recorded')).toEqual([['SIGUSR2'], ['SIGUSR2', 'SI_USER', 0, 0], []]);
});

test('sigqueue: real-time signals queue in their order, each with its number', async () => {
  expect(await reports('signals-taken', 'queued')).toEqual([
    ['SIGRTMIN', 'SI_QUEUE', 0, 1],
    [
      [0, 'SI_QUEUE', -2, true],
      [0, 'SI_QUEUE', 2 ** 31 - 1, true],
      [1, 'SI_QUEUE', 3, true],
    ],
    ['EINVAL', 'ESRCH'],
  ]);
});

test('sigwaitinfo of SIGCHLD tells which child, and how it ended', async () => {
  expect(await facts('signals-taken', 'child')).toEqual([['SIGCHLD', 'CLD_EXITED', 7, 0], true, 'exited 7']);
});

test('killpg sends to a process group; ESRCH where there is none', async () => {
  expect(await facts('signals-taken', 'group')).toEqual([0, 'ESRCH']);
});

test("signal and siginterrupt are the C library's: SA_RESTART, until a signal is to interrupt", async () => {
  expect(await reports('signals-taken', 'bsd')).toEqual([
    [true, true, true],
    [true, 0, false],
    false,
    ['EINTR', ['SIGUSR2']],
    [0, true, 'EINVAL', 'EINVAL'],
    ['SIGUSR2', 'SIGUSR2'],
  ]);
});

test('setitimer sends signals again and again, and tells what the timer was', async () => {
  const off = { it_interval: { tv_sec: 0, tv_usec: 0 }, it_value: { tv_sec: 0, tv_usec: 0 } };
  expect(await reports('signals-taken', 'timers')).toEqual([
    [off, 'EINVAL'],
    [{ tv_sec: 0, tv_usec: 2000 }, 0, true, off],
    { virtual: 1, left: off },
  ]);
});

test('strsignal, sig2str and str2sig: signals in words', () => {
  expect([strsignal(SIGCHLD), sig2str(SIGCHLD), sig2str(SIGRTMIN + 3), sig2str(0), sig2str(-1)]).toEqual([
    ...['Child exited', 'CHLD', 'RTMIN+3', undefined, undefined],
  ]);
  expect(['CHLD', 'RTMIN+3', 'RTMAX-1', 'RTMAX', String(SIGCHLD)].map(str2sig)).toEqual([
    ...[SIGCHLD, SIGRTMIN + 3, SIGRTMAX - 1, SIGRTMAX, SIGCHLD],
  ]);
  expect(['SIGCHLD', 'chld', '', '0', '4711', 'RTMAX+1', 'RTMIN-1', '_DFL'].map(str2sig)).toEqual(
    Array(8).fill(undefined),
  );
});
