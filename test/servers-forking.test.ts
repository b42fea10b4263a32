import { writeSync } from 'node:fs';
import {
  AF_INET,
  EACCES,
  EAGAIN,
  EBADF,
  ECHILD,
  ECONNABORTED,
  EINTR,
  EMFILE,
  ENETDOWN,
  ENOTCONN,
  ESRCH,
  SIG_BLOCK,
  SIG_DFL,
  SIGALRM,
  SIGCHLD,
  SIGHUP,
  SIGINT,
  SIGTERM,
  SOCK_CLOEXEC,
  STDERR_FILENO,
} from 'realfork';
import type { KeptChildren } from '#src/fork/kept-children.js';
import type { Calls } from '#src/native.js';
import { complainer } from '#src/servers/forking/complaints.js';
import { neverWaiting, serverLine } from '#src/servers/forking/events.js';
import type { ForkingServerOptions, Settings } from '#src/servers/forking/options.js';
import { ForkingServer } from '#src/servers/forking/server.js';
import type { SocketAddress } from '#src/types.js';
import { dies, type Line, type Scripted, scripted } from './support/script';

/** The server for production against scripted system calls: what the kernel seldom does, and what the server then did. */

/** Without forkForClients() there are none. */
const NO_KEPT_CHILDREN: KeptChildren = {
  keep: () => 5,
  replace: () => 0,
  end: () => {},
  keepNone: () => {},
  prepare: () => {},
  made: () => {},
  isKept: () => false,
  hasEnded: () => {},
  reports: () => ({ happened: [], accepted: 0 }),
  next: () => undefined,
};

const ADDRESS = { family: AF_INET, address: '127.0.0.1', port: 9877 };
const PEER = { family: AF_INET, address: '127.0.0.1', port: 50712 };
const LISTENFD = 3;
const ACCEPTS = `accept4(${LISTENFD}, ${SOCK_CLOEXEC})`;

const LISTENS: readonly Line[] = [
  ['socket', LISTENFD],
  ['setsockopt', 0],
  ['bind', 0],
  ['listen', 0],
  ['getsockname', ADDRESS],
];
type Handler = number | ((signo: number) => void);

interface Polled {
  readonly fds: readonly number[];
  /** Milliseconds; null: for ever. */
  readonly patience: number | null;
}

/** A run of the server: each step is a ppoll, and the calls that follow it. */
class Play {
  readonly said: string[] = [];
  readonly polled: Polled[] = [];
  private readonly handlers = new Map<number, (signo: number) => void>();
  private readonly lines: Line[] = [];
  private clock = 1000;
  /** What sigprocmask has blocked. */
  blocked: readonly number[] = [];
  /** What has come and is blocked. */
  private pending: readonly number[] = [];

  /** What signals do. */
  readonly actions = new Map<number, Handler>();

  private readonly sigaction = (signo: number, action: { handler: Handler } | number): object => {
    const before = this.actions.get(signo) ?? SIG_DFL;
    const handler = typeof action === 'object' ? action.handler : action;
    this.actions.set(signo, handler);
    if (typeof handler === 'function') this.handlers.set(signo, handler);
    return { handler: before, mask: [], flags: 0 };
  };

  private readonly defaultSignals = (signals: readonly number[], mask: readonly number[]): number => {
    for (const signo of signals) this.actions.set(signo, SIG_DFL);
    this.blocked = mask;
    return 0;
  };

  private note(fds: readonly { fd: number }[], timeout: { tv_sec: number; tv_nsec: number } | null): void {
    const patience = timeout === null ? null : timeout.tv_sec * 1000 + timeout.tv_nsec / 1e6;
    this.polled.push({ fds: fds.map(({ fd }) => fd), patience });
  }

