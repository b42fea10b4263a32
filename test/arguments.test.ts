import * as realfork from 'realfork';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  F_SETFL,
  F_SETLK,
  FD_SETSIZE,
  MAP_ANONYMOUS,
  MAP_SHARED,
  PROT_READ,
  PROT_WRITE,
  RLIMIT_CPU,
  registerAtFork,
  SCM_RIGHTS,
  SETVAL,
  SIG_BLOCK,
  SIGUSR1,
  SO_LINGER,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SOL_SOCKET,
  WNOHANG,
} from 'realfork';
import { perror } from 'realfork/c';
import { calls } from '#src/calls.js';
import { strerror } from '#src/errno.js';
import { childrenOf, findProcess, observe } from '#src/observe/index.js';
import { createUnp } from '#src/unp/wrappers.js';
import { thrownBy } from './support/errors';
import { detached } from './support/odd-values';
import { facts, reports, runProgram } from './support/run-program';

/** The calls as JavaScript without types may call them. */
const untyped = { ...calls, strerror } as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;

const NO_FD = 2 ** 31 - 1;
const INET = { family: AF_INET, address: '127.0.0.1', port: 0 };
const RIGHTS = { cmsg_level: SOL_SOCKET, cmsg_type: SCM_RIGHTS };
const buffer = Buffer.alloc(4);
const doit = (): void => {};

function refused(call: string, args: readonly unknown[]): unknown {
  const made = untyped[call];
  if (made === undefined) throw new Error(`no call ${call}`);
  return thrownBy(() => made(...args));
}

/** A call, its arguments, and the name of the one that is wrong. */
type Row = readonly [call: string, args: readonly unknown[], named: string];

