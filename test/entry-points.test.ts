import { facts, type Run, reportsOf, runProgram } from './support/run-program';

interface Names {
  /** Of realfork, realfork/c, realfork/unp and realfork/children. */
  readonly names: readonly (readonly string[])[];
  readonly byName?: boolean;
}

async function namesOf(program: string): Promise<Names> {
  const run = await runProgram(program);
  expect([run.status, run.stderr]).toEqual([0, '']);
  return reportsOf(run)[0] as Names;
}

const CALLS = [
  ...['fork', '_exit', 'execve', 'getpid', 'getppid', 'wait', 'waitpid', 'kill', 'raise'],
  ...['sigaction', 'sigprocmask', 'sigpending', 'sigsuspend', 'pause', 'alarm'],
  ...['close', 'read', 'write', 'pipe', 'dup', 'dup2', 'sleep', 'nanosleep', 'getrlimit', 'setrlimit'],
  ...['fcntl', 'poll', 'ppoll'],
  ...['socket', 'bind', 'listen', 'accept', 'connect', 'shutdown', 'getsockname', 'getpeername'],
  ...['getsockopt', 'setsockopt', 'socketpair'],
  ...[
    'open',
    'lseek',
    'flock',
    'mkfifo',
    'umask',
    'chdir',
    'fchdir',
    'readv',
    'writev',
    'recv',
    'send',
    'recvfrom',
    'sendto',
    'recvmsg',
    'sendmsg',
    'select',
    'pselect',
    'pipe2',
    'dup3',
    'accept4',
  ],
  ...[
    'killpg',
    'sigqueue',
    'sigwait',
    'sigwaitinfo',
    'sigtimedwait',
    'siginterrupt',
    'signal',
    'setitimer',
    'getitimer',
    'waitid',
    'wait3',
    'wait4',
    'getrusage',
  ],
  ...['semget', 'semop', 'semtimedop', 'semctl', 'msgget', 'msgsnd', 'msgrcv', 'msgctl', 'mmap', 'munmap'],
  ...[
    'execv',
    'execvp',
    'fexecve',
    'posix_spawn',
    'posix_spawnp',
    'setsid',
    'getsid',
    'setpgid',
    'getpgid',
    'getpgrp',
    'tcgetpgrp',
    'tcsetpgrp',
    'getuid',
    'geteuid',
    'getgid',
    'getegid',
    'getgroups',
    'setuid',
    'seteuid',
    'setgid',
    'setegid',
    'setreuid',
    'setregid',
    'setresuid',
    'setresgid',
    'getresuid',
    'getresgid',
    'setgroups',
    'initgroups',
    'openpty',
    'login_tty',
    'forkpty',
    'prctl',
    'procctl',
    'pidfd_open',
    'pidfd_send_signal',
    'signalfd',
    'memfd_create',
  ],
];
const MACROS = [
  ...['WIFEXITED', 'WEXITSTATUS', 'WIFSIGNALED', 'WTERMSIG', 'WCOREDUMP'],
  ...['WIFSTOPPED', 'WSTOPSIG', 'WIFCONTINUED'],
];
const CONSTANTS = [
  ...['EINTR', 'ECHILD', 'SIGCHLD', 'SA_RESTART', 'SA_NOCLDWAIT', 'SA_NOCLDSTOP', 'SA_NODEFER', 'SA_RESETHAND'],
  ...['SA_SIGINFO', 'SIG_DFL', 'SIG_IGN', 'SIG_BLOCK', 'WNOHANG', 'WUNTRACED', 'WCONTINUED', 'AF_INET', 'AF_INET6'],
  ...['AF_UNIX', 'SOCK_STREAM', 'SOL_SOCKET', 'SO_REUSEADDR', 'SO_RCVTIMEO', 'SO_SNDTIMEO', 'SO_LINGER'],
  ...['SO_KEEPALIVE', 'SO_ERROR', 'SHUT_WR', 'RLIMIT_NOFILE', 'RLIM_INFINITY', 'STDIN_FILENO'],
];
const WRAPPERS = [
  ...['Socket', 'Bind', 'Listen', 'Accept', 'Connect', 'Fork', 'Close', 'Signal', 'Waitpid', 'Writen', 'Readline'],
  ...['Readn', 'str_echo', 'err_sys', 'err_quit', 'exit', 'LISTENQ', 'MAXLINE', 'SERV_PORT'],
];