  /** ppoll ends as these signals come. */
  signals(signals: readonly number[], ...then: readonly Line[]): this {
    const poll = (fds: readonly { fd: number }[], timeout: { tv_sec: number; tv_nsec: number } | null): number => {
      this.note(fds, timeout);
      for (const signo of signals) this.handlers.get(signo)?.(signo);
      return -EINTR;
    };
    this.lines.push(['ppoll', poll], ...then);
    return this;
  }

  /** ppoll says that a client is there, and lets no signal in: these come as the server unblocks them for a moment. */
  clientWithSignals(signals: readonly number[], ...then: readonly Line[]): this {
    const poll = (fds: readonly { fd: number }[], timeout: { tv_sec: number; tv_nsec: number } | null): object[] => {
      this.note(fds, timeout);
      this.pending = signals;
      return fds.map((asked) => ({ ...asked, revents: 1 }));
    };
    this.lines.push(['ppoll', poll], ...then);
    return this;
  }

  /** ppoll says that a client is there, and no signal. */
  client(...then: readonly Line[]): this {
    return this.clientWithSignals([], ...then);
  }

  /** ppoll ends as the time is over. */
  late(milliseconds: number, ...then: readonly Line[]): this {
    const poll = (fds: readonly { fd: number }[], timeout: { tv_sec: number; tv_nsec: number } | null): object[] => {
      this.note(fds, timeout);
      this.clock += milliseconds;
      return fds.map((asked) => ({ ...asked, revents: 0 }));
    };
    this.lines.push(['ppoll', poll], ...then);
    return this;
  }

  /** A client that gets its child. */
  served(pid: number): this {
    return this.client(['accept4', 7], ['getpeername', PEER], ['fork', pid], ['setpgid', 0], ['close', 0]);
  }

  /** SIGCHLD, for children that have all exited with 0. */
  ended(...pids: readonly number[]): this {
    return this.signals([SIGCHLD], ...pids.map((pid): Line => ['waitpid', { pid, status: 0 }]), ['waitpid', -ECHILD]);
  }

  /** These three count as no calls: code of the program, each telling of an event among it, runs with its own signals. */
  private withSignals({ calls }: Scripted): Calls {
    const sigprocmask = (how: number, set: readonly number[]): readonly number[] => {
      const before = this.blocked;
      this.blocked = how === SIG_BLOCK ? [...before, ...set] : set;
      const due = this.pending.filter((signo) => !this.blocked.includes(signo));
      this.pending = this.pending.filter((signo) => !due.includes(signo));
      for (const signo of due) this.handlers.get(signo)?.(signo);
      return before;
    };
    const sigpending = (): readonly number[] => this.pending;
    const own: Readonly<Record<string | symbol, unknown>> = { sigprocmask, sigpending, sigaction: this.sigaction };
    return new Proxy(calls, { get: (table, name) => own[name] ?? Reflect.get(table, name) });
  }

  /** Runs it to the end of the script; `last` are the calls after the last step. */
  run(options: Partial<ForkingServerOptions> = {}, last: readonly Line[] = []) {
    const script = scripted([...LISTENS, ...this.lines, ...last]);
    const server = new ForkingServer(
      {
        ...{ listen: ADDRESS, doit: (connfd) => void script.made.push(`doit(${connfd})`) },
        ...{ log: neverWaiting((event) => void this.said.push(serverLine(event))), ...options },
      },
      {
        ...{ calls: this.withSignals(script), exit: script.unp.exit, now: () => this.clock },
        ...{
          whyNotFork: () => undefined,
          forkForClients: undefined,
          keptChildren: NO_KEPT_CHILDREN,
          hasForkHooks: () => false,
          raisedOomScore: () => -EACCES,
          rehearseChild: () => {},
          removeListeners: () => {},
        },
        ...{ defaultSignals: this.defaultSignals },
        complain: complainer((text) => void writeSync(STDERR_FILENO, text)),
      },
    );
    const { said, status } = dies(() => server.run());
    expect(script.left()).toBe(0);
    const made = script.made.slice(LISTENS.length).filter((call) => !call.startsWith('ppoll'));
    return { made, stderr: said, status };
  }

