import { AF_INET, EAGAIN, EBADF, EINTR, EPIPE, SIGCHLD, SIGINT, type SocketAddress } from 'realfork';
import { SERVERS, type ServerName } from '#src/servers/index.js';
import { sharedLock } from '#src/servers/preforked/shared-lock.js';
import { dies, giving, type Line, scripted } from './support/script';

/** Chapter 30's preforked servers against scripted calls: two children, 4713 and 4714. */

const ADDRESS: SocketAddress = { family: AF_INET, address: '127.0.0.1', port: 9877 };
const LISTENS: readonly Line[] = [
  ['socket', 3],
  ['bind', 0],
  ['listen', 0],
];
const OLD_ACTION = { handler: 0, mask: [], flags: 0 };
const BECOMES_PARENT: readonly Line[] = [
  ['sigprocmask', []],
  ['sigaction', OLD_ACTION],
  ['sigaction', OLD_ACTION],
  ['sigaction', OLD_ACTION],
];
const BECOMES_CHILD: readonly Line[] = [
  ['fork', 0],
  ['sigaction', OLD_ACTION],
  ['sigaction', OLD_ACTION],
  ['sigaction', OLD_ACTION],
  ['sigprocmask', []],
];
const FORKS: readonly Line[] = [
  ['fork', 4713],
  ['fork', 4714],
];
/** An end for a parent that has none. */
const END: Line = ['ppoll', -EBADF];
/** Unblocked for a moment: ppoll lets none in where a descriptor is ready. */
const LETS_SIGNALS_IN: readonly Line[] = [
  ['sigprocmask', []],
  ['sigprocmask', []],
];

beforeEach(() => {
  // What ends the children with the parent is for real processes.
  jest.spyOn(process, 'once').mockReturnValue(process);
  // Time is the script's as well: a second that this process is not scheduled for would be one that the children have lived.
  jest.spyOn(performance, 'now').mockReturnValue(0);
});
afterEach(() => jest.restoreAllMocks());

function serve(name: ServerName, lines: readonly Line[]): { made: readonly string[]; said: string } {
  const script = scripted(lines);
  const { unp, made } = script;
  const task = {
    ...{ unp, address: ADDRESS, service: 'echo', sleep: 0, children: 2, outlets: {} },
    doit: (connfd: number) => void made.push(`doit(${connfd})`),
    ...{ onConnection: () => {}, reread: () => {} },
  };
  const { said } = dies(() => SERVERS[name].run(task));
  expect(script.left()).toBe(0);
  return { made, said };
}

/** After what the parent does first: its blocked signals, their handlers. */
function behind(made: readonly string[], call: string): readonly string[] {
  return made.slice(made.lastIndexOf(call) + 1);
}

/** A wait in which these signals come: the script has their handlers from sigaction. */
function signalled(): { readonly installs: readonly Line[]; readonly comes: (signo: number) => Line } {
  const handlers = new Map<number, (signo: number) => void>();
  const install = (signo: number, { handler }: { handler: (signo: number) => void }): object => {
    handlers.set(signo, handler);
    return OLD_ACTION;
  };
  return {
    installs: [['sigprocmask', []], ...Array<Line>(3).fill(['sigaction', install])],
    comes: (signo) => [
      'ppoll',
      () => {
        handlers.get(signo)?.(signo);
        return -EINTR;
      },
    ],
  };
}

