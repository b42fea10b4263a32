import { AF_INET, EBADF, ECHILD, EINTR, EMFILE, type SocketAddress } from 'realfork';
import { SERVERS, type ServerName, type Task } from '#src/servers/index.js';
import { ctime, daytime } from '#src/servers/services/daytime.js';
import { dies, type Line, type Scripted, scripted } from './support/script';

const ADDRESS: SocketAddress = { family: AF_INET, address: '127.0.0.1', port: 9877 };
const LISTENS: readonly Line[] = [
  ['socket', 3],
  ['bind', 0],
  ['listen', 0],
];
/** An end for a server that has none. */
const END: Line = ['accept', -EBADF];
const ENDS = ['accept(3)', 'exit(1)'];
const SERVES = ['accept(3)', 'fork()'];

function task({ unp, made }: Scripted): Task {
  return {
    ...{ unp, address: ADDRESS, service: 'echo', sleep: 60, children: 2, outlets: {} },
    doit: (connfd) => void made.push(`doit(${connfd})`),
    onConnection: () => {},
    reread: () => void made.push('reread'),
  };
}

function serve(name: ServerName, lines: readonly Line[]): { made: readonly string[]; said: string } {
  const script = scripted(lines);
  const { said } = dies(() => SERVERS[name].run(task(script)));
  expect(script.left()).toBe(0);
  return { made: script.made.slice(3), said };
}

test('figure-4.11 serves one client after the other, in one process', () => {
  const peer = { family: AF_INET, address: '127.0.0.1', port: 50712 };
  const one: Line[] = [
    ['accept', 7],
    ['getpeername', peer],
    ['write', 32],
    ['close', 0],
  ];
  expect(serve('figure-4.11', [...LISTENS, ...one, ...one, END]).made).toEqual([
    ...['accept(3)', 'getpeername(7)', 'write(1, 32 bytes)', 'doit(7)', 'close(7)'],
    ...['accept(3)', 'getpeername(7)', 'write(1, 32 bytes)', 'doit(7)', 'close(7)'],
    ...['accept(3)', 'exit(1)'],
  ]);
});

const FORKING = ['tcpserv01', 'tcpserv02', 'tcpserv03', 'tcpserv04'] as const;
const installs = (name: ServerName): Line[] => (name === 'tcpserv01' ? [] : [['sigaction', { handler: 0 }]]);

describe.each(FORKING)('%s', (name) => {
  const handler = installs(name).map(() => `sigaction(SIGCHLD, handler, SA_RESTART)`);

  test('the parent closes connfd, the child listenfd, and the child exits', () => {
    const parent = serve(name, [...LISTENS, ...installs(name), ['accept', 7], ['fork', 4713], ['close', 0], END]);
    expect(parent.made).toEqual([...handler, 'accept(3)', 'fork()', 'close(7)', 'accept(3)', 'exit(1)']);
    const child = serve(name, [...LISTENS, ...installs(name), ['accept', 7], ['fork', 0], ['close', 0]]);
    expect(child.made).toEqual([...handler, 'accept(3)', 'fork()', 'close(3)', 'doit(7)', 'exit(0)']);
  });

  test('accept interrupted, twice', () => {
    const twice: Line[] = [
      ['accept', -EINTR],
      ['accept', -EINTR],
    ];
    const goesOn = name === 'tcpserv03' || name === 'tcpserv04';
    const { said } = serve(name, [
      ...[...LISTENS, ...installs(name)],
      ...(goesOn ? [...twice, ['accept', -EMFILE] as const] : twice.slice(1)),
    ]);
    expect(said).toBe(`accept error: ${goesOn ? 'Too many open files' : 'Interrupted system call'}\n`);
  });
});

test('echoserverp closes what it must, and makes its port usable again at once', () => {
  const starts: Line[] = [
    ['sigaction', { handler: 0 }],
    ['socket', 3],
    ['setsockopt', 0],
    ['bind', 0],
    ['listen', 0],
  ];
  const parent = serve('echoserverp', [...starts, ['accept', 7], ['fork', 4713], ['close', 0], END]);
  expect(parent.made).toEqual([
    'bind(3, 127.0.0.1:9877)',
    'listen(3, 1024)',
    'accept(3)',
    'fork()',
    'close(7)',
    'accept(3)',
    'exit(1)',
  ]);
  const child = serve('echoserverp', [...starts, ['accept', 7], ['fork', 0], ['close', 0], ['close', 0]]);
  expect(child.made.slice(2)).toEqual(['accept(3)', 'fork()', 'close(3)', 'doit(7)', 'close(7)', 'exit(0)']);
});

const ACTION: Line = ['sigaction', { handler: 0 }];