  /** Ends it by SIGTERM, with no child left. */
  stop(options: Partial<ForkingServerOptions> = {}) {
    return this.signals([SIGTERM], ['close', 0]).run(options);
  }
}

test('takes a slot, forks, closes connfd; reaps all that ended by one SIGCHLD', () => {
  const play = new Play().served(4713).served(4714).ended(4714, 4713);
  const { made } = play.stop();
  expect(made.slice(0, 13)).toEqual([
    ...[ACCEPTS, 'getpeername(7)', 'fork()', 'setpgid(4713, 4713)', 'close(7)'],
    ...[ACCEPTS, 'getpeername(7)', 'fork()', 'setpgid(4714, 4714)', 'close(7)'],
    ...Array(3).fill('waitpid(-1, WNOHANG)'),
  ]);
  expect(play.said.slice(1, 9)).toEqual([
    ...['start 4713 from 127.0.0.1:50712', 'status: 1/40', 'start 4714 from 127.0.0.1:50712', 'status: 2/40'],
    ...[
      'end 4714 status 0 from 127.0.0.1:50712',
      'status: 1/40',
      'end 4713 status 0 from 127.0.0.1:50712',
      'status: 0/40',
    ],
  ]);
});

test('an option that is undefined is one that was left out: it says nothing of how clients are served', () => {
  const fork = (options: object): string | undefined =>
    new Play()
      .served(4713)
      .ended(4713)
      .stop(options)
      .made.find((call) => call.startsWith('fork'));
  expect(fork({ onConnection: undefined, exec: undefined })).toBe('fork()');
  expect(fork({ doit: undefined, onConnection() {} })).toMatch(/inheritHandles/);
});

describe('a server that is never without a client', () => {
  test('reaps who has ended before it accepts', () => {
    const reaps: readonly Line[] = [
      ['waitpid', { pid: 4713, status: 0 }],
      ['waitpid', -ECHILD],
    ];
    const play = new Play().served(4713).clientWithSignals([SIGCHLD], ...reaps);
    play.served(4714).ended(4714).stop();
    expect(play.said.filter((line) => line.startsWith('status'))).toEqual([
      ...['status: 1/40', 'status: 0/40', 'status: 1/40', 'status: 0/40'],
    ]);
  });

  test('hears SIGTERM: it accepts no more', () => {
    const play = new Play().clientWithSignals([SIGTERM], ['close', 0]);
    expect(play.run().made[0]).toBe('close(3)');
    expect(play.said.at(-1)).toBe('stopped');
  });
});

test.each([EINTR, EAGAIN, ECONNABORTED, ENETDOWN])('accept fails with errno %i: goes on without a word', (errno) => {
  const play = new Play().client(['accept4', -errno]).served(4713).ended(4713);
  play.stop();
  expect(play.said[1]).toBe('start 4713 from 127.0.0.1:50712');
  expect(play.polled.slice(0, 2)).toEqual(Array(2).fill({ fds: [LISTENFD], patience: null }));
});

test('accept fails with EMFILE: one line a second, and 100 ms without accept each time', () => {
  const play = new Play();
  for (let times = 0; times < 12; ++times) play.client(['accept4', -EMFILE]).late(100);
  play.stop();
  expect(play.said.filter((line) => line.startsWith('accept'))).toEqual([
    'accept: EMFILE (Too many open files)',
    'accept: EMFILE (Too many open files), 9 times',
    'accept: EMFILE (Too many open files), 2 times', // at the end
  ]);
  expect(play.polled.slice(0, 4)).toEqual([
    ...[
      { fds: [LISTENFD], patience: null },
      { fds: [], patience: 100 },
    ],
    ...[
      { fds: [LISTENFD], patience: null },
      { fds: [], patience: 100 },
    ],
  ]);
});

