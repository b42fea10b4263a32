import {
  AF_INET,
  EBADF,
  ECONNREFUSED,
  ECONNRESET,
  EINTR,
  EINVAL,
  EPIPE,
  type NewSignalAction,
  SA_RESTART,
  SIG_DFL,
  SIGALRM,
  SIGCHLD,
  type SignalAction,
} from 'realfork';
import { INFTIM, type Unp } from '#src/unp/wrappers.js';
import { dies, giving, type Line, scripted } from './support/script';

describe('Readn (Figure 3.15)', () => {
  test('reads on after short counts and EINTR, until it has all', () => {
    const { unp, made } = scripted([
      ['read', giving('ab')],
      ['read', -EINTR],
      ['read', giving('c')],
      ['read', giving('def')],
    ]);
    const buffer = Buffer.alloc(8);
    expect(unp.Readn(3, buffer, 6)).toBe(6);
    expect(buffer.toString()).toBe('abcdef\0\0');
    expect(made).toEqual(['read(3, 6 bytes)', 'read(3, 4 bytes)', 'read(3, 4 bytes)', 'read(3, 3 bytes)']);
  });

  test('gives fewer at the end of file', () => {
    const { unp } = scripted([
      ['read', giving('ab')],
      ['read', 0],
    ]);
    expect(unp.Readn(3, Buffer.alloc(8))).toBe(2);
  });

  test('dies of any other error', () => {
    const { unp } = scripted([['read', -ECONNRESET]]);
    expect(dies(() => unp.Readn(3, Buffer.alloc(8)))).toEqual({
      said: 'readn error: Connection reset by peer\n',
      status: 1,
    });
  });
});

describe('Writen (Figure 3.16)', () => {
  test('writes on after short counts and EINTR, until all is written', () => {
    const written: string[] = [];
    const short = (_fd: number, data: Uint8Array): number => {
      written.push(Buffer.from(data).toString());
      return 2;
    };
    const { unp } = scripted([
      ['write', short],
      ['write', -EINTR],
      ['write', short],
      ['write', short],
    ]);
    unp.Writen(3, 'abcdef');
    expect(written).toEqual(['abcdef', 'cdef', 'ef']);
  });

  test('counts bytes, not characters', () => {
    const { unp, made } = scripted([
      ['write', 1],
      ['write', 5],
    ]);
    unp.Writen(3, '→→');
    expect(made).toEqual(['write(3, 6 bytes)', 'write(3, 5 bytes)']);
  });

  test('of nothing makes no call', () => {
    const { unp, made } = scripted([]);
    unp.Writen(3, '');
    expect(made).toEqual([]);
  });

  test('dies of any other error', () => {
    const { unp } = scripted([['write', -EPIPE]]);
    expect(dies(() => unp.Writen(3, 'a'))).toEqual({ said: 'writen error: Broken pipe\n', status: 1 });
  });
});

describe('Readline (Figure 3.18)', () => {
  function lines(script: readonly Line[], ...maxlen: (number | undefined)[]): string[] {
    const { unp, left } = scripted(script);
    const read = maxlen.map((length) => unp.Readline(3, length));
    expect(left()).toBe(0);
    return read;
  }

  test('puts a line together of short reads, and goes on after EINTR', () => {
    expect(
      lines(
        [
          ['read', giving('one')],
          ['read', -EINTR],
          ['read', giving(' line\n')],
        ],
        undefined,
      ),
    ).toEqual(['one line\n']);
  });

  test('keeps what it read past the line for the next call', () => {
    expect(
      lines(
        [
          ['read', giving('one\ntwo\nthr')],
          ['read', giving('ee\n')],
        ],
        ...Array(3).fill(undefined),
      ),
    ).toEqual([...['one\n', 'two\n', 'three\n']]);
  });

  test("gives the last line without its newline, then ''", () => {
    expect(
      lines(
        [
          ['read', giving('last')],
          ['read', 0],
          ['read', 0],
        ],
        undefined,
        undefined,
      ),
    ).toEqual(['last', '']);
  });

  test('gives an empty line as its newline', () => {
    expect(lines([['read', giving('\n\n')]], undefined, undefined)).toEqual(['\n', '\n']);
  });

  test('gives maxlen bytes at the most, the rest to the next call', () => {
    expect(lines([['read', giving('abcdef\n')]], 4, undefined)).toEqual(['abcd', 'ef\n']);
  });

  test('puts together a character whose bytes came in two reads', () => {
    const bytes = Buffer.from('→\n');
    expect(
      lines(
        [
          ['read', giving(bytes.subarray(0, 1))],
          ['read', giving(bytes.subarray(1))],
        ],
        undefined,
      ),
    ).toEqual(['→\n']);
  });

  test('has a buffer for each descriptor, which Close forgets', () => {
    const { unp } = scripted([
      ['read', giving('a\nold')],
      ['read', giving('b\n')],
      ['close', 0],
      ['read', giving('new\n')],
    ]);
    expect([unp.Readline(3), unp.Readline(4)]).toEqual(['a\n', 'b\n']);
    unp.Close(3);
    expect(unp.Readline(3)).toBe('new\n');
  });

  test('dies of any other error', () => {
    const { unp } = scripted([['read', -EBADF]]);
    expect(dies(() => unp.Readline(3))).toEqual({ said: 'readline error: Bad file descriptor\n', status: 1 });
  });
});

