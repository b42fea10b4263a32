/** Sockets of each family, their addresses, options and errors. */
import { rmSync } from 'node:fs';
import * as posix from 'realfork';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  accept,
  bind,
  close,
  connect,
  errno,
  errnoName,
  getpeername,
  getsockname,
  getsockopt,
  IPPROTO_TCP,
  listen,
  POLLOUT,
  pipe,
  poll,
  read,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_ACCEPTCONN,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_SNDTIMEO,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  type SocketAddress,
  setsockopt,
  shutdown,
  socket,
  socketpair,
  TCP_NODELAY,
  write,
} from 'realfork/c';
import { thrownBy } from '../support/errors';
import { report, scenarios } from '../support/scenarios';

function ok<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

/** A descriptor, but not of a socket. */
const noSocket = (): number => ok(pipe())[0];

const outcome = (result: unknown): unknown => (result === -1 ? errnoName(errno()) : result);

const ADDRESSES: Readonly<Record<string, SocketAddress>> = {
  IPv4: { family: AF_INET, address: '127.0.0.1', port: 0 },
  IPv6: { family: AF_INET6, address: '::1', port: 0 },
  'a path': { family: AF_UNIX, path: './socket' },
  'an abstract name': { family: AF_UNIX, path: `\0realfork-test-${process.pid}` },
  'an abstract name with a NUL inside': { family: AF_UNIX, path: `\0realfork\0${process.pid}` },
};

function addressOf(name: string): SocketAddress {
  const address = ADDRESSES[name];
  if (address === undefined) throw new Error(`no ${name}`);
  return address;
}

function listening(address: SocketAddress): number {
  const listenfd = ok(socket(address.family, SOCK_STREAM));
  ok(bind(listenfd, address));
  ok(listen(listenfd, 5));
  return listenfd;
}

/** Both ends of a connection. */
function connection(name: string): { listenfd: number; mine: number; theirs: number } {
  const listenfd = listening(addressOf(name));
  const mine = ok(socket(addressOf(name).family, SOCK_STREAM));
  ok(connect(mine, ok(getsockname(listenfd))));
  return { listenfd, mine, theirs: ok(accept(listenfd)) };
}

function text(fd: number): unknown {
  const buffer = Buffer.alloc(100);
  const length = read(fd, buffer);
  return length === -1 ? errnoName(errno()) : buffer.toString('utf8', 0, length);
}

const equal = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