test('a child that ends while the server waits gives room: it accepts at once', () => {
  const play = new Play().served(4713).client(['accept4', -EMFILE]).ended(4713);
  play.stop();
  expect(play.polled.map(({ fds }) => fds)).toEqual([[LISTENFD], [LISTENFD], [], [LISTENFD]]);
});

test('accept fails with EBADF: a mistake, which is thrown; the listener is closed, the signals are given back', () => {
  const play = new Play().client(['accept4', -EBADF]);
  const run = (): unknown => play.run({}, [['close', 0]]);
  expect(run).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'accept4' }));
});

test('fork fails with EAGAIN: connfd is closed, the slot given back, and a later client is served', () => {
  const play = new Play()
    .client(['accept4', 7], ['getpeername', PEER], ['fork', -EAGAIN], ['close', 0])
    .late(100)
    .served(4713)
    .ended(4713);
  const { made } = play.stop({ children: 1 });
  expect(made.slice(0, 4)).toEqual([ACCEPTS, 'getpeername(7)', 'fork()', 'close(7)']);
  expect(play.said.slice(1, 4)).toEqual([
    'fork: EAGAIN (Resource temporarily unavailable)',
    'start 4713 from 127.0.0.1:50712',
    'status: 1/1',
  ]);
  expect(play.polled[1]).toEqual({ fds: [], patience: 100 });
});

test('a client that has reset before getpeername: closed, no child', () => {
  const gone: Line[] = [
    ['accept4', 7],
    ['getpeername', -ENOTCONN],
    ['close', 0],
  ];
  const play = new Play().client(...gone, ['accept4', -EAGAIN]);
  expect(play.stop().made.slice(0, 4)).toEqual([ACCEPTS, 'getpeername(7)', 'close(7)', ACCEPTS]);
});

test('many such clients: who waits behind them is served in the same turn', () => {
  const gone: Line[] = [
    ['accept4', 7],
    ['getpeername', -ENOTCONN],
    ['close', 0],
  ];
  const served: Line[] = [
    ['accept4', 8],
    ['getpeername', PEER],
    ['fork', 4713],
    ['setpgid', 0],
    ['close', 0],
  ];
  const play = new Play().client(...gone, ...gone, ...gone, ...served).ended(4713);
  play.stop();
  expect(play.polled).toHaveLength(3);
});

test('at the limit it does not accept, until a child has ended', () => {
  const play = new Play().served(4713).served(4714).ended(4713).served(4715).ended(4714, 4715);
  play.stop({ children: 2 });
  expect(play.polled.map(({ fds }) => fds.length)).toEqual([1, 1, 0, 1, 0, 1]);
});

test('at the limit of an address: its next connection is closed, and said to be', () => {
  const other = { ...PEER, address: '127.0.0.2' };
  const play = new Play()
    .served(4713)
    .client(['accept4', 8], ['getpeername', PEER], ['close', 0])
    .client(['accept4', 8], ['getpeername', other], ['fork', 4714], ['setpgid', 0], ['close', 0])
    .ended(4713)
    .served(4715)
    .ended(4714, 4715);
  play.stop({ perAddress: 1 });
  expect(play.said.filter((line) => /^(refused|start)/.test(line))).toEqual([
    'start 4713 from 127.0.0.1:50712',
    'refused 127.0.0.1:50712: it has 1 connections already',
    'start 4714 from 127.0.0.2:50712',
    'start 4715 from 127.0.0.1:50712',
  ]);
});

test('a child of somebody else: one line, and on', () => {
  const play = new Play().ended(99);
  play.stop();
  expect(play.said[1]).toBe('reaped 99, which is no child of this server');
});