test('str_echo (Figure 5.3) writes back what it reads until the end of file, short writes and EINTR included', () => {
  const { unp, made } = scripted([
    ['read', giving('hello')],
    ['write', 3],
    ['write', 2],
    ['read', -EINTR],
    ['read', 0],
  ]);
  unp.str_echo(3);
  expect(made.filter((call) => call.startsWith('write'))).toEqual(['write(3, 5 bytes)', 'write(3, 2 bytes)']);
});

describe('Signal (Figure 5.6)', () => {
  test.each([
    ['SIGCHLD', SIGCHLD, SA_RESTART],
    ['SIGALRM', SIGALRM, 0],
  ])('%s: SA_RESTART for all but SIGALRM', (_name, signo, flags) => {
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
    expect(unp.Signal(signo, () => {})).toBe(SIG_DFL);
    expect((asked as SignalAction).flags).toBe(flags);
  });
});

const ADDRESS = { family: AF_INET, address: '127.0.0.1', port: 1 };

describe('a wrapper whose call fails says which, and exits with status 1', () => {
  test.each<[string, Line, (unp: Unp) => unknown, string]>([
    ['Fork', ['fork', -EINVAL], (unp) => unp.Fork(), 'fork error: Invalid argument'],
    ['Wait', ['wait', -EINTR], (unp) => unp.Wait(), 'wait error: Interrupted system call'],
    ['Waitpid', ['waitpid', -EINVAL], (unp) => unp.Waitpid(1), 'waitpid error: Invalid argument'],
    ['Sigaction', ['sigaction', -EINVAL], (unp) => unp.Sigaction(9), 'sigaction error: Invalid argument'],
    ['Socket', ['socket', -EINVAL], (unp) => unp.Socket(0, 0, 0), 'socket error: Invalid argument'],
    ['Bind', ['bind', -EINVAL], (unp) => unp.Bind(3, ADDRESS), 'bind error: Invalid argument'],
    ['Listen', ['listen', -EINVAL], (unp) => unp.Listen(3, 1), 'listen error: Invalid argument'],
    ['Accept', ['accept', -EINVAL], (unp) => unp.Accept(3), 'accept error: Invalid argument'],
    ['Connect', ['connect', -ECONNREFUSED], (unp) => unp.Connect(3, ADDRESS), 'connect error: Connection refused'],
    ['Shutdown', ['shutdown', -EINVAL], (unp) => unp.Shutdown(3, 0), 'shutdown error: Invalid argument'],
    ['Getsockname', ['getsockname', -EBADF], (unp) => unp.Getsockname(3), 'getsockname error: Bad file descriptor'],
    ['Getpeername', ['getpeername', -EBADF], (unp) => unp.Getpeername(3), 'getpeername error: Bad file descriptor'],
    [
      'Setsockopt',
      ['setsockopt', -EBADF],
      (unp) => unp.Setsockopt(3, 1, 2, 1),
      'setsockopt error: Bad file descriptor',
    ],
    ['Socketpair', ['socketpair', -EINVAL], (unp) => unp.Socketpair(0, 0, 0), 'socketpair error: Invalid argument'],
    ['Close', ['close', -EBADF], (unp) => unp.Close(3), 'close error: Bad file descriptor'],
    ['Dup2', ['dup2', -EBADF], (unp) => unp.Dup2(3, 4), 'dup2 error: Bad file descriptor'],
    ['Open', ['open', -EINVAL], (unp) => unp.Open('', 0), 'open error: Invalid argument'],
    ['Mkfifo', ['mkfifo', -EINVAL], (unp) => unp.Mkfifo(''), 'mkfifo error: Invalid argument'],
    ['Fcntl', ['fcntl', -EBADF], (unp) => unp.Fcntl(3, 0), 'fcntl error: Bad file descriptor'],
    ['Poll', ['poll', -EINTR], (unp) => unp.Poll([], INFTIM), 'poll error: Interrupted system call'],
    ['Select', ['select', -EINTR], (unp) => unp.Select([], [], [], null), 'select error: Interrupted system call'],
    ['Recv', ['recv', -EBADF], (unp) => unp.Recv(3, Buffer.alloc(1), 0), 'recv error: Bad file descriptor'],
    ['Send', ['send', -EPIPE], (unp) => unp.Send(3, 'x', 0), 'send error: Broken pipe'],
    ['Send, in part', ['send', 1], (unp) => unp.Send(3, 'xy', 0), 'send error: partial write'],
    [
      'Recvfrom',
      ['recvfrom', -EINVAL],
      (unp) => unp.Recvfrom(3, Buffer.alloc(1), 0),
      'recvfrom error: Invalid argument',
    ],
    ['Sendto', ['sendto', -EINVAL], (unp) => unp.Sendto(3, 'x', 0, ADDRESS), 'sendto error: Invalid argument'],
    ['Recvmsg', ['recvmsg', -EINVAL], (unp) => unp.Recvmsg(3, { msg_iov: [] }, 0), 'recvmsg error: Invalid argument'],
    ['Sendmsg', ['sendmsg', -EINVAL], (unp) => unp.Sendmsg(3, { msg_iov: [] }, 0), 'sendmsg error: Invalid argument'],
    ['Sigprocmask', ['sigprocmask', -EINVAL], (unp) => unp.Sigprocmask(9), 'sigprocmask error: Invalid argument'],
    ['Sigpending', ['sigpending', -EINVAL], (unp) => unp.Sigpending(), 'sigpending error: Invalid argument'],
    ['Mmap', ['mmap', -EINVAL], (unp) => unp.Mmap(0, 0, 0), 'mmap error: Invalid argument'],
    ['Semget', ['semget', -EINVAL], (unp) => unp.Semget(0, 0, 0), 'semget error: Invalid argument'],
    ['Semop', ['semop', -EINTR], (unp) => unp.Semop(0, []), 'semop error: Interrupted system call'],
    ['Semctl', ['semctl', -EINVAL], (unp) => unp.Semctl(0, 0, 0), 'semctl error: Invalid argument'],
    ['Msgget', ['msgget', -EINVAL], (unp) => unp.Msgget(0, 0), 'msgget error: Invalid argument'],
    ['Msgctl', ['msgctl', -EINVAL], (unp) => unp.Msgctl(0, 0), 'msgctl error: Invalid argument'],
    ['Msgsnd', ['msgsnd', -EINTR], (unp) => unp.Msgsnd(0, 1, 'x'), 'msgsnd error: Interrupted system call'],
    ['Msgrcv', ['msgrcv', -EINTR], (unp) => unp.Msgrcv(0, Buffer.alloc(1)), 'msgrcv error: Interrupted system call'],
    ['Pipe', ['pipe', -EINVAL], (unp) => unp.Pipe(), 'pipe error: Invalid argument'],
    ['Read', ['read', -EINTR], (unp) => unp.Read(3, Buffer.alloc(1)), 'read error: Interrupted system call'],
    ['Write', ['write', -EPIPE], (unp) => unp.Write(3, 'a'), 'write error: Broken pipe'],
    ['Write', ['write', 1], (unp) => unp.Write(3, 'ab'), 'write error: partial write'],
  ])('%s', (_name, line, call, said) => {
    const { unp } = scripted([line]);
    expect(dies(() => call(unp))).toEqual({ said: `${said}\n`, status: 1 });
  });
});

test('Listen: the environment variable LISTENQ overrides the backlog (Figure 4.9)', () => {
  const { unp, made } = scripted([['listen', 0]]);
  process.env['LISTENQ'] = '17';
  try {
    unp.Listen(3, 5);
  } finally {
    delete process.env['LISTENQ'];
  }
  expect(made).toEqual(['listen(3, 17)']);
});

test('the calls in lower case give -1 and set errno(), which stays until the next failure', () => {
  const { unp } = scripted([
    ['accept', -EINTR],
    ['close', 0],
    ['waitpid', -EINVAL],
    ['pipe', -EBADF],
  ]);
  expect([unp.accept(3), unp.errno()]).toEqual([-1, EINTR]);
  expect([unp.close(3), unp.errno()]).toEqual([0, EINTR]);
  expect([unp.waitpid(-1), unp.errno()]).toEqual([{ pid: -1, status: 0 }, EINVAL]);
  expect([unp.pipe(), unp.errno()]).toEqual([-1, EBADF]);
});
