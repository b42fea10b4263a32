/**
 * realfork: the process, signal and socket calls of POSIX, which return values and throw a
 * {@link SyscallError} (`code` "EINTR", `errno` -4, `syscall` "accept") when they fail. What each
 * takes, gives and throws is written at its name in {@link Posix}.
 *
 * Arguments of the wrong type throw a TypeError ERR_INVALID_ARG_TYPE, those out of range a
 * RangeError ERR_OUT_OF_RANGE, before anything is done.
 */
import { calls } from './calls';
import { rehearseBeforeFirstFork } from './fork/rehearsal';
import { createPosix, type Posix } from './posix';

export * from './constants';
export { describeStatus, signalName } from './describe';
export { errnoName, SyscallError, strerror } from './errno';
export { type ForkHooks, registerAtFork } from './fork/hooks';
export type { Posix } from './posix';
export { jsonLog, type ServerEvent, serverLine, textLog } from './servers/forking/events';
export type { Client, ForkingServerOptions, ServeClient, Settings } from './servers/forking/options';
export type * from './types';
export * from './wait-status';
export { waitpidAsync } from './waitpid-async';

type Forking = typeof import('./servers/forking');
export type ForkingServer = ReturnType<Forking['createForkingServer']>;

/** A concurrent server as they are in production: a child for each connection. */
export const createForkingServer: Forking['createForkingServer'] = (options) =>
  // Every child inherits what is loaded: a program that has no such server does not load it.
  (require('./servers/forking') as Forking).createForkingServer(options);

const posix: Posix = createPosix(calls);

/** What most children do. */
rehearseBeforeFirstFork((client, connfd) => {
  posix.write(client, '\n');
  posix.read(connfd, Buffer.alloc(1));
  posix.close(connfd);
  posix.close(client);
});

/** fork(2): 0 in the child, its process ID in the parent. */
export const fork: Posix['fork'] = posix.fork;
/** _exit(2): ends this process at once, with nothing run or flushed. */
export const _exit: Posix['_exit'] = posix._exit;
/** execve(2): becomes another program. */
export const execve: Posix['execve'] = posix.execve;
/** getpid(2). */
export const getpid: Posix['getpid'] = posix.getpid;
/** getppid(2). */
export const getppid: Posix['getppid'] = posix.getppid;
/** wait(2): waits until a child ends, and reaps it. */
export const wait: Posix['wait'] = posix.wait;
/** waitpid(2): waits until a child changes state; pid 0 if WNOHANG is set and none has. */
export const waitpid: Posix['waitpid'] = posix.waitpid;
/** kill(2): sends a signal. */
export const kill: Posix['kill'] = posix.kill;
/** raise(3): sends a signal to the calling thread. */
export const raise: Posix['raise'] = posix.raise;
/** sigaction(2): sets what a signal does; gives what it did. */
export const sigaction: Posix['sigaction'] = posix.sigaction;
/** sigprocmask(2): changes which signals are blocked; gives those that were. */
export const sigprocmask: Posix['sigprocmask'] = posix.sigprocmask;
/** sigpending(2): the signals that are blocked and wait. */
export const sigpending: Posix['sigpending'] = posix.sigpending;
/** sigsuspend(2): changes the mask and waits for a signal, in one step. */
export const sigsuspend: Posix['sigsuspend'] = posix.sigsuspend;
/** pause(2): waits until a handler has run. */
export const pause: Posix['pause'] = posix.pause;
/** alarm(2): SIGALRM after so many seconds; gives what an earlier alarm had left. */
export const alarm: Posix['alarm'] = posix.alarm;
/** close(2). */
export const close: Posix['close'] = posix.close;
/** read(2): into a buffer; gives the bytes read, 0 at the end of file. */
export const read: Posix['read'] = posix.read;
/** write(2): gives the bytes written. */
export const write: Posix['write'] = posix.write;
/** pipe(2): [end to read from, end to write to]. */
export const pipe: Posix['pipe'] = posix.pipe;
/** dup(2). */
export const dup: Posix['dup'] = posix.dup;
/** dup2(2). */
export const dup2: Posix['dup2'] = posix.dup2;
/** fcntl(2): flags and copies of a descriptor, and locks on its file. */
export const fcntl: Posix['fcntl'] = posix.fcntl;
/** poll(2): waits for several descriptors; gives each with its revents. */
export const poll: Posix['poll'] = posix.poll;
/** ppoll(2): poll with a signal mask of its own for the while. */
export const ppoll: Posix['ppoll'] = posix.ppoll;
/** socket(2). */
export const socket: Posix['socket'] = posix.socket;
/** bind(2). */
export const bind: Posix['bind'] = posix.bind;
/** listen(2). */
export const listen: Posix['listen'] = posix.listen;
/** accept(2): waits for a connection; gives connfd. */
export const accept: Posix['accept'] = posix.accept;
/** connect(2). */
export const connect: Posix['connect'] = posix.connect;
/** shutdown(2). */
export const shutdown: Posix['shutdown'] = posix.shutdown;
/** getsockname(2): the local address. */
export const getsockname: Posix['getsockname'] = posix.getsockname;
/** getpeername(2): the address of the other end. */
export const getpeername: Posix['getpeername'] = posix.getpeername;
/** getsockopt(2). */
export const getsockopt: Posix['getsockopt'] = posix.getsockopt;
/** setsockopt(2). */
export const setsockopt: Posix['setsockopt'] = posix.setsockopt;
/** socketpair(2): two sockets that are connected. */
export const socketpair: Posix['socketpair'] = posix.socketpair;
/** sleep(3): gives the seconds left if a handler ran. */
export const sleep: Posix['sleep'] = posix.sleep;
/** nanosleep(2). */
export const nanosleep: Posix['nanosleep'] = posix.nanosleep;
/** getrlimit(2). */
export const getrlimit: Posix['getrlimit'] = posix.getrlimit;
/** setrlimit(2). */
export const setrlimit: Posix['setrlimit'] = posix.setrlimit;