describe('to stop', () => {
  test('SIGTERM: listens no more, and waits for its children', () => {
    const play = new Play().served(4713).signals([SIGTERM], ['close', 0]).ended(4713);
    const { made } = play.run({ grace: 5 });
    expect(made[5]).toBe('close(3)');
    expect(play.polled.at(-1)).toEqual({ fds: [], patience: 5000 });
    expect(play.said.slice(3)).toEqual([
      'SIGTERM: no longer listening; children left: 1, to finish within 5 s',
      'end 4713 status 0 from 127.0.0.1:50712',
      'status: 0/40',
      'stopped',
    ]);
  });

  test('those that are late are killed, once', () => {
    const killed: Line[] = [
      ['waitpid', { pid: 4713, status: 9 }],
      ['waitpid', -ECHILD],
    ];
    const play = new Play().served(4713).signals([SIGTERM], ['close', 0]).late(5000, ['kill', 0], ['kill', 0]);
    const { made } = play
      .signals([])
      .signals([SIGCHLD], ...killed)
      .run({ grace: 5 });
    expect(made.filter((call) => call.startsWith('kill'))).toEqual(['kill(-4713, SIGKILL)', 'kill(4713, SIGKILL)']);
    expect(play.said).toContain('end 4713 signal SIGKILL from 127.0.0.1:50712');
    expect(play.polled.at(-1)?.patience).toBeNull();
  });

  test.each([
    ['SIGINT', [[SIGINT]]],
    ['a second SIGTERM', [[SIGTERM], [SIGTERM]]],
    ['SIGINT after SIGTERM', [[SIGTERM], [SIGINT]]],
  ])('%s: children are told to end, and killed a second later', (_name, signals) => {
    const play = new Play().served(4713);
    for (const [nth, signos] of signals.entries()) {
      const told: Line[] = nth === signals.length - 1 ? [['kill', 0]] : [];
      play.signals(signos, ...(nth === 0 ? [['close', 0] as const] : []), ...told);
    }
    const { made } = play.late(1000, ['kill', 0], ['kill', 0]).ended(4713).run({ grace: 30 });
    expect(made.filter((call) => call.startsWith('kill'))).toEqual([
      'kill(-4713, SIGTERM)',
      ...['kill(-4713, SIGKILL)', 'kill(4713, SIGKILL)'],
    ]);
  });
});

describe('the process group of a child', () => {
  const kills = (made: readonly string[]): string[] => made.filter((call) => call.startsWith('kill'));
  /** A child is reaped, with these calls about its group. */
  const reaps = (status: number, ...about: readonly Line[]): readonly Line[] => [
    ['waitpid', { pid: 4713, status }],
    ...about,
    ['waitpid', -ECHILD],
  ];

  test('at its time-out all of it is told to end, and killed a second later; only then the slot is free', () => {
    const play = new Play().served(4713).late(5000, ['kill', 0]);
    play.signals([SIGCHLD], ...reaps(SIGALRM, ['kill', 0])).late(10, ['kill', 0]);
    const { made } = play.late(990, ['kill', 0]).stop({ timeout: 5, children: 1 });
    expect(kills(made)).toEqual([
      ...['kill(-4713, SIGALRM)', 'kill(-4713, signal 0)', 'kill(-4713, signal 0)', 'kill(-4713, SIGKILL)'],
    ]);
    const waits = play.polled.map(({ fds, patience }) => `${fds.length} ${patience}`);
    expect(waits).toEqual(['1 null', '0 5000', '0 1000', '0 10', '0 10', '1 null']);
    expect(play.said.slice(2, 5)).toEqual([
      ...['status: 1/1', 'end 4713 signal SIGALRM from 127.0.0.1:50712', 'status: 0/1'],
    ]);
  });

  test('what a child leaves behind that ends by itself is left alone', () => {
    expect(kills(new Play().served(4713).ended(4713).stop({ timeout: 5 }).made)).toEqual([]);
  });

  test('its own alarm comes first: the group is told to end as it is reaped', () => {
    const play = new Play().served(4713).signals([SIGCHLD], ...reaps(SIGALRM, ['kill', 0], ['kill', -ESRCH]));
    expect(kills(play.stop({ timeout: 5 }).made)).toEqual(['kill(-4713, SIGALRM)', 'kill(-4713, signal 0)']);
  });

  test('a child that has left it is signalled alone', () => {
    const play = new Play().served(4713).signals([SIGINT], ['close', 0], ['kill', -ESRCH], ['kill', 0]);
    const { made } = play.signals([SIGCHLD], ...reaps(SIGTERM, ['kill', -ESRCH])).run();
    expect(kills(made)).toEqual(['kill(-4713, SIGTERM)', 'kill(4713, SIGTERM)', 'kill(-4713, signal 0)']);
  });
});

