import { networkInterfaces } from 'node:os';
import { facts, reports } from './support/run-program';
import { onThisSystem, type PerSystem, testWhere } from './support/systems';

const hasIPv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);
const onLinux = process.platform === 'linux';

const talks = {
  ...{ there: 'there', back: 'and back', asked: true, ephemeral: true },
  ...{ peer: true, self: true, client: true },
};

describe('a connection', () => {
  const FAMILIES = [
    ['IPv4', true, ''],
    ['IPv6', hasIPv6, 'no ::1'],
    ['a path', true, ''],
    ['an abstract name', onLinux, 'abstract names are Linux'],
    ['an abstract name with a NUL inside', onLinux, 'abstract names are Linux'],
  ] as const;
  for (const [family, has, reason] of FAMILIES) {
    testWhere(has, reason)(`over ${family}: both ends talk, and know their own and the other's address`, async () => {
      expect(await facts('sockets', 'talk', family)).toEqual(talks);
    });
  }

  test('socketpair: both ends talk; datagrams stay apart; not for AF_INET', async () => {
    expect(await reports('sockets', 'pair')).toEqual([
      ['a', 'b', { family: expect.any(Number), path: '' }, { family: expect.any(Number), path: '' }],
      ['first', 'second'],
      expect.stringMatching(/^E(OP)?NOTSUPP?$/), // one number on Linux, two on FreeBSD
    ]);
  });

  test('shutdown ends one direction, or both', async () => {
    expect(await reports('sockets', 'shutdown')).toEqual([
      { shutdown: 0, read: 'last words', end: '', write: 'EPIPE' },
      { read: 'still heard', both: 0, end: '' },
      { receive: 0, end: '' },
      ['ENOTCONN', 'EINVAL', 'ENOTSOCK'],
    ]);
  });
});

describe('options', () => {
  test('are read back as they were set; ENOPROTOOPT and ENOTSOCK', async () => {
    const none = { tv_sec: 0, tv_usec: 0 };
    expect(await reports('sockets', 'options')).toEqual([
      [
        [0, 1, 0],
        [0, 1, 0],
        [0, 1, 0],
      ],
      [none, { tv_sec: 3, tv_usec: 500_000 }],
      [none, { tv_sec: 3, tv_usec: 500_000 }],
      [
        { l_onoff: 0, l_linger: 0 },
        { l_onoff: 1, l_linger: 7 },
      ],
      [true, 0],
      ['ENOPROTOOPT', 'ENOPROTOOPT', 'ENOTSOCK'],
    ]);
  });

  test('SO_RCVTIMEO: read fails with EAGAIN when the time is over, and so does accept on Linux', async () => {
    expect(await facts('sockets', 'timeout')).toEqual(['EAGAIN', 'EAGAIN']);
  });

  test('SO_LINGER without time: close resets the connection', async () => {
    expect(await facts('sockets', 'reset')).toEqual({ read: 'ECONNRESET', again: '', write: 'EPIPE' });
  });

  test('SO_ERROR gives the error of a connection that nobody waited for, once', async () => {
    const [said, errors] = await reports('sockets', 'pendingError');
    expect(['EINPROGRESS', 'ECONNREFUSED']).toContain(said);
    expect(errors).toEqual([said === 'EINPROGRESS' ? 'ECONNREFUSED' : 'E0', 0]);
  });
});

const RESET_IN_QUEUE: Readonly<Record<string, PerSystem<object>>> = {
  'a client resets its connection while it is queued': {
    linux: { accept: 'connection', read: 'ECONNRESET' },
    freebsd: { accept: 'ECONNABORTED' },
  },
};

test.each(onThisSystem(RESET_IN_QUEUE))('%s: %j', async (_name, expected) => {
  expect(await facts('sockets', 'resetInQueue')).toEqual(expected);
});

test('errors are the errno that the kernel gave; ECONNREFUSED says what to do', async () => {
  expect(await reports('sockets', 'errors')).toEqual([
    {
      inUse: 'EADDRINUSE',
      noInterface: 'EADDRNOTAVAIL',
      otherFamily: 'EINVAL',
      notListening: 'EINVAL',
      notConnected: 'ENOTCONN',
      notSocket: 'ENOTSOCK',
      notOpen: 'EBADF',
      noFile: 'ENOENT',
      family: 'EAFNOSUPPORT',
      type: 'EINVAL',
      wouldBlock: 'EAGAIN',
    },
    { refused: 'ECONNREFUSED' },
    {
      name: 'SyscallError',
      code: 'ECONNREFUSED',
      message: expect.stringMatching(/^connect\(\d+, 127\.0\.0\.1:\d+\): ECONNREFUSED, Connection refused\. .+running/),
    },
  ]);
});

testWhere(onLinux, 'sun_path has another length')(
  'a path of more than 107 bytes and an abstract name of more than 108 are out of range',
  async () => {
    expect(await reports('sockets', 'longPaths')).toEqual([
      { same: true },
      ['bound', 'ERR_OUT_OF_RANGE', 'ERR_OUT_OF_RANGE'],
      { same: true },
      { same: true },
      ['bound', 'bound', 'ERR_OUT_OF_RANGE'],
    ]);
  },
);