/** Each call with one argument left out, or of another type. */
const WRONG_TYPE: readonly Row[] = [
  ['_exit', [], 'status'],
  ['_exit', ['0'], 'status'],
  ['execve', [1, [], []], 'path'],
  ['execve', ['/does/not/exist', 'x', []], 'argv'],
  ['execve', ['/does/not/exist', ['x', 1], []], 'argv[1]'],
  ['execve', ['/does/not/exist', [], {}], 'envp'],
  ['execve', ['/does/not/exist', [], [null]], 'envp[0]'],
  ['waitpid', [], 'pid'],
  ['waitpid', ['-1'], 'pid'],
  ['waitpid', [-1, '1'], 'options'],
  ['waitpid', [-1, null], 'options'],
  ['kill', [], 'pid'],
  ['kill', [NO_FD], 'sig'],
  ['kill', [NO_FD, 'SIGTERM'], 'sig'],
  ['kill', [1n, 0], 'pid'],
  ['raise', [], 'sig'],
  ['raise', [true], 'sig'],
  ['sigaction', [], 'signum'],
  ['sigaction', ['SIGUSR1'], 'signum'],
  ['sigaction', [SIGUSR1, null], 'action.handler'],
  ['sigaction', [SIGUSR1, 'SIG_IGN'], 'action.handler'],
  ['sigaction', [SIGUSR1, 4711], 'action.handler'],
  ['sigaction', [SIGUSR1, {}], 'action.handler'],
  ['sigaction', [SIGUSR1, { handler: {} }], 'action.handler'],
  ['sigaction', [SIGUSR1, { handler: () => {}, flags: '0' }], 'action.flags'],
  ['sigaction', [SIGUSR1, { handler: () => {}, mask: 1 }], 'action.mask'],
  ['sigaction', [SIGUSR1, { handler: () => {}, mask: ['SIGINT'] }], 'action.mask[0]'],
  ['sigaction', [SIGUSR1, { handler: () => {}, flag: 0 }], 'action'],
  ['sigprocmask', [], 'how'],
  ['sigprocmask', [SIG_BLOCK, 1], 'set'],
  ['sigprocmask', [SIG_BLOCK, [SIGUSR1, undefined]], 'set[1]'],
  ['sigsuspend', [], 'mask'],
  ['sigsuspend', [{}], 'mask'],
  ['waitid', [0, '1', 0], 'id'],
  ['waitid', [0, 0], 'options'],
  ['wait4', [], 'pid'],
  ['wait3', ['1'], 'options'],
  ['getrusage', [], 'who'],
  ['killpg', [NO_FD], 'sig'],
  ['sigqueue', [NO_FD, 0], 'value'],
  ['sigwait', [], 'set'],
  ['sigwaitinfo', [[{}]], 'set[0]'],
  ['sigtimedwait', [[], 5], 'timeout'],
  ['siginterrupt', [SIGUSR1], 'flag'],
  ['setitimer', [0, {}], 'value.it_interval'],
  ['setitimer', [0, { it_interval: { tv_sec: 0, tv_usec: 0 }, it_value: { tv_sec: 0 } }], 'value.it_value.tv_usec'],
  ['getitimer', [null], 'which'],
  ['semop', [NO_FD], 'sops'],
  ['semop', [NO_FD, [{ sem_num: 0 }]], 'sops[0].sem_op'],
  ['semctl', [NO_FD, 0, SETVAL], 'arg'],
  ['msgsnd', [NO_FD, 1], 'mtext'],
  ['msgrcv', [NO_FD, 5], 'buffer'],
  ['munmap', [new ArrayBuffer(8)], 'buffer'],
  ['execv', ['/no/file'], 'argv'],
  ['execvp', [null, []], 'file'],
  ['fexecve', [NO_FD, [], [1]], 'envp[0]'],
  ['posix_spawn', ['/no/file', [], [], 5], 'attributes'],
  ['posix_spawn', ['/no/file', [], [], { fileActions: {} }], 'attributes.fileActions'],
  ['posix_spawn', ['/no/file', [], [], { fileActions: [{ dup2: 1 }] }], 'attributes.fileActions[0].to'],
  ['posix_spawn', ['/no/file', [], [], { sigMask: [] }], 'attributes'],
  ['posix_spawn', ['/no/file', [], [], { fileActions: [{ close: 9, to: 9 }] }], 'attributes.fileActions[0]'],
  ['posix_spawn', ['/no/file', [], [], { fileActions: [{ dup2: 1, to: 9, flags: 0 }] }], 'attributes.fileActions[0]'],
  [
    'posix_spawn',
    ['/no/file', [], [], { fileActions: [{ open: '/', to: 9, flags: 0, perm: 0 }] }],
    'attributes.fileActions[0]',
  ],
  ['posix_spawnp', ['no-file', [], [], { sigmask: 1 }], 'attributes.sigmask'],
  ['setpgid', [0], 'pgid'],
  ['getsid', ['1'], 'pid'],
  ['tcsetpgrp', [NO_FD], 'pgrp'],
  ['openpty', [5], 'winsize'],
  ['setuid', ['root'], 'uid'],
  ['setresgid', [1, 1], 'saved'],
  ['setgroups', [['wheel']], 'groups[0]'],
  ['initgroups', [0, 0], 'user'],
  ['signalfd', [-1], 'mask'],
  ['memfd_create', [1], 'name'],
  ['memfd_create', ['x', '1'], 'flags'],
  ['alarm', [], 'seconds'],
  ['sleep', ['1'], 'seconds'],
  ['nanosleep', [], 'request'],
  ['nanosleep', [1], 'request'],
  ['nanosleep', [{}], 'request.tv_sec'],
  ['nanosleep', [{ tv_sec: 0 }], 'request.tv_nsec'],
  ['nanosleep', [{ tv_sec: 0, tv_nsec: 0 }, 5], 'remaining'],
  ['close', [], 'fd'],
  ['close', ['0'], 'fd'],
  ['close', [{ valueOf: () => 0 }], 'fd'],
  ['read', [NO_FD], 'buffer'],
  ['read', [NO_FD, 'text'], 'buffer'],
  ['read', [NO_FD, [1, 2]], 'buffer'],
  ['read', [NO_FD, new ArrayBuffer(4)], 'buffer'],
  ['read', [NO_FD, buffer, '1'], 'count'],
  ['write', [NO_FD], 'data'],
  ['write', [NO_FD, 5], 'data'],
  ['write', [NO_FD, null], 'data'],
  ['write', ['1', 'text'], 'fd'],
  ['write', [NO_FD, 'text', null], 'count'],
  ['dup', [], 'fd'],
  ['dup2', [NO_FD], 'newfd'],
  ['dup2', [undefined, NO_FD], 'oldfd'],
  ['fcntl', [NO_FD], 'cmd'],
  ['fcntl', [NO_FD, F_SETFL], 'arg'],
  ['fcntl', [NO_FD, F_SETLK, 1], 'arg'],
  ['fcntl', [NO_FD, F_SETLK, {}], 'arg.l_type'],
  ['fcntl', [NO_FD, F_SETLK, { l_type: 0, l_len: '1' }], 'arg.l_len'],
  ['poll', [], 'fds'],
  ['poll', [{}, 0], 'fds'],
  ['poll', [[1], 0], 'fds[0]'],
  ['poll', [[{ fd: 1, events: 0 }, { fd: 1 }], 0], 'fds[1].events'],
  ['poll', [[]], 'timeout'],
  ['poll', [[], '0'], 'timeout'],
  ['ppoll', [[], 5], 'timeout'],
  ['ppoll', [[], { tv_sec: 0 }], 'timeout.tv_nsec'],
  ['ppoll', [[], null, SIGUSR1], 'sigmask'],
  ['select', [[], [], [0, '1']], 'exceptfds[1]'],
  ['select', [[], []], 'exceptfds'],
  ['pselect', [[], [], [], null, 5], 'sigmask'],
  ['open', [1, 0], 'path'],
  ['open', ['/no/file'], 'flags'],
  ['open', ['/no/file', 0, '644'], 'mode'],
  ['mkfifo', [Buffer.from('x')], 'path'],
  ['readv', [NO_FD, buffer], 'iov'],
  ['readv', [NO_FD, [buffer, 'text']], 'iov[1]'],
  ['writev', [NO_FD, [buffer, 5]], 'iov[1]'],
  ['recv', [NO_FD, 'text'], 'buffer'],
  ['send', [NO_FD, 5], 'data'],
  ['sendto', [NO_FD, 'text', 0], 'address'],
  ['recvmsg', [NO_FD, {}], 'message.msg_iov'],
  ['sendmsg', [NO_FD, { msg_iov: [], msg_name: 5 }], 'message.msg_name'],
  ['sendmsg', [NO_FD, { msg_iov: [], msg_control: [1] }], 'message.msg_control[0]'],
  ['sendmsg', [NO_FD, { msg_iov: [], msg_control: [RIGHTS] }], 'message.msg_control[0].fds'],
  ['sendmsg', [NO_FD, { msg_iov: [], msg_control: [{ ...RIGHTS, fds: [{}] }] }], 'message.msg_control[0].fds[0]'],
  ['socket', [], 'domain'],
  ['socket', [AF_INET], 'type'],
  ['socket', [AF_INET, 1, 'tcp'], 'protocol'],
  ['bind', [NO_FD], 'address'],
  ['bind', [NO_FD, '127.0.0.1:80'], 'address'],
  ['bind', [NO_FD, () => {}], 'address'],
  ['bind', [NO_FD, {}], 'address.family'],
  ['bind', [NO_FD, { ...INET, address: 1 }], 'address.address'],
  ['bind', [NO_FD, { ...INET, port: '80' }], 'address.port'],
  ['bind', [NO_FD, { family: AF_UNIX }], 'address.path'],
  ['connect', [NO_FD, { family: AF_UNIX, path: Buffer.from('x') }], 'address.path'],
  ['connect', [NO_FD, null], 'address'],
  ['listen', [NO_FD], 'backlog'],
  ['accept', [], 'listenfd'],
  ['shutdown', [NO_FD], 'how'],
  ['getsockname', [], 'fd'],
  ['getpeername', [Symbol('fd')], 'fd'],
  ['getsockopt', [NO_FD, SOL_SOCKET], 'option'],
  ['setsockopt', [NO_FD, SOL_SOCKET, SO_REUSEADDR], 'value'],
  ['setsockopt', [NO_FD, SOL_SOCKET, SO_REUSEADDR, 'on'], 'value'],
  ['setsockopt', [NO_FD, SOL_SOCKET, SO_RCVTIMEO, 5], 'value'],
  ['setsockopt', [NO_FD, SOL_SOCKET, SO_RCVTIMEO, {}], 'value.tv_sec'],
  ['setsockopt', [NO_FD, SOL_SOCKET, SO_LINGER, { l_onoff: true, l_linger: 1 }], 'value.l_onoff'],
  ['socketpair', ['AF_UNIX', 1], 'domain'],
  ['getrlimit', [], 'resource'],
  ['setrlimit', [RLIMIT_CPU], 'rlim'],
  ['setrlimit', [RLIMIT_CPU, { rlim_cur: 1 }], 'rlim.rlim_max'],
];