/** Code of the program has run: a child may have ended, and libuv have had the signal. */
const NOBODY: Line = ['waitpid', { pid: 0, status: 0 }];

describe('SIGHUP', () => {
  test('the settings are taken anew, and hold for the next client', () => {
    const play = new Play().served(4713).signals([SIGHUP], NOBODY).served(4714).ended(4713, 4714);
    play.stop({ children: 1, reload: () => ({ children: 2 }) });
    expect(play.polled.map(({ fds }) => fds.length)).toEqual([1, 0, 1, 0, 1]);
    expect(play.said).toContain('reloaded: {"children":2,"perAddress":0,"timeout":0}');
  });

  const BAD: Readonly<Record<string, () => unknown>> = {
    throws: () => {
      throw new Error('line 3: what?');
    },
    'gives a number out of range': () => ({ children: 0 }),
    'gives no number': () => ({ children: 'many' }),
  };

  test.each(Object.keys(BAD))('a reload that %s: one line says so, the old ones stay', (name) => {
    const play = new Play().signals([SIGHUP], NOBODY).served(4713).ended(4713);
    play.stop({ reload: BAD[name] as () => Partial<Settings> });
    expect(play.said[1]).toMatch(/^not reloaded, the old settings stay: .*(line 3|children)/);
    expect(play.said).toContain('status: 1/40');
  });

  test('without a reload: one line', () => {
    const play = new Play().signals([SIGHUP]);
    play.stop();
    expect(play.said[1]).toBe('not reloaded, the old settings stay: there is no configuration to read again');
  });
});

describe('the child', () => {
  const forked: Line[] = [
    ['accept4', 7],
    ['getpeername', PEER],
    ['fork', 0],
    ['setpgid', 0],
    ['close', 0],
  ];
  const ends: Line[] = [['close', 0]];

  test('closes the listener, gives back signals and mask, serves, closes connfd, and leaves', () => {
    const play = new Play().client(...forked, ...ends);
    const blocked: (readonly number[])[] = [];
    const { made, status } = play.run({ doit: () => void blocked.push(play.blocked) });
    expect(made.slice(3)).toEqual(['setpgid(0, 0)', 'close(3)', 'close(7)', 'exit(0)']);
    expect([...new Set(play.actions.values())]).toEqual([SIG_DFL]);
    expect([blocked, status]).toEqual([[[]], 0]);
  });

  test('is asked for its own address where doit wants to know it', () => {
    const play = new Play().client(...forked, ['getsockname', ADDRESS], ...ends);
    const seen: SocketAddress[] = [];
    play.run({ doit: (_connfd, { local, peer }) => void seen.push(local, peer) });
    expect(seen).toEqual([ADDRESS, PEER]);
  });

  test('with a timeout sets an alarm', () => {
    const { made } = new Play().client(...forked, ['alarm', 0], ...ends).run({ timeout: 5 });
    expect(made).toContain('alarm(5)');
  });

  const DOITS: Readonly<Record<string, [doit: () => unknown, status: number, said: RegExp]>> = {
    'the number that doit gives': [() => 3, 3, /^$/],
    '1 where doit throws': [
      () => {
        throw new Error('as I like it');
      },
      1,
      /^\[\d+\] doit: Error: as I like it\n {4}at /,
    ],
    '1 where doit gives a promise': [() => Promise.resolve(), 1, /doit must not be async/],
  };

  test.each(Object.keys(DOITS))('leaves with %s', (name) => {
    const [doit = () => {}, expected, said] = DOITS[name] ?? [];
    const { status, stderr } = new Play().client(...forked, ...ends).run({ doit: doit as () => void });
    expect(status).toBe(expected);
    expect(stderr).toMatch(said ?? '');
  });
});

