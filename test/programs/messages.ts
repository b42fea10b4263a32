/** Sockets beyond read and write: flags, addresses, several buffers, and descriptors that are passed. */
import { readdirSync } from 'node:fs';
import {
  AF_INET,
  AF_UNIX,
  type ByteView,
  bind,
  close,
  dup3,
  EAGAIN,
  errno,
  errnoName,
  F_GETFD,
  FD_CLOEXEC,
  fcntl,
  getpid,
  getsockname,
  kill,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  O_CLOEXEC,
  O_NONBLOCK,
  pipe,
  pipe2,
  read,
  readv,
  recv,
  recvfrom,
  recvmsg,
  SA_RESTART,
  SCM_RIGHTS,
  SIGUSR1,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  send,
  sendmsg,
  sendto,
  sigaction,
  socket,
  socketpair,
  write,
  writev,
} from 'realfork/c';
import { thrownBy } from '../support/errors';
import { untilBlocked } from '../support/proc';
import { inChild, reap, report, scenarios } from '../support/scenarios';

function ok<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

/** The result, or the errno. */
const outcome = (result: unknown): unknown => (result === -1 ? errnoName(errno()) : result);
const text = (buffer: ByteView): string => Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).toString();
const closesOnExec = (fd: number): boolean => fcntl(fd, F_GETFD) === FD_CLOEXEC;

function datagramSocket(): { fd: number; address: { family: number; address: string; port: number } } {
  const fd = ok(socket(AF_INET, SOCK_DGRAM));
  ok(bind(fd, { family: AF_INET, address: '127.0.0.1', port: 0 }));
  const address = ok(getsockname(fd));
  if (!('port' in address)) throw new Error('no port');
  return { fd, address };
}

