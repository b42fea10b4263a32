import { facts, reports } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'counts descriptors in /proc/self/fd');

test('recv and send take flags: MSG_DONTWAIT, MSG_PEEK; 0 and EPIPE when the other end is closed', async () => {
  expect(await reports('messages', 'flags')).toEqual([
    ['EAGAIN', true],
    [5, 3, '61e286'],
    [3, '61e286', 2, '\ufffdb'],
    [0, 'EPIPE'],
  ]);
});

test('recvfrom tells from where a datagram came, and with MSG_TRUNC how long it was; null where there is no name', async () => {
  expect(await reports('messages', 'datagrams')).toEqual([[8], [8, 'data', true], [0, 0], { count: 1, address: null }]);
});

test('readv fills buffers of any kind one after the other; writev sends them in one call', async () => {
  expect(await reports('messages', 'vectors')).toEqual([[6], [6, 'ab', '', 'cd', 'fg..'], [0, 'EBADF', 'EBADF'], 0]);
});

test('sendmsg and recvmsg: several buffers, an address, and MSG_TRUNC for what did not fit', async () => {
  expect(await reports('messages', 'messages')).toEqual([8, [4, 'da', 'ta', true, [], true]]);
});

describe('SCM_RIGHTS', () => {
  test('passes open descriptors to another process (UNP 15.7)', async () => {
    expect(await reports('messages', 'passing')).toEqual([
      { count: 1, byte: '2', messages: 1, flags: true, rights: true, closesOnExec: [true, true] },
      'through a descriptor that was passed',
      'exited 0',
    ]);
  });

  test('without room for them: none arrives, and MSG_CTRUNC; EBADF for one that is not open', async () => {
    expect(await reports('messages', 'noRoom')).toEqual([1, [[], true], 'EBADF']);
  });
});

onLinux('recvmsg whose buffer a handler takes away closes the descriptors that came', async () => {
  const code = 'ERR_BUFFER_DETACHED';
  expect(await facts('messages', 'taken')).toEqual({ thrown: [code, code, code], more: 0 });
});

test('pipe2 and dup3 give descriptors that are closed on exec; dup3 refuses to copy one onto itself', async () => {
  expect(await reports('messages', 'variants')).toEqual([[true, true, 'EAGAIN'], [100, true, 'EINVAL'], 'EINVAL']);
});