test.each([
  ['no doit', { doit: undefined }, 'ERR_INVALID_ARG_TYPE'],
  ['a doit and a program', { exec: 'cat' }, 'ERR_INVALID_ARG_TYPE'],
  ['a program of no words', { doit: undefined, exec: ' ' }, 'ERR_INVALID_ARG_VALUE'],
  ['a limit for programs, and none', { nofile: 64 }, 'ERR_INVALID_ARG_TYPE'],
  ['signals for a program', { doit: undefined, exec: 'cat', signals: 'inherit' }, 'ERR_INVALID_ARG_TYPE'],
  [
    'a rehearsal of children in their event loop',
    { doit: undefined, onConnection() {}, rehearse() {} },
    'ERR_INVALID_ARG_TYPE',
  ],
  ['several clients for a program', { doit: undefined, exec: 'cat', requests: 2 }, 'ERR_INVALID_ARG_TYPE'],
  ['spare programs', { doit: undefined, exec: 'cat', spare: 2 }, 'ERR_INVALID_ARG_TYPE'],
  ['several clients in an event loop', { doit: undefined, onConnection() {}, requests: 2 }, 'ERR_INVALID_ARG_TYPE'],
  ['several clients for a child, by address', { requests: 2, perAddress: 3 }, 'ERR_INVALID_ARG_TYPE'],
  ['spare children, by address', { spare: 1, perAddress: 3 }, 'ERR_INVALID_ARG_TYPE'],
  ['no client for a child', { requests: 0 }, 'ERR_OUT_OF_RANGE'],
  ['less than no child', { spare: -1 }, 'ERR_OUT_OF_RANGE'],
  ['no address', { listen: [] }, 'ERR_INVALID_ARG_TYPE'],
  ['no child', { children: 0 }, 'ERR_OUT_OF_RANGE'],
  ['half a second', { grace: 0.5 }, 'ERR_OUT_OF_RANGE'],
  ['text', { backlog: '5' }, 'ERR_INVALID_ARG_TYPE'],
  ['a name that there is not', { child: 5 }, 'ERR_INVALID_ARG_TYPE'],
  ['signals of another kind', { signals: 'none' }, 'ERR_INVALID_ARG_TYPE'],
  ['an async doit', { doit: async () => {} }, 'ERR_INVALID_ARG_TYPE'],
  ['a doit that is a generator', { doit: function* () {} }, 'ERR_INVALID_ARG_TYPE'],
  ['an async reload', { reload: async () => ({}) }, 'ERR_INVALID_ARG_TYPE'],
  ['an async log', { log: async () => {} }, 'ERR_INVALID_ARG_TYPE'],
])('options with %s are refused before anything is done', (_name, options, code) => {
  const script = scripted([]);
  const surroundings = {
    ...{ calls: script.calls, exit: script.unp.exit, now: () => 0, complain: () => {} },
    ...{
      whyNotFork: () => undefined,
      forkForClients: undefined,
      keptChildren: NO_KEPT_CHILDREN,
      hasForkHooks: () => false,
      raisedOomScore: () => -EACCES,
      rehearseChild: () => {},
      removeListeners: () => {},
    },
    ...{ defaultSignals: () => 0 },
  };
  const all = { listen: ADDRESS, doit: () => {}, ...options } as unknown as ForkingServerOptions;
  expect(() => new ForkingServer(all, surroundings)).toThrow(expect.objectContaining({ code }));
});

test('an oom_score_adj that is asked for, and that children cannot have, is told', () => {
  const play = new Play();
  play.stop({ oomScoreAdj: 500 });
  expect(play.said).toContain('oom_score_adj: EACCES (Permission denied)');
});