test('handbook-7.7: its handlers are there before it listens; a child leaves SIGHUP to the daemon', () => {
  const starts: Line[] = [['socket', 3], ['bind', 0], ACTION, ACTION, ['listen', 0]];
  const parent = serve('handbook-7.7', [...starts, ['accept', 7], ['fork', 4713], ['close', 0], END]);
  expect(parent.made).toEqual([
    'sigaction(SIGHUP, handler, SA_RESTART)',
    'listen(3, 1024)',
    ...SERVES,
    'close(7)',
    ...ENDS,
  ]);
  const child = serve('handbook-7.7', [...starts, ['accept', 7], ['fork', 0], ACTION, ['close', 0], ['close', 0]]);
  expect(child.made.slice(2)).toEqual([
    ...[...SERVES, 'sigaction(SIGHUP, SIG_IGN, 0)', 'close(3)', 'doit(7)', 'close(7)', 'exit(0)'],
  ]);
});

describe.each([
  ['concurrent-tcp-1', 'Accept failed!: Interrupted system call\n'],
  ['concurrent-tcp-2', 'Accept failed!: Too many open files\n'],
  ['concurrent-tcp-3a', 'Accept failed!: Interrupted system call\n'],
] as const)('%s', (name, said) => {
  test(`accept interrupted, and then without descriptors: ${said.trim()}`, () => {
    const installed = name === 'concurrent-tcp-1' ? [] : [ACTION];
    const rest: Line[] = name === 'concurrent-tcp-2' ? [['accept', -EMFILE]] : [];
    expect(serve(name, [...installed, ...LISTENS, ['accept', -EINTR], ...rest]).said).toBe(said);
  });
});

describe('webserver3', () => {
  const listens: Line[] = [
    ['socket', 3],
    ['setsockopt', 0],
    ['bind', 0],
    ['listen', 0],
  ];

  test('3b sleeps on until its minute is over, whatever interrupts it', () => {
    const lines: Line[] = [...listens, ['accept', 7], ['sleep', 20], ['sleep', 0], ['close', 0], END];
    expect(serve('webserver3b', lines).made).toEqual([
      ...['listen(3, 5)', 'accept(3)', 'doit(7)', 'sleep(60)', 'sleep(20)', 'close(7)', ...ENDS],
    ]);
  });

  test('3d: the parent keeps connfd', () => {
    const { made } = serve('webserver3d', [...listens, ['accept', 7], ['fork', 4713], END]);
    expect(made).toEqual(['listen(3, 5)', ...SERVES, ...ENDS]);
  });

  test.each([
    ['webserver3e', 'accept error: Interrupted system call\n'],
    ['webserver3f', 'accept error: Too many open files\n'],
    ['webserver3g', 'accept error: Too many open files\n'],
  ] as const)('%s: accept interrupted, and then without descriptors', (name, said) => {
    const rest: Line[] = name === 'webserver3e' ? [] : [['accept', -EMFILE]];
    expect(serve(name, [...listens, ACTION, ['accept', -EINTR], ...rest]).said).toBe(said);
  });
});

describe('the handler for SIGCHLD, when three children have ended and one signal has come', () => {
  /** Runs the server up to accept, then its handler once. */
  function handle(name: ServerName, waits: readonly Line[]): readonly string[] {
    let handler = (): void => {};
    const sigaction = (_signum: number, action: { handler: () => void }): object => {
      handler = action.handler;
      return { handler: 0 };
    };
    const script = scripted([...LISTENS, ['sigaction', sigaction], END, ...waits]);
    dies(() => SERVERS[name].run(task(script)));
    const before = script.made.length;
    handler();
    expect(script.left()).toBe(0);
    return script.made.slice(before);
  }
  const ended = (pid: number): Line[] => [
    ['waitpid', { pid, status: 0 }],
    ['write', 22],
  ];

  test.each(['tcpserv02', 'tcpserv03'] as const)('%s: one wait, and two zombies (Figure 5.7)', (name) => {
    expect(
      handle(name, [
        ['wait', { pid: 4713, status: 0 }],
        ['write', 22],
      ]),
    ).toEqual(['wait()', 'write(1, 22 bytes)']);
  });

  test('tcpserv04: waitpid until there is none (Figure 5.11)', () => {
    const made = handle('tcpserv04', [...[4713, 4714, 4715].flatMap(ended), ['waitpid', -ECHILD]]);
    expect(made.filter((call) => call.startsWith('waitpid'))).toEqual(Array(4).fill('waitpid(-1, WNOHANG)'));
  });
});

test('ctime(3), as Figure 4.11 prints it', () => {
  expect(ctime(new Date(2024, 0, 5, 9, 3, 7))).toBe('Fri Jan  5 09:03:07 2024');
});

test('the daytime service is one line, ended as RFC 867 and the figure have it', () => {
  const script = scripted([['write', 26]]);
  daytime.doit(7, script.unp);
  expect(script.made).toEqual(['write(7, 26 bytes)']);
});