test.each(WRONG_TYPE)('%s(%j): TypeError ERR_INVALID_ARG_TYPE that names %s', (call, args, named) => {
  expect(refused(call, args)).toEqual({
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_TYPE',
    message: expect.stringContaining(`"${named}" of ${call}()`),
  });
});

test.each<readonly [string, readonly unknown[]]>([
  ['createForkingServer', []],
  ['createForkingServer', [{ listen: INET, doit, user: 1000 }]],
  ['createForkingServer', [{ listen: INET, doit, restart: 'yes' }]],
  ['textLog', [Symbol('fd'), 'name']],
  ['textLog', [2]],
  ['jsonLog', []],
  ['serverLine', []],
  ['serverLine', [{ event: 'none' }]],
])('%s(%p), no system call: TypeError ERR_INVALID_ARG_TYPE as well', (name, args) => {
  const functions = realfork as unknown as typeof untyped;
  const thrown = thrownBy(() => functions[name]?.(...args));
  expect(thrown).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
});

test("Stevens' own functions: TypeError ERR_INVALID_ARG_TYPE as well", () => {
  const unp = createUnp(calls) as unknown as typeof untyped;
  const wrong: readonly Row[] = [
    ['Readn', [NO_FD], 'buffer'],
    ['Readn', [NO_FD, buffer, '4'], 'count'],
    ['Writen', [NO_FD, 5], 'data'],
    ['Readline', [NO_FD, Symbol('maxlen')], 'maxlen'],
    ['err_sys', [], 'what'],
    ['err_quit', [Symbol('what')], 'what'],
    ['setErrno', [], 'value'],
  ];
  for (const [name, args, named] of wrong) {
    expect(thrownBy(() => unp[name]?.(...args))).toEqual({
      ...{ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' },
      message: expect.stringContaining(`"${named}" of ${name}()`),
    });
  }
});

test('options that there are not, and hooks that are no functions: TypeError ERR_INVALID_ARG_TYPE', () => {
  const anyObserve = observe as (pids: number, options: unknown) => unknown;
  const anyRegister = registerAtFork as (hooks: unknown) => unknown;
  const thrown = [
    () => anyObserve(process.pid, { detail: true }),
    () => anyObserve(process.pid, true),
    () => anyRegister({ afterInTheChild: () => {} }),
    () => anyRegister({ before: 'x' }),
    () => anyRegister(null),
  ].map((action) => thrownBy(action));
  const names = ['options" of observe', 'options" of observe', 'hooks" of', 'hooks.before" of', 'hooks" of'];
  expect(thrown).toEqual(
    names.map((name) => ({
      ...{ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' },
      message: expect.stringContaining(name),
    })),
  );
});

const OUT_OF_RANGE: readonly Row[] = [
  ['execve', ['/does/not\0/exist', [], []], 'path'],
  ['execve', ['/does/not/exist', ['a\0b'], []], 'argv[0]'],
  ['execve', ['/does/not/exist', [], ['A=\0']], 'envp[0]'],
  ['waitpid', [-1, WNOHANG + 0.5], 'options'],
  ['kill', [2 ** 31, 0], 'pid'],
  ['kill', [-(2 ** 31) - 1, 0], 'pid'],
  ['kill', [NO_FD, 2 ** 32], 'sig'],
  ['raise', [Number.NaN], 'sig'],
  ['sigaction', [1.5], 'signum'],
  ['sigaction', [SIGUSR1, { handler: () => {}, flags: 2 ** 32 }], 'action.flags'],
  ['sigaction', [SIGUSR1, { handler: () => {}, mask: [0] }], 'action.mask[0]'],
  ['sigaction', [SIGUSR1, { handler: () => {}, mask: [SIGUSR1, 9999] }], 'action.mask[1]'],
  ['sigprocmask', [SIG_BLOCK, [-1]], 'set[0]'],
  ['sigsuspend', [[9999]], 'mask[0]'],
  ['alarm', [-1], 'seconds'],
  ['alarm', [2 ** 32], 'seconds'],
  ['alarm', [0.5], 'seconds'],
  ['sleep', [-1], 'seconds'],
  ['nanosleep', [{ tv_sec: -1, tv_nsec: 0 }], 'request.tv_sec'],
  ['nanosleep', [{ tv_sec: 0, tv_nsec: 1e9 }], 'request.tv_nsec'],
  ['read', [NO_FD, buffer, 5], 'count'],
  ['read', [NO_FD, buffer, -1], 'count'],
  ['read', [NO_FD, buffer, Number.NaN], 'count'],
  ['write', [NO_FD, buffer, 5], 'count'],
  ['write', [NO_FD, 'text', 5], 'count'],
  ['write', [NO_FD, 'text', 2 ** 53], 'count'],
  ['fcntl', [NO_FD, F_SETFL, 0.5], 'arg'],
  ['fcntl', [NO_FD, F_SETLK, { l_type: 0, l_start: 2 ** 53 }], 'arg.l_start'],
  ['poll', [[{ fd: 0.5, events: 0 }], 0], 'fds[0].fd'],
  ['poll', [[{ fd: 0, events: 2 ** 15 }], 0], 'fds[0].events'],
  ['poll', [[], 2 ** 31], 'timeout'],
  ['ppoll', [[], { tv_sec: 0, tv_nsec: -1 }], 'timeout.tv_nsec'],
  ['ppoll', [[], null, [9999]], 'sigmask[0]'],
  ['semop', [NO_FD, [{ sem_num: -1, sem_op: 0 }]], 'sops[0].sem_num'],
  ['mmap', [-1, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_SHARED], 'length'],
  ['mmap', [4096, PROT_READ, MAP_ANONYMOUS | MAP_SHARED], 'prot'],
  ['mmap', [4096, PROT_READ | PROT_WRITE, 0x10], 'flags'],
  ['setuid', [-2], 'uid'],
  ['setgid', [2 ** 32], 'gid'],
  ['openpty', [{ ws_row: 65_536, ws_col: 1 }], 'winsize.ws_row'],
  ['select', [[FD_SETSIZE], [], []], 'readfds[0]'],
  ['select', [[], [-1], []], 'writefds[0]'],
  ['open', ['a\0b', 0], 'path'],
  ['open', ['/no/file', 0, 0o10000], 'mode'],
  ['umask', [0o1000], 'mask'],
  ['lseek', [NO_FD, 2 ** 53, 0], 'offset'],
  ['recvmsg', [NO_FD, { msg_iov: [], msg_controllen: -1 }], 'message.msg_controllen'],
  ['bind', [NO_FD, { ...INET, family: 9999 }], 'address.family'],
  ['bind', [NO_FD, { ...INET, port: 65536 }], 'address.port'],
  ['bind', [NO_FD, { ...INET, port: -1 }], 'address.port'],
  ['bind', [NO_FD, { ...INET, port: 80.5 }], 'address.port'],
  ['bind', [NO_FD, { ...INET, address: 'localhost' }], 'address.address'],
  ['bind', [NO_FD, { ...INET, address: '127.0.0.256' }], 'address.address'],
  ['bind', [NO_FD, { ...INET, address: '::1' }], 'address.address'],
  ['bind', [NO_FD, { ...INET, address: '127.0.0.1\0.example.org' }], 'address.address'],
  ['bind', [NO_FD, { family: AF_INET6, address: '127.0.0.1', port: 0 }], 'address.address'],
  ['bind', [NO_FD, { family: AF_INET6, address: '::1\0', port: 0 }], 'address.address'],
  ['bind', [NO_FD, { family: AF_INET6, address: 'fe80::1%nonsense', port: 0 }], 'address.address'],
  ['bind', [NO_FD, { family: AF_UNIX, path: 'a\0b' }], 'address.path'],
  ['bind', [NO_FD, { family: AF_UNIX, path: 'x'.repeat(1000) }], 'address.path'],
  ['setsockopt', [NO_FD, SOL_SOCKET, SO_REUSEADDR, 2 ** 31], 'value'],
  ['setsockopt', [NO_FD, SOL_SOCKET, SO_RCVTIMEO, { tv_sec: -1, tv_usec: 0 }], 'value.tv_sec'],
  ['setsockopt', [NO_FD, SOL_SOCKET, SO_RCVTIMEO, { tv_sec: 0, tv_usec: 1e6 }], 'value.tv_usec'],
  ['setrlimit', [RLIMIT_CPU, { rlim_cur: -1, rlim_max: 1 }], 'rlim.rlim_cur'],
  ['setrlimit', [RLIMIT_CPU, { rlim_cur: 1, rlim_max: 2 ** 53 }], 'rlim.rlim_max'],
  ['setrlimit', [RLIMIT_CPU, { rlim_cur: Number.NaN, rlim_max: 1 }], 'rlim.rlim_cur'],
];

test.each(OUT_OF_RANGE)('%s(%j): RangeError ERR_OUT_OF_RANGE that names %s', (call, args, named) => {
  expect(refused(call, args)).toEqual({
    name: 'RangeError',
    code: 'ERR_OUT_OF_RANGE',
    message: expect.stringContaining(`"${named}" of ${call}()`),
  });
});

/** Calls whose first argument is an int: what no int is, they refuse. */
const TAKE_INT: Readonly<Record<string, readonly unknown[]>> = {
  ...{
    waitpid: [WNOHANG],
    kill: [0],
    raise: [],
    sigaction: [],
    sigprocmask: [],
    close: [],
    read: [buffer],
    write: ['x'],
  },
  ...{ dup: [], dup2: [NO_FD], socket: [1], bind: [INET], listen: [1], accept: [], connect: [INET], shutdown: [0] },
  ...{ getsockname: [], getpeername: [], getsockopt: [SOL_SOCKET, SO_REUSEADDR], socketpair: [1], getrlimit: [] },
  ...{ setsockopt: [SOL_SOCKET, SO_REUSEADDR, 1], setrlimit: [{ rlim_cur: 1, rlim_max: 1 }], _exit: [], strerror: [] },
};

describe.each(Object.entries(TAKE_INT))('%s', (call, rest) => {
  test.each([2 ** 31, -(2 ** 31) - 1, 2 ** 53, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'of %d: RangeError ERR_OUT_OF_RANGE',
    (value) => {
      expect(refused(call, [value, ...rest])).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    },
  );
});

describe("an argument's own error", () => {
  const throws = (key: string, rest: object = {}): object =>
    Object.defineProperty({ ...rest }, key, {
      enumerable: true,
      get() {
        throw new Error('of the getter');
      },
    });

  test.each<readonly [string, readonly unknown[]]>([
    ['bind', [NO_FD, throws('family')]],
    ['bind', [NO_FD, throws('port', INET)]],
    ['connect', [NO_FD, throws('path', { family: AF_UNIX })]],
    ['sigaction', [SIGUSR1, throws('handler')]],
    ['sigaction', [SIGUSR1, throws('flags', { handler: () => {} })]],
    ['sigaction', [SIGUSR1, throws('mask', { handler: () => {} })]],
    ['sigprocmask', [SIG_BLOCK, throws('0', [])]],
    ['nanosleep', [throws('tv_nsec', { tv_sec: 0 })]],
    ['setsockopt', [NO_FD, SOL_SOCKET, SO_RCVTIMEO, throws('tv_sec')]],
    ['setrlimit', [RLIMIT_CPU, throws('rlim_cur')]],
    ['setrlimit', [RLIMIT_CPU, throws('rlim_max', { rlim_cur: 1 })]],
  ])('%s: what a getter of it throws is thrown', (call, args) => {
    const thrown = refused(call, call === 'sigprocmask' ? [SIG_BLOCK, arrayThatThrows()] : args);
    expect(thrown).toMatchObject({ name: 'Error', message: 'of the getter' });
  });

  function arrayThatThrows(): unknown[] {
    return Object.defineProperty([], '0', {
      get() {
        throw new Error('of the getter');
      },
    });
  }
});

describe('buffers', () => {
  test('that are detached are empty', async () => {
    expect(await facts('odd-arguments', 'detached')).toEqual({ read: 0, write: 0 });
  });

  test('that are shared, or views of any kind, can be read into and written from', async () => {
    expect(await facts('odd-arguments', 'shared')).toEqual({ written: 3, read: 3, text: 'abc' });
  });

  test('that a handler detaches while read fills them: ERR_BUFFER_DETACHED', async () => {
    expect(await facts('odd-arguments', 'detachedByHandler')).toMatchObject({
      name: 'Error',
      code: 'ERR_BUFFER_DETACHED',
      message: expect.stringContaining('read()'),
    });
  });

  test('that a handler detaches while write sends them are sent as they were', async () => {
    const [received, { written }] = (await reports('odd-arguments', 'detachedInWrite')) as [
      object,
      { written: number },
    ];
    expect(written).toBeGreaterThan(0);
    expect(received).toEqual({ got: written, same: true });
  });
});

test('hundreds of odd values as arguments of every call: refused or an errno, and never a crash', async () => {
  const { calls: tried, wrong } = (await facts('odd-arguments', 'fuzz')) as { calls: number; wrong: unknown[] };
  expect(wrong).toEqual([]);
  expect(tried).toBeGreaterThan(10_000);
});

test('npm run fuzz, in small: no crash, no hang, and no error without a code, of any function that can be imported', async () => {
  const run = await runProgram('fuzz', ['3000', '4711']);
  expect([run.stderr, run.status]).toEqual(['', 0]);
  expect(run.stdout).toMatch(/^fuzz: 3000 calls, seed 4711: 0 crashes, 0 hangs, 0 errors without a code$/m);
});

test('Readn into a buffer that is detached has nothing to read', () => {
  const { Readn } = createUnp(calls);
  expect(Readn(NO_FD, detached(), 5)).toBe(0);
});

describe('an array of 4,294,967,295 elements', () => {
  const huge: unknown[] = [];
  huge.length = 2 ** 32 - 1;
  const proxy = new Proxy<unknown[]>([], {
    get: (target, key) => (key === 'length' ? 2 ** 32 - 1 : Reflect.get(target, key)),
  });
  const functions = { ...realfork, perror } as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;
  const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };

  test.each(['signalName', 'errnoName', 'strerror', 'sig2str', 'str2sig', 'strsignal', 'perror'])(
    'is no argument of %s',
    (name) => {
      for (const value of [huge, proxy]) {
        expect(thrownBy(() => functions[name]?.(value))).toMatchObject({
          ...wrong,
          message: expect.stringContaining(`of ${name}()`),
        });
      }
    },
  );

  test('is none of siginterrupt, and no environment', () => {
    expect(thrownBy(() => functions['siginterrupt']?.(SIGUSR1, proxy))).toMatchObject(wrong);
    for (const envp of [proxy, null, 5, 'NAME=value', { A: 5 }, { A: Symbol('A') }, Buffer.alloc(1 << 20)]) {
      for (const name of ['execve', 'posix_spawn', 'posix_spawnp']) {
        expect(thrownBy(() => functions[name]?.('/does/not/exist', ['x'], envp))).toMatchObject(wrong);
      }
    }
  });

  test('is no place to listen, nor a list of them', () => {
    const places = [undefined, {}, { listen: huge, doit }, { listen: proxy, doit }, { listen: [[INET]], doit }];
    for (const options of places)
      expect(thrownBy(() => functions['createForkingServer']?.(options))).toMatchObject(wrong);
  });

  test('is no backlog of Listen: what LISTENQ does not say is given as it is', () => {
    const unp = createUnp(calls) as unknown as typeof functions;
    expect(thrownBy(() => unp['Listen']?.(NO_FD, proxy))).toMatchObject(wrong);
  });

  test('is no process to observe', () => {
    const observations = { observe, findProcess, childrenOf } as unknown as typeof functions;
    for (const look of Object.values(observations)) {
      for (const value of [undefined, null, Symbol('pid'), huge, proxy]) {
        expect(thrownBy(() => look(value))).toMatchObject(wrong);
      }
    }
    expect(thrownBy(() => observations['observe']?.(1, { details: 'all' }))).toMatchObject(wrong);
  });

  test('is none of waitpidAsync', async () => {
    await expect(functions['waitpidAsync']?.(proxy)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });

  test.each(['fcntl', 'procctl'])('is shown in the error of %s by its first elements', (name) => {
    for (const value of [huge, proxy]) {
      const { message } = thrownBy(() => functions[name]?.(0, 9999, value)) as { message: string };
      expect(message).toMatch(/undefined, \.\.\.|ERR_|must be/);
      expect(message.length).toBeLessThan(1000);
    }
  });

  test('that contains itself is shown as far as it is of use', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(thrownBy(() => functions['fcntl']?.(0, 9999, circle))).toMatchObject({
      message: expect.stringContaining('[[[[...]]]]'),
    });
  });
});
