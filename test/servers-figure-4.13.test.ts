import type { NewSignalAction, SignalAction, SocketAddress } from 'realfork';
import {
  AF_INET,
  EACCES,
  EADDRINUSE,
  EAGAIN,
  EBADF,
  ECHILD,
  ECONNABORTED,
  EINTR,
  EINVAL,
  EMFILE,
  ENETDOWN,
  EPROTO,
  SA_NOCLDWAIT,
  SA_RESTART,
  SIG_DFL,
  SIG_IGN,
} from 'realfork';
import { figure413 } from '#src/servers/figure-4.13.js';
import { type Addition, announce, receiveTimeout, retryOnEintr, reuseAddress } from '#src/servers/policy.js';
import { installSigchld, sig_chld } from '#src/servers/sigchld.js';
import { dies, type Line, type Scripted, scripted } from './support/script';

const ADDRESS: SocketAddress = { family: AF_INET, address: '127.0.0.1', port: 9877 };
const START: readonly Line[] = [
  ['socket', 3],
  ['bind', 0],
  ['listen', 0],
];
const STARTED = ['socket(AF_INET, SOCK_STREAM, 0)', 'bind(3, 127.0.0.1:9877)', 'listen(3, 1024)'];
/** An end for a server that has none: a bug, fatal. */
const END: Line = ['accept', -EBADF];

/** Runs the figure over a script, to its scripted exit. */
function serve(
  lines: readonly Line[],
  ...additions: Addition[]
): Scripted & { said: string; status: number | undefined } {
  const script = scripted(lines);
  const unp = additions.reduce((so_far, addition) => addition(so_far), script.unp);
  const doit = (connfd: number): void => void script.made.push(`doit(${connfd})`);
  const end = dies(() => figure413(unp, ADDRESS, doit));
  expect(script.left()).toBe(0);
  return { ...script, ...end };
}

describe('Figure 4.13 as printed', () => {
  test('the parent closes connfd and calls accept again', () => {
    const { made } = serve([
      ...START,
      ['accept', 7],
      ['fork', 4713],
      ['close', 0],
      ['accept', 8],
      ['fork', 4714],
      ['close', 0],
      END,
    ]);
    expect(made).toEqual([
      ...STARTED,
      ...['accept(3)', 'fork()', 'close(7)'],
      ...['accept(3)', 'fork()', 'close(8)'],
      ...['accept(3)', 'exit(1)'],
    ]);
  });

  test('the child closes listenfd, serves, closes connfd, exits with 0, and never calls accept', () => {
    const { made, status } = serve([...START, ['accept', 7], ['fork', 0], ['close', 0], ['close', 0]]);
    expect(made).toEqual([...STARTED, 'accept(3)', 'fork()', 'close(3)', 'doit(7)', 'close(7)', 'exit(0)']);
    expect(status).toBe(0);
  });

  test('accept after ECONNABORTED and EPROTO: Accept calls it again', () => {
    const { made } = serve([
      ...START,
      ['accept', -ECONNABORTED],
      ['accept', -EPROTO],
      ['accept', 7],
      ['fork', 4713],
      ['close', 0],
      END,
    ]);
    expect(made.filter((call) => call === 'accept(3)')).toHaveLength(4);
  });

  const ends = (call: Line): Line[] => [...START, ['accept', 7], call];
  test.each<[string, Line[], string]>([
    ['socket fails with EMFILE', [['socket', -EMFILE]], 'socket error: Too many open files'],
    [
      'bind fails with EADDRINUSE',
      [
        ['socket', 3],
        ['bind', -EADDRINUSE],
      ],
      'bind error: Address already in use',
    ],
    [
      'bind fails with EACCES',
      [
        ['socket', 3],
        ['bind', -EACCES],
      ],
      'bind error: Permission denied',
    ],
    [
      'listen fails',
      [
        ['socket', 3],
        ['bind', 0],
        ['listen', -EADDRINUSE],
      ],
      'listen error: Address already in use',
    ],
    ['accept is interrupted', [...START, ['accept', -EINTR]], 'accept error: Interrupted system call'],
    ['accept fails with EMFILE', [...START, ['accept', -EMFILE]], 'accept error: Too many open files'],
    ['accept times out', [...START, ['accept', -EAGAIN]], 'accept error: Resource temporarily unavailable'],
    ['fork fails with EAGAIN', ends(['fork', -EAGAIN]), 'fork error: Resource temporarily unavailable'],
    [
      'the parent cannot close connfd',
      [...ends(['fork', 4713]), ['close', -EBADF]],
      'close error: Bad file descriptor',
    ],
    ['the child cannot close listenfd', [...ends(['fork', 0]), ['close', -EBADF]], 'close error: Bad file descriptor'],
  ])('%s: the wrapper says so and exits with status 1', (_name, lines, said) => {
    expect(serve(lines)).toMatchObject({ said: `${said}\n`, status: 1 });
  });
});