scenarios({
  flags() {
    const [mine, other] = ok(socketpair(AF_UNIX, SOCK_STREAM));
    const buffer = Buffer.alloc(3, '.');
    report([outcome(recv(mine, buffer, MSG_DONTWAIT)), errno() === EAGAIN]);
    report([send(other, 'a→b'), recv(mine, buffer, MSG_PEEK), buffer.toString('hex')]);
    report([recv(mine, buffer), buffer.toString('hex'), recv(mine, buffer), text(buffer.subarray(0, 2))]);
    close(other);
    report([recv(mine, buffer), outcome(send(mine, Buffer.from('x')))]);
  },

  datagrams() {
    const [one, two] = [datagramSocket(), datagramSocket()];
    const buffer = Buffer.alloc(4);
    report([sendto(one.fd, 'datagram', 0, two.address)]);
    const truncated = ok(recvfrom(two.fd, buffer, MSG_TRUNC));
    report([truncated.count, buffer.toString(), JSON.stringify(truncated.address) === JSON.stringify(one.address)]);
    report([sendto(two.fd, '', 0, one.address), ok(recvfrom(one.fd, buffer)).count]);
    const [mine, other] = ok(socketpair(AF_UNIX, SOCK_STREAM));
    write(mine, 'x');
    report(outcome(recvfrom(other, buffer)));
  },

  vectors() {
    const [readfd, writefd] = ok(pipe());
    const buffers = [Buffer.alloc(2), Buffer.alloc(0), new Uint16Array(1), Buffer.alloc(4, '.')];
    report([writev(writefd, ['ab', Buffer.from('cd'), '', new DataView(new Uint8Array([101, 102, 103]).buffer, 1)])]);
    report([readv(readfd, buffers), ...buffers.map(text)]);
    report([writev(writefd, []), outcome(readv(-1, [])), outcome(writev(-1, ['x']))]);
    close(writefd);
    report(readv(readfd, buffers));
  },

  messages() {
    const [one, two] = [datagramSocket(), datagramSocket()];
    const buffers = [Buffer.alloc(2), Buffer.alloc(2)];
    report(sendmsg(one.fd, { msg_iov: ['da', 'ta', 'gram'], msg_name: two.address }));
    const { count, msg_name, msg_control, msg_flags } = ok(recvmsg(two.fd, { msg_iov: buffers }));
    const from = JSON.stringify(msg_name) === JSON.stringify(one.address);
    report([count, ...buffers.map(text), from, msg_control, msg_flags === MSG_TRUNC]);
  },

  /** UNP 15.7: the child opens, the parent reads. */
  passing() {
    const [mine, other] = ok(socketpair(AF_UNIX, SOCK_STREAM));
    const child = inChild(() => {
      const [readfd, writefd] = ok(pipe());
      const [second] = ok(pipe());
      write(writefd, 'through a descriptor that was passed');
      ok(
        sendmsg(other, {
          msg_iov: ['2'],
          msg_control: [{ cmsg_level: SOL_SOCKET, cmsg_type: SCM_RIGHTS, fds: [readfd, second] }],
        }),
      );
    });
    close(other);
    const byte = Buffer.alloc(1);
    const { count, msg_control, msg_flags } = ok(
      recvmsg(mine, { msg_iov: [byte], msg_controllen: 64 }, MSG_CMSG_CLOEXEC),
    );
    const [rights] = msg_control;
    if (rights === undefined || !('fds' in rights)) throw new Error('no descriptors');
    const { cmsg_level, cmsg_type, fds } = rights;
    report({
      ...{ count, byte: byte.toString(), messages: msg_control.length, flags: (msg_flags & MSG_CTRUNC) === 0 },
      ...{ rights: cmsg_level === SOL_SOCKET && cmsg_type === SCM_RIGHTS, closesOnExec: fds.map(closesOnExec) },
    });
    const buffer = Buffer.alloc(100);
    report(buffer.toString('utf8', 0, read(fds[0] ?? -1, buffer)));
    report(reap(child));
  },

  /** No room for the message: what it carries is closed, and MSG_CTRUNC says so. */
  noRoom() {
    const [mine, other] = ok(socketpair(AF_UNIX, SOCK_STREAM));
    const message = { msg_iov: ['x'], msg_control: [{ cmsg_level: SOL_SOCKET, cmsg_type: SCM_RIGHTS, fds: [other] }] };
    report(sendmsg(other, message));
    const { msg_control, msg_flags } = ok(recvmsg(mine, { msg_iov: [Buffer.alloc(1)] }));
    report([msg_control, (msg_flags & MSG_CTRUNC) !== 0]);
    const closed = { ...message, msg_control: [{ cmsg_level: SOL_SOCKET, cmsg_type: SCM_RIGHTS, fds: [9999] }] };
    report(outcome(sendmsg(other, closed)));
  },

  /** The handler that interrupts the call takes its buffer away: the descriptors that came with the message are closed. */
  taken() {
    const [mine, other] = ok(socketpair(AF_UNIX, SOCK_STREAM));
    const open = (): number => readdirSync('/proc/self/fd').length;
    let buffer = new Uint8Array(16);
    sigaction(SIGUSR1, {
      handler() {
        structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
        const msg_control = [{ cmsg_level: SOL_SOCKET, cmsg_type: SCM_RIGHTS, fds: [0, 1, 2] }];
        ok(sendmsg(other, { msg_iov: ['x'], msg_control }));
      },
      flags: SA_RESTART,
    });
    const main = getpid();
    const before = open();
    const thrown = [1, 2, 3].map(() => {
      buffer = new Uint8Array(16);
      const helper = inChild(() => {
        untilBlocked(main);
        kill(main, SIGUSR1);
      });
      const error = thrownBy(() => recvmsg(mine, { msg_iov: [buffer], msg_controllen: 256 }));
      reap(helper);
      return error === 'nothing thrown' ? error : error.code;
    });
    report({ thrown, more: open() - before });
  },

  variants() {
    const [readfd, writefd] = ok(pipe2(O_CLOEXEC | O_NONBLOCK));
    report([closesOnExec(readfd), closesOnExec(writefd), outcome(read(readfd, Buffer.alloc(1)))]);
    report([dup3(readfd, 100, O_CLOEXEC), closesOnExec(100), outcome(dup3(readfd, readfd, 0))]);
    report(outcome(pipe2(-1)));
  },
});