describe.each(['imported.mjs', 'required.cjs'])('%s', (program) => {
  test('realfork has the calls, the macros, the constants and SyscallError', async () => {
    const [posix] = (await namesOf(program)).names;
    expect(posix).toEqual(expect.arrayContaining([...CALLS, ...MACROS, ...CONSTANTS, 'SyscallError']));
  });

  test('realfork/c has them, and errno and perror', async () => {
    const [, c] = (await namesOf(program)).names;
    expect(c).toEqual(expect.arrayContaining([...CALLS, ...MACROS, ...CONSTANTS, 'errno', 'perror', 'strerror']));
  });

  test("realfork/unp has all of realfork/c, and Stevens' wrappers", async () => {
    const [, c = [], unp] = (await namesOf(program)).names;
    expect(unp).toEqual(expect.arrayContaining([...c, ...WRAPPERS]));
  });
});

const OF_CHILDREN = [
  ...['ChildExited', 'ChildKilled', 'ForkPool', 'PtyProcess', 'SharedCondition', 'SharedMutex', 'SharedSemaphore'],
  ...['daemonize', 'forkMap', 'forkMapUnordered', 'inChild', 'reapOrphans', 'snapshot', 'spawnPty'],
];

test('realfork/children has its functions, classes and errors, and nothing else', async () => {
  const [, , , children] = (await namesOf('required.cjs')).names;
  expect(children).toEqual(OF_CHILDREN);
});

test('import and require give the same names, and import gives each by name', async () => {
  const [imported, required] = [await namesOf('imported.mjs'), await namesOf('required.cjs')];
  expect(imported.names).toEqual(required.names);
  expect(imported.byName).toBe(true);
});

test('loaded again and again in a process it adds one listener to a child and to a worker, and knows both', async () => {
  expect(await facts('loaded-again', '')).toEqual({
    listeners: [1, 1],
    errors: ['ERR_FORK_WITH_WORKERS'],
    status: 3,
  });
});

test('loading starts no thread, opens no descriptor, and gives the event loop nothing to do', async () => {
  const { before, after } = (await facts('loading', '')) as { before: object; after: object };
  expect(after).toEqual(before);
});

describe('a call that fails', () => {
  test('realfork throws a SyscallError with code, errno and syscall', async () => {
    expect(await facts('conventions', 'realfork')).toEqual({
      name: 'SyscallError',
      code: 'EINTR',
      errno: -4,
      syscall: 'accept',
      message: expect.stringMatching(/^accept\(\d+\): EINTR, Interrupted system call/),
      isError: true,
    });
  });

  test('realfork/c returns -1 and sets errno(), which a call that succeeds leaves alone', async () => {
    const run = await runProgram('conventions', ['c']);
    expect(reportsOf(run)).toEqual([
      [-1, true, 'Interrupted system call', 'EINTR', { pid: -1, status: 0 }, true, 0, true],
    ]);
    expect([run.status, run.stderr]).toEqual([0, 'accept: Interrupted system call\n']);
  });

  test("realfork/unp prints Stevens' message, runs the 'exit' listeners and exits with status 1", async () => {
    const run: Run = await runProgram('conventions', ['unp']);
    expect(reportsOf(run)).toEqual([{ exit: 1 }]);
    expect([run.status, run.stderr]).toEqual([1, 'accept error: Interrupted system call\n']);
  });

  test('errno() of realfork/c and of realfork/unp are each its own', async () => {
    expect(await facts('conventions', 'errnos')).toEqual(['EBADF', 'ECHILD']);
  });
});