scenarios({
  /** Text both ways, and what getsockname and getpeername say at both ends. */
  talk(name = '') {
    const { listenfd, mine, theirs } = connection(name);
    write(mine, 'there');
    const there = text(theirs);
    write(theirs, 'and back');
    const address = ok(getsockname(listenfd));
    report({
      there,
      back: text(mine),
      asked: equal({ ...address, port: 0 }, { ...addressOf(name), port: 0 }),
      ephemeral: !('port' in address) || address.port > 0,
      peer: equal(getpeername(mine), address),
      self: equal(getsockname(theirs), address),
      client: equal(getpeername(theirs), getsockname(mine)),
    });
    rmSync('socket', { force: true });
  },

  pair() {
    const [one, other] = ok(socketpair(AF_UNIX, SOCK_STREAM));
    write(one, 'a');
    write(other, 'b');
    report([text(other), text(one), outcome(getsockname(one)), outcome(getpeername(one))]);
    const [sender, receiver] = ok(socketpair(AF_UNIX, SOCK_DGRAM, 0));
    write(sender, 'first');
    write(sender, 'second');
    report([text(receiver), text(receiver)]);
    report(outcome(socketpair(AF_INET, SOCK_STREAM)));
  },

  shutdown() {
    const { mine, theirs } = connection('IPv4');
    write(mine, 'last words');
    report({
      shutdown: shutdown(mine, SHUT_WR),
      read: text(theirs),
      end: text(theirs),
      write: outcome(write(mine, 'x')),
    });
    write(theirs, 'still heard');
    report({ read: text(mine), both: shutdown(theirs, SHUT_RDWR), end: text(mine) });
    const [one] = ok(socketpair(AF_UNIX, SOCK_STREAM));
    report({ receive: shutdown(one, SHUT_RD), end: text(one) });
    const unconnected = ok(socket(AF_INET, SOCK_STREAM));
    report([
      outcome(shutdown(unconnected, SHUT_WR)),
      outcome(shutdown(one, 99)),
      outcome(shutdown(noSocket(), SHUT_WR)),
    ]);
  },

  options() {
    const fd = ok(socket(AF_INET, SOCK_STREAM));
    const set: unknown[] = [];
    for (const [level, option] of [
      [SOL_SOCKET, SO_REUSEADDR],
      [SOL_SOCKET, SO_KEEPALIVE],
      [IPPROTO_TCP, TCP_NODELAY],
    ] as const) {
      const before = getsockopt(fd, level, option);
      setsockopt(fd, level, option, true);
      const on = getsockopt(fd, level, option);
      setsockopt(fd, level, option, 0);
      set.push([before, on, getsockopt(fd, level, option)]);
    }
    report(set);
    for (const option of [SO_RCVTIMEO, SO_SNDTIMEO]) {
      const before = getsockopt(fd, SOL_SOCKET, option);
      setsockopt(fd, SOL_SOCKET, option, { tv_sec: 3, tv_usec: 500_000 });
      report([before, getsockopt(fd, SOL_SOCKET, option)]);
    }
    const before = getsockopt(fd, SOL_SOCKET, SO_LINGER);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 7 });
    report([before, getsockopt(fd, SOL_SOCKET, SO_LINGER)]);
    report([getsockopt(fd, SOL_SOCKET, SO_TYPE) === SOCK_STREAM, getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN)]);
    report([
      outcome(getsockopt(fd, SOL_SOCKET, 9999)),
      outcome(setsockopt(fd, 9999, 1, 1)),
      outcome(setsockopt(noSocket(), SOL_SOCKET, SO_REUSEADDR, 1)),
    ]);
  },

  /** SO_RCVTIMEO runs out: on accept, and on read. */
  timeout() {
    const { listenfd, mine } = connection('IPv4');
    const timeout = { tv_sec: 0, tv_usec: 1000 };
    setsockopt(listenfd, SOL_SOCKET, SO_RCVTIMEO, timeout);
    setsockopt(mine, SOL_SOCKET, SO_RCVTIMEO, timeout);
    report([outcome(accept(listenfd)), text(mine)]);
  },

  /** SO_LINGER with no time: close resets the connection. */
  reset() {
    const { mine, theirs } = connection('IPv4');
    setsockopt(mine, SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
    close(mine);
    report({ read: text(theirs), again: text(theirs), write: outcome(write(theirs, 'x')) });
  },

  /**
   * A connection that could not be made, while nobody waited for it: SO_ERROR tells, once. The refusal is a packet of its
   * own: that it is there when connect returns is so only where the kernel has this very call receive it.
   */
  pendingError() {
    const free = listening(addressOf('IPv4'));
    const address = ok(getsockname(free));
    close(free);
    const fd = ok(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK));
    report(outcome(connect(fd, address)));
    ok(poll([{ fd, events: POLLOUT }], -1));
    const error = ok(getsockopt(fd, SOL_SOCKET, SO_ERROR));
    report([errnoName(error), getsockopt(fd, SOL_SOCKET, SO_ERROR)]);
  },

  /** A client that resets its connection while it is queued. */
  resetInQueue() {
    const listenfd = listening(addressOf('IPv4'));
    const mine = ok(socket(AF_INET, SOCK_STREAM));
    ok(connect(mine, ok(getsockname(listenfd))));
    setsockopt(mine, SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
    close(mine);
    const connfd = accept(listenfd);
    report({
      accept: connfd === -1 ? errnoName(errno()) : 'connection',
      read: connfd === -1 ? undefined : text(connfd),
    });
  },

  errors() {
    const listenfd = listening(addressOf('IPv4'));
    const taken = ok(getsockname(listenfd));
    const fd = ok(socket(AF_INET, SOCK_STREAM));
    report({
      inUse: outcome(bind(fd, taken)),
      noInterface: outcome(bind(fd, { family: AF_INET, address: '192.0.2.1', port: 0 })),
      otherFamily: outcome(bind(fd, { family: AF_UNIX, path: './socket' })),
      notListening: outcome(accept(fd)),
      notConnected: outcome(getpeername(fd)),
      notSocket: outcome(accept(noSocket())),
      notOpen: outcome(listen(9999, 1)),
      noFile: outcome(connect(ok(socket(AF_UNIX, SOCK_STREAM)), { family: AF_UNIX, path: './no-such-socket' })),
      family: outcome(socket(9999, SOCK_STREAM)),
      type: outcome(socket(AF_INET, 9999)),
      wouldBlock: outcome(accept(ok(socketListeningWithoutBlocking()))),
    });
    close(listenfd);
    report({ refused: outcome(connect(ok(socket(AF_INET, SOCK_STREAM)), taken)) });
    report(thrownBy(() => posix.connect(posix.socket(AF_INET, SOCK_STREAM), taken)));
  },

  /** sun_path holds 108 bytes: a path and its NUL, or an abstract name. */
  longPaths() {
    const sizes = [107, 108, 109];
    const tried = (path: string): unknown => {
      const fd = ok(socket(AF_UNIX, SOCK_STREAM));
      const said = thrownBy(() => posix.bind(fd, { family: AF_UNIX, path }));
      if (typeof said === 'string') report({ same: equal(getsockname(fd), { family: AF_UNIX, path }) });
      return typeof said === 'string' ? 'bound' : said.code;
    };
    report(sizes.map((size) => tried('x'.repeat(size))));
    report(sizes.map((size) => tried(`\0${process.pid}-`.padEnd(size, 'x'))));
    rmSync('x'.repeat(107), { force: true });
  },
});

function socketListeningWithoutBlocking(): number {
  const fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
  listen(fd, 1);
  return fd;
}