describe('additions', () => {
  test('retryOnEintr: accept is called again after EINTR, EINTR', () => {
    const { made, said } = serve(
      [...START, ['accept', -EINTR], ['accept', -EINTR], ['accept', 7], ['fork', 4713], ['close', 0], END],
      retryOnEintr,
    );
    expect(made.slice(STARTED.length)).toEqual([
      ...['accept(3)', 'accept(3)', 'accept(3)', 'fork()', 'close(7)'],
      ...['accept(3)', 'exit(1)'],
    ]);
    expect(said).toBe('accept error: Bad file descriptor\n');
  });

  test('retryOnEintr: what Accept tries again, ECONNABORTED and EPROTO, it still does', () => {
    const { said } = serve(
      [...START, ['accept', -ECONNABORTED], ['accept', -EPROTO], ['accept', -EINTR], END],
      retryOnEintr,
    );
    expect(said).toBe('accept error: Bad file descriptor\n');
  });

  test.each([
    ['EMFILE', EMFILE, 'Too many open files'],
    ['ENETDOWN', ENETDOWN, 'Network is down'],
    ['EINVAL', EINVAL, 'Invalid argument'],
  ])('retryOnEintr: %s is fatal all the same', (_name, errno, text) => {
    expect(serve([...START, ['accept', -errno]], retryOnEintr)).toMatchObject({
      said: `accept error: ${text}\n`,
      status: 1,
    });
  });

  test('reuseAddress: SO_REUSEADDR before bind', () => {
    const { made } = serve(
      [
        ['socket', 3],
        ['setsockopt', 0],
        ['bind', -EADDRINUSE],
      ],
      reuseAddress,
    );
    expect(made[1]).toBe('setsockopt(3, SOL_SOCKET, SO_REUSEADDR, true)');
  });

  test.each([
    [1.5, '{tv_sec: 1, tv_usec: 500000}'],
    [60, '{tv_sec: 60, tv_usec: 0}'],
    [0.000001, '{tv_sec: 0, tv_usec: 1}'],
    [1.9999999, '{tv_sec: 2, tv_usec: 0}'],
  ])('receiveTimeout(%d): SO_RCVTIMEO is %s', (seconds, value) => {
    const { made } = serve(
      [
        ['socket', 3],
        ['setsockopt', 0],
        ['bind', -EADDRINUSE],
      ],
      receiveTimeout(seconds),
    );
    expect(made[1]).toBe(`setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, ${value})`);
  });

  test("announce: its backlog instead of the figure's, and the address that getsockname gives", () => {
    const bound: SocketAddress = { ...ADDRESS, port: 4711 };
    const said: SocketAddress[] = [];
    const { made } = serve(
      [...START, ['getsockname', bound], END],
      announce(5, (address) => said.push(address)),
    );
    expect(made.slice(2)).toEqual(['listen(3, 5)', 'getsockname(3)', 'accept(3)', 'exit(1)']);
    expect(said).toEqual([bound]);
  });

  test('announce without a backlog: LISTENQ', () => {
    const { made } = serve(
      [...START, ['getsockname', ADDRESS], END],
      announce(undefined, () => {}),
    );
    expect(made[2]).toBe('listen(3, 1024)');
  });
});

describe('the handler of Figure 5.11', () => {
  test.each<[string, Line[]]>([
    [
      '0',
      [
        ['waitpid', { pid: 4713, status: 0 }],
        ['waitpid', { pid: 4714, status: 9 }],
        ['waitpid', { pid: 0, status: 0 }],
      ],
    ],
    [
      'ECHILD',
      [
        ['waitpid', { pid: 4713, status: 0 }],
        ['waitpid', -ECHILD],
      ],
    ],
    ['ECHILD at once', [['waitpid', -ECHILD]]],
  ])('calls waitpid until it says %s', (_name, lines) => {
    const { unp, made, left } = scripted(lines);
    sig_chld(unp)();
    expect(left()).toBe(0);
    expect(new Set(made)).toEqual(new Set(['waitpid(-1, WNOHANG)']));
  });

  test.each([
    [{ disposition: 'handler', saRestart: false, saNocldwait: false }, 'function', 0],
    [{ disposition: 'handler', saRestart: true, saNocldwait: false }, 'function', SA_RESTART],
    [{ disposition: 'handler', saRestart: true, saNocldwait: true }, 'function', SA_RESTART | SA_NOCLDWAIT],
    [{ disposition: 'ignore', saRestart: false, saNocldwait: false }, SIG_IGN, 0],
    [{ disposition: 'default', saRestart: false, saNocldwait: true }, SIG_DFL, SA_NOCLDWAIT],
  ] as const)('is installed as %j asks', (options, handler, flags) => {
    let asked: NewSignalAction | undefined;
    const { unp } = scripted([
      [
        'sigaction',
        (_signo: number, action: NewSignalAction) => {
          asked = action;
          return { handler: SIG_DFL, mask: [], flags: 0 };
        },
      ],
    ]);
    installSigchld(unp, options);
    const action = asked as SignalAction;
    expect([typeof action.handler === 'function' ? 'function' : action.handler, action.flags]).toEqual([
      handler,
      flags,
    ]);
  });
});