describe('preforked', () => {
  test('the parent blocks its signals, forks all children, and waits for signals only', () => {
    const { made, said } = serve('preforked', [...LISTENS, ...BECOMES_PARENT, ...FORKS, END]);
    expect(made).toEqual([
      ...['socket(AF_INET, SOCK_STREAM, 0)', 'bind(3, 127.0.0.1:9877)', 'listen(3, 1024)'],
      expect.stringMatching(/^sigprocmask\(SIG_BLOCK, .*SIGINT.*SIGTERM.*SIGCHLD|^sigprocmask\(SIG_BLOCK/),
      ...['SIGCHLD', 'SIGINT', 'SIGTERM'].map((name) => expect.stringMatching(`^sigaction\\(${name}, handler`)),
      ...['fork()', 'fork()', expect.stringMatching(/^ppoll\(\[\], null/), 'exit(1)'],
    ]);
    expect(said).toBe('ppoll error: Bad file descriptor\n');
  });

  test('a child puts signals back as they were, and accepts one client after the other', () => {
    const one: Line[] = [
      ['accept', 7],
      ['close', 0],
    ];
    const { made } = serve('preforked', [
      ...[...LISTENS, ...BECOMES_PARENT, ...BECOMES_CHILD, ...one, ...one],
      ['accept', -EBADF],
    ]);
    expect(behind(made, 'fork()')).toEqual([
      ...['SIGCHLD', 'SIGINT', 'SIGTERM'].map((name) => `sigaction(${name}, SIG_DFL, 0)`),
      expect.stringMatching(/^sigprocmask\(SIG_SETMASK/),
      ...['accept(3)', 'doit(7)', 'close(7)', 'accept(3)', 'doit(7)', 'close(7)', 'accept(3)', 'exit(1)'],
    ]);
  });

  test('a child that dies is waited for and named, and another is forked, not at once', () => {
    const { installs, comes } = signalled();
    const { made } = serve('preforked', [
      ...[...LISTENS, ...installs, ...FORKS, comes(SIGCHLD)],
      ['waitpid', { pid: 4714, status: 9 }],
      ['write', 54],
      ['waitpid', { pid: 0, status: 0 }],
      END,
    ]);
    expect(behind(made, 'fork()').slice(1)).toEqual([
      ...['waitpid(-1, WNOHANG)', 'write(1, 54 bytes)', 'waitpid(-1, WNOHANG)'],
      expect.stringMatching(/^ppoll\(\[\], \{tv_sec: [01], /),
      'exit(1)',
    ]);
  });

  test('SIGINT: SIGTERM to all, wait for all, exit with 0', () => {
    const { installs, comes } = signalled();
    const { made } = serve('preforked', [
      ...[...LISTENS, ...installs, ...FORKS, comes(SIGINT)],
      ['kill', 0],
      ['kill', 0],
      ['waitpid', { pid: 4714, status: 15 }],
      ['waitpid', { pid: 0, status: 0 }],
      ['ppoll', -EINTR],
      ['waitpid', { pid: 4713, status: 15 }],
    ]);
    expect(made.filter((call) => call.startsWith('kill'))).toEqual(['kill(4713, SIGTERM)', 'kill(4714, SIGTERM)']);
    expect(made.at(-1)).toBe('exit(0)');
  });

  test('no child can be forked in the beginning: it says so', () => {
    const { said } = serve('preforked', [...LISTENS, ...BECOMES_PARENT, ['fork', 4713], ['fork', -EAGAIN]]);
    expect(said).toBe('fork error: Resource temporarily unavailable\n');
  });
});

describe('preforked-fcntl', () => {
  test('a child locks, again after EINTR, accepts, and unlocks before it serves', () => {
    const { made } = serve('preforked-fcntl', [
      ...[
        ...LISTENS.slice(0, 2),
        ['memfd_create', 5] as const,
        ...LISTENS.slice(2),
        ...BECOMES_PARENT,
        ...BECOMES_CHILD,
      ],
      ['fcntl', -EINTR],
      ['fcntl', 0],
      ['accept', 7],
      ['fcntl', 0],
      ['close', 0],
      ['fcntl', -EBADF],
    ]);
    const locks = 'fcntl(5, F_SETLKW, F_WRLCK 0+0)';
    expect(made.slice(-8)).toEqual([
      ...[locks, locks, 'accept(3)', 'fcntl(5, F_SETLKW, F_UNLCK 0+0)', 'doit(7)', 'close(7)'],
      ...[locks, 'exit(1)'],
    ]);
  });
});

describe('the lock in shared memory', () => {
  const HOLDS = 4713;
  const WAITS = 4714;
  const MADE: readonly Line[] = [
    ['mmap', new ArrayBuffer(12)],
    ['pipe', [8, 9]],
    ['fcntl', 0],
  ];
  const twoChildren: readonly Line[] = [
    ['getpid', HOLDS],
    ['getpid', WAITS],
  ];

  function lockWith(lines: readonly Line[]) {
    const memory: Line = ['mmap', new ArrayBuffer(12)];
    const script = scripted([memory, ...MADE.slice(1), ...lines]);
    return { lock: sharedLock(script.unp, 2), made: () => script.made.slice(3), left: script.left };
  }

  test('free: no system call', () => {
    const { lock, made } = lockWith(twoChildren);
    const [first, second] = [lock.inChild(0), lock.inChild(1)];
    first.wait();
    first.release();
    second.wait();
    second.release();
    expect(made()).toEqual(['getpid()', 'getpid()']);
  });

  test('taken: the second sleeps in read, again after EINTR, until the release writes a byte', () => {
    let release = (): void => {};
    const { lock, made, left } = lockWith([
      ...twoChildren,
      ['read', -EINTR],
      [
        'read',
        (fd: number, buffer: Uint8Array) => {
          release();
          return giving('x')(fd, buffer);
        },
      ],
      ['write', 1],
    ]);
    const [first, second] = [lock.inChild(0), lock.inChild(1)];
    release = first.release;
    first.wait();
    second.wait();
    second.release();
    expect(left()).toBe(0);
    expect(made().slice(2)).toEqual(['read(8, 1 bytes)', 'read(8, 1 bytes)', 'write(9, "x")']);
  });

  test('a byte that wakes in vain: the lock is still taken, and it sleeps again', () => {
    const wakes = giving('x');
    let release = (): void => {};
    const { lock, left } = lockWith([
      ...twoChildren,
      ['read', wakes],
      [
        'read',
        (fd: number, buffer: Uint8Array) => {
          release();
          return wakes(fd, buffer);
        },
      ],
      ['write', -EAGAIN], // the pipe is full of such bytes: nothing is lost
    ]);
    const [first, second] = [lock.inChild(0), lock.inChild(1)];
    release = first.release;
    first.wait();
    second.wait();
    expect(left()).toBe(0);
  });

  test('the holder dies: the parent takes the lock from it and wakes who waits', () => {
    let die = (): void => {};
    const { lock, left } = lockWith([
      ...twoChildren,
      [
        'read',
        (fd: number, buffer: Uint8Array) => {
          die();
          return giving('x')(fd, buffer);
        },
      ],
      ['write', 1],
    ]);
    const [first, second] = [lock.inChild(0), lock.inChild(1)];
    die = () => lock.died?.(0, HOLDS);
    first.wait();
    second.wait();
    expect(left()).toBe(0);
  });

  test('another dies: the lock stays with its holder', () => {
    const { lock, made } = lockWith([...twoChildren, ['read', -EBADF]]);
    const [first, second] = [lock.inChild(0), lock.inChild(1)];
    first.wait();
    lock.died?.(1, WAITS);
    expect(dies(() => second.wait()).said).toBe('read error for my_lock_wait: Bad file descriptor\n');
    expect(made().at(-1)).toBe('exit(1)');
  });
});

describe('preforked-passing', () => {
  const STARTS: readonly Line[] = [...LISTENS, ['fcntl', 0], ...BECOMES_PARENT];
  const makes = (pid: number, parents: number): Line[] => [
    ['socketpair', [parents, parents + 10]],
    ['fork', pid],
    ['close', 0],
  ];
  const BOTH: readonly Line[] = [...STARTS, ...makes(4713, 21), ...makes(4714, 22)];
  const ready = (...fds: number[]): Line[] => [
    ['ppoll', fds.map((fd) => ({ fd, events: 1, revents: 1 }))],
    ...LETS_SIGNALS_IN,
  ];
  const accepted: readonly Line[] = [
    ['accept', 7],
    ['fcntl', 0],
  ];
  const polled = (made: readonly string[]): readonly string[] =>
    made.filter((call) => call.startsWith('ppoll([') && !call.startsWith('ppoll([],'));

  test('a client goes to the first child that is free, and nobody is accepted while none is', () => {
    const one: Line[] = [...ready(3), ...accepted, ['sendmsg', 1], ['close', 0]];
    const { made } = serve('preforked-passing', [...BOTH, ...one, ...one, END]);
    expect(made.filter((call) => call.startsWith('sendmsg')).map((call) => call.slice(0, 10))).toEqual([
      'sendmsg(21',
      'sendmsg(22',
    ]);
    expect(polled(made).map((call) => call.replace(/\].*/, ']'))).toEqual([
      ...['ppoll([3 POLLIN]', 'ppoll([3 POLLIN, 21 POLLIN]', 'ppoll([21 POLLIN, 22 POLLIN]'],
    ]);
  });

  test('the byte of a child: it is free again', () => {
    const { made } = serve('preforked-passing', [
      ...[...BOTH, ...ready(3), ...accepted, ['sendmsg', 1] as const, ['close', 0] as const],
      ...[...ready(21), ['read', giving('\0')] as const, END],
    ]);
    expect(polled(made).at(-1)).toMatch(/^ppoll\(\[3 POLLIN\]/);
  });

  test('a child that has died: the next one gets its client', () => {
    const { made } = serve('preforked-passing', [
      ...[...BOTH, ...ready(3), ...accepted, ['sendmsg', -EPIPE] as const],
      ...[['close', 0] as const, ['sendmsg', 1] as const, ['close', 0] as const, END],
    ]);
    expect(made.filter((call) => call.startsWith('close')).slice(2)).toEqual(['close(21)', 'close(7)']);
  });

  test('all have died: the client is kept for the child that takes a place, which does not keep it open', () => {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => {
      now += 600;
      return now;
    });
    const { installs, comes } = signalled();
    const lines: Line[] = [
      ...[...LISTENS, ['fcntl', 0] as const, ...installs, ...makes(4713, 21), ...makes(4714, 22)],
      ...[...ready(3), ...accepted, ['sendmsg', -EPIPE] as const, ['close', 0] as const],
      ...[['sendmsg', -EPIPE] as const, ['close', 0] as const, comes(SIGCHLD)],
      ['waitpid', { pid: 4713, status: 9 }],
      ['write', 54],
      ['waitpid', { pid: 0, status: 0 }],
    ];
    const parent = serve('preforked-passing', [
      ...[...lines, ...makes(4715, 21), ['ppoll', []] as const, ['sendmsg', 1] as const, ['close', 0] as const, END],
    ]);
    expect(behind(parent.made, 'fork()').filter((call) => /^(sendmsg|close)/.test(call))).toEqual([
      ...['close(31)', expect.stringMatching(/^sendmsg\(21, .*\[7\]/), 'close(7)'],
    ]);
    now = 0;
    const closes: Line[] = Array<Line>(3).fill(['close', 0]);
    const child = serve('preforked-passing', [
      ...[...lines, ['socketpair', [21, 31]] as const, ...BECOMES_CHILD, ...closes, ['recvmsg', -EBADF] as const],
    ]);
    expect(behind(child.made, 'fork()').filter((call) => call.startsWith('close'))).toEqual([
      ...['close(21)', 'close(3)', 'close(7)'],
    ]);
  });

  test('a client that has gone before accept: it waits on', () => {
    const { said } = serve('preforked-passing', [...BOTH, ...ready(3), ['accept', -EAGAIN], END]);
    expect(said).toBe('ppoll error: Bad file descriptor\n');
  });

  test('a child serves what it is passed, says that it is free, and ends with its parent', () => {
    const { made } = serve('preforked-passing', [
      ...[...STARTS, ['socketpair', [21, 31]] as const, ...BECOMES_CHILD],
      ...[['close', 0] as const, ['close', 0] as const],
      ['recvmsg', { count: 1, msg_name: null, msg_control: [{ cmsg_level: 1, cmsg_type: 1, fds: [7] }], msg_flags: 0 }],
      ['close', 0],
      ['write', 1],
      ['recvmsg', { count: 0, msg_name: null, msg_control: [], msg_flags: 0 }],
    ]);
    const rest = made.slice(made.indexOf('close(21)'));
    expect(rest.filter((call) => !call.startsWith('recvmsg'))).toEqual([
      ...['close(21)', 'close(3)', 'doit(7)', 'close(7)', 'write(31, 1 bytes)', 'exit(0)'],
    ]);
  });
});
