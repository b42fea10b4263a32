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
import type { ForkingServerOptions } from './servers/forking/options';

export * from './constants';
export { describeStatus, signalName } from './describe';
export { errnoName, SyscallError, strerror } from './errno';
export { type ForkHooks, registerAtFork } from './fork/hooks';
export { forkWhenIdle } from './fork/when-idle';
export type { Posix } from './posix';
export type { Descriptor, ListenAt } from './servers/forking/adopting';
export { jsonLog, type ServerEvent, serverLine, textLog } from './servers/forking/events';
export type {
  Client,
  ExecServerOptions,
  ForkingServerOptions,
  ServeClient,
  Settings,
  SocketServerOptions,
} from './servers/forking/options';
export type { ServeSocket } from './servers/forking/socket-child';
export type { ServerStatus } from './servers/forking/status';
export * from './signal-names';
export type * from './types';
export * from './wait-status';
export { waitpidAsync } from './waitpid-async';

type Forking = typeof import('./servers/forking');

export type { ForkingServer, SocketServer } from './servers/forking';

/** A concurrent server as they are in production: a child for each connection. */
export const createForkingServer = ((options: ForkingServerOptions) =>
  // Every child inherits what is loaded: a program that has no such server does not load it.
  (require('./servers/forking') as Forking).createForkingServer(options)) as Forking['createForkingServer'];

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
/** open(2): gives a descriptor. Opening a FIFO waits for the other end. */
export const open: Posix['open'] = posix.open;
/** lseek(2): moves the offset of an open file description; gives the new one. */
export const lseek: Posix['lseek'] = posix.lseek;
/** flock(2): a lock of the open file description. */
export const flock: Posix['flock'] = posix.flock;
/** mkfifo(3): makes a FIFO. */
export const mkfifo: Posix['mkfifo'] = posix.mkfifo;
/** umask(2): sets the file mode creation mask; gives the old one. */
export const umask: Posix['umask'] = posix.umask;
/** chdir(2). */
export const chdir: Posix['chdir'] = posix.chdir;
/** fchdir(2). */
export const fchdir: Posix['fchdir'] = posix.fchdir;
/** readv(2): reads into several buffers. */
export const readv: Posix['readv'] = posix.readv;
/** writev(2): writes several buffers. */
export const writev: Posix['writev'] = posix.writev;
/** recv(2): read with flags. */
export const recv: Posix['recv'] = posix.recv;
/** send(2): write with flags. */
export const send: Posix['send'] = posix.send;
/** recvfrom(2): gives the bytes received, and from where. */
export const recvfrom: Posix['recvfrom'] = posix.recvfrom;
/** sendto(2): sends to an address. */
export const sendto: Posix['sendto'] = posix.sendto;
/** recvmsg(2): receives into several buffers, with what came beside (descriptors). */
export const recvmsg: Posix['recvmsg'] = posix.recvmsg;
/** sendmsg(2): sends several buffers, and descriptors beside them. */
export const sendmsg: Posix['sendmsg'] = posix.sendmsg;
/** select(2): waits for several descriptors; gives those that are ready. */
export const select: Posix['select'] = posix.select;
/** pselect(2): select with a signal mask of its own for the while. */
export const pselect: Posix['pselect'] = posix.pselect;
/** pipe2(2): pipe with O_CLOEXEC, O_NONBLOCK. */
export const pipe2: Posix['pipe2'] = posix.pipe2;
/** dup3(2): dup2 with O_CLOEXEC. */
export const dup3: Posix['dup3'] = posix.dup3;
/** accept4(2): accept with SOCK_CLOEXEC, SOCK_NONBLOCK. */
export const accept4: Posix['accept4'] = posix.accept4;
/** killpg(3): sends a signal to a process group. */
export const killpg: Posix['killpg'] = posix.killpg;
/** sigqueue(3): sends a signal with a number. */
export const sigqueue: Posix['sigqueue'] = posix.sigqueue;
/** sigwait(3): takes a signal that is blocked; gives its number. */
export const sigwait: Posix['sigwait'] = posix.sigwait;
/** sigwaitinfo(2): takes a signal that is blocked; gives all that came with it. */
export const sigwaitinfo: Posix['sigwaitinfo'] = posix.sigwaitinfo;
/** sigtimedwait(2): the same with a time limit. */
export const sigtimedwait: Posix['sigtimedwait'] = posix.sigtimedwait;
/** siginterrupt(3): whether a signal interrupts system calls. */
export const siginterrupt: Posix['siginterrupt'] = posix.siginterrupt;
/** signal(2) as the C library has it: with SA_RESTART. */
export const signal: Posix['signal'] = posix.signal;
/** setitimer(2): starts an interval timer; gives what it was. */
export const setitimer: Posix['setitimer'] = posix.setitimer;
/** getitimer(2): what an interval timer has left. */
export const getitimer: Posix['getitimer'] = posix.getitimer;
/** waitid(2): waits for a change of state that it may leave to be waited for again. */
export const waitid: Posix['waitid'] = posix.waitid;
/** wait3(2): wait that gives what the child has used. */
export const wait3: Posix['wait3'] = posix.wait3;
/** wait4(2): waitpid that gives what the child has used. */
export const wait4: Posix['wait4'] = posix.wait4;
/** getrusage(2): what a process has used. */
export const getrusage: Posix['getrusage'] = posix.getrusage;
/** semget(2): a set of System V semaphores. */
export const semget: Posix['semget'] = posix.semget;
/** semop(2): changes semaphores, all or none; waits until it can. */
export const semop: Posix['semop'] = posix.semop;
/** semtimedop(2): semop with a time limit. Not on FreeBSD: ENOSYS. */
export const semtimedop: Posix['semtimedop'] = posix.semtimedop;
/** semctl(2): the value of a semaphore, or the end of the set. */
export const semctl: Posix['semctl'] = posix.semctl;
/** msgget(2): a System V message queue. */
export const msgget: Posix['msgget'] = posix.msgget;
/** msgsnd(2): sends a message; waits for room. */
export const msgsnd: Posix['msgsnd'] = posix.msgsnd;
/** msgrcv(2): receives a message; waits for one. */
export const msgrcv: Posix['msgrcv'] = posix.msgrcv;
/** msgctl(2): the end of a queue. */
export const msgctl: Posix['msgctl'] = posix.msgctl;
/** mmap(2): memory that children share, as an ArrayBuffer. */
export const mmap: Posix['mmap'] = posix.mmap;
/** munmap(2): gives it back. */
export const munmap: Posix['munmap'] = posix.munmap;
/** execv(3): execve with the environment of process.env. */
export const execv: Posix['execv'] = posix.execv;
/** execvp(3): execv that looks along PATH. */
export const execvp: Posix['execvp'] = posix.execvp;
/** fexecve(3): execve of an open file. */
export const fexecve: Posix['fexecve'] = posix.fexecve;
/** posix_spawn(3): a child that runs another program at once. */
export const posix_spawn: Posix['posix_spawn'] = posix.posix_spawn;
/** posix_spawnp(3): the same, looking along PATH. */
export const posix_spawnp: Posix['posix_spawnp'] = posix.posix_spawnp;
/** setsid(2): a new session, with this process as its leader. */
export const setsid: Posix['setsid'] = posix.setsid;
/** getsid(2). */
export const getsid: Posix['getsid'] = posix.getsid;
/** setpgid(2): puts a process into a process group. */
export const setpgid: Posix['setpgid'] = posix.setpgid;
/** getpgid(2). */
export const getpgid: Posix['getpgid'] = posix.getpgid;
/** getpgrp(2). */
export const getpgrp: Posix['getpgrp'] = posix.getpgrp;
/** tcgetpgrp(3): the foreground process group of a terminal. */
export const tcgetpgrp: Posix['tcgetpgrp'] = posix.tcgetpgrp;
/** tcsetpgrp(3): sets it. */
export const tcsetpgrp: Posix['tcsetpgrp'] = posix.tcsetpgrp;
/** getuid(2). */
export const getuid: Posix['getuid'] = posix.getuid;
/** geteuid(2). */
export const geteuid: Posix['geteuid'] = posix.geteuid;
/** getgid(2). */
export const getgid: Posix['getgid'] = posix.getgid;
/** getegid(2). */
export const getegid: Posix['getegid'] = posix.getegid;
/** getgroups(2). */
export const getgroups: Posix['getgroups'] = posix.getgroups;
/** setuid(2). */
export const setuid: Posix['setuid'] = posix.setuid;
/** seteuid(2). */
export const seteuid: Posix['seteuid'] = posix.seteuid;
/** setgid(2). */
export const setgid: Posix['setgid'] = posix.setgid;
/** setegid(2). */
export const setegid: Posix['setegid'] = posix.setegid;
/** setreuid(2). */
export const setreuid: Posix['setreuid'] = posix.setreuid;
/** setregid(2). */
export const setregid: Posix['setregid'] = posix.setregid;
/** setresuid(2). */
export const setresuid: Posix['setresuid'] = posix.setresuid;
/** setresgid(2). */
export const setresgid: Posix['setresgid'] = posix.setresgid;
/** getresuid(2): real, effective and saved. */
export const getresuid: Posix['getresuid'] = posix.getresuid;
/** getresgid(2): real, effective and saved. */
export const getresgid: Posix['getresgid'] = posix.getresgid;
/** setgroups(2). */
export const setgroups: Posix['setgroups'] = posix.setgroups;
/** initgroups(3): the groups of a user. */
export const initgroups: Posix['initgroups'] = posix.initgroups;
/** openpty(3): a pseudo-terminal. */
export const openpty: Posix['openpty'] = posix.openpty;
/** login_tty(3): makes it the controlling terminal, and descriptors 0 to 2. */
export const login_tty: Posix['login_tty'] = posix.login_tty;
/** forkpty(3): fork with a pseudo-terminal between the two. */
export const forkpty: Posix['forkpty'] = posix.forkpty;
/** prctl(2). Linux; elsewhere ENOSYS. */
export const prctl: Posix['prctl'] = posix.prctl;
/** procctl(2). FreeBSD; elsewhere ENOSYS. */
export const procctl: Posix['procctl'] = posix.procctl;
/** pidfd_open(2): a descriptor for a process. Linux; elsewhere ENOSYS. */
export const pidfd_open: Posix['pidfd_open'] = posix.pidfd_open;
/** pidfd_send_signal(2). Linux; elsewhere ENOSYS. */
export const pidfd_send_signal: Posix['pidfd_send_signal'] = posix.pidfd_send_signal;
/** signalfd(2): a descriptor to read signals from. Linux; elsewhere ENOSYS. */
export const signalfd: Posix['signalfd'] = posix.signalfd;
/** memfd_create(2): a file in memory, without a name. Linux; elsewhere ENOSYS. */
export const memfd_create: Posix['memfd_create'] = posix.memfd_create;
