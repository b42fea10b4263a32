/**
 * realfork/c: the calls as C has them, for code that is carried over from a book. A call that fails
 * returns -1 and sets errno(); one that gives a struct gives -1 in its place, but wait() and waitpid()
 * `{ pid: -1, status: 0 }`. Arguments of the wrong type or out of range throw all the same: they are
 * what a C compiler would have refused.
 *
 * ```ts
 * while ((connfd = accept(listenfd)) === -1) if (errno() !== EINTR) return;
 * ```
 */
import { type C, createC } from './c-convention';
import { calls } from './calls';

export type { C } from './c-convention';
export * from './constants';
export { describeStatus, signalName } from './describe';
export { errnoName, strerror } from './errno';
export * from './signal-names';
export type * from './types';
export * from './wait-status';

const c: C = createC(calls);

/** The error of the last call that failed: EINTR, ... errno(3). */
export const errno: C['errno'] = c.errno;
/** errno = value. */
export const setErrno: C['setErrno'] = c.setErrno;
/** Prints "accept: Interrupted system call" on standard error. perror(3). */
export const perror: C['perror'] = c.perror;
/** fork(2): 0 in the child, its process ID in the parent. */
export const fork: C['fork'] = c.fork;
/** _exit(2): ends this process at once, with nothing run or flushed. */
export const _exit: C['_exit'] = c._exit;
/** execve(2): becomes another program. */
export const execve: C['execve'] = c.execve;
/** getpid(2). */
export const getpid: C['getpid'] = c.getpid;
/** getppid(2). */
export const getppid: C['getppid'] = c.getppid;
/** wait(2): pid -1 on failure. */
export const wait: C['wait'] = c.wait;
/** waitpid(2): pid -1 on failure, so that `while (waitpid(-1, WNOHANG).pid > 0);` ends as in C. */
export const waitpid: C['waitpid'] = c.waitpid;
/** kill(2): sends a signal. */
export const kill: C['kill'] = c.kill;
/** raise(3): sends a signal to the calling thread. */
export const raise: C['raise'] = c.raise;
/** sigaction(2): sets what a signal does; gives what it did. */
export const sigaction: C['sigaction'] = c.sigaction;
/** sigprocmask(2): changes which signals are blocked; gives those that were. */
export const sigprocmask: C['sigprocmask'] = c.sigprocmask;
/** sigpending(2): the signals that are blocked and wait. */
export const sigpending: C['sigpending'] = c.sigpending;
/** sigsuspend(2): changes the mask and waits for a signal, in one step. */
export const sigsuspend: C['sigsuspend'] = c.sigsuspend;
/** pause(2): waits until a handler has run. */
export const pause: C['pause'] = c.pause;
/** alarm(2): SIGALRM after so many seconds; gives what an earlier alarm had left. */
export const alarm: C['alarm'] = c.alarm;
/** close(2). */
export const close: C['close'] = c.close;
/** read(2): into a buffer; gives the bytes read, 0 at the end of file. */
export const read: C['read'] = c.read;
/** write(2): gives the bytes written. */
export const write: C['write'] = c.write;
/** pipe(2): [end to read from, end to write to]. */
export const pipe: C['pipe'] = c.pipe;
/** dup(2). */
export const dup: C['dup'] = c.dup;
/** dup2(2). */
export const dup2: C['dup2'] = c.dup2;
/** fcntl(2): flags and copies of a descriptor, and locks on its file. */
export const fcntl: C['fcntl'] = c.fcntl;
/** poll(2): waits for several descriptors; gives each with its revents. */
export const poll: C['poll'] = c.poll;
/** ppoll(2): poll with a signal mask of its own for the while. */
export const ppoll: C['ppoll'] = c.ppoll;
/** socket(2). */
export const socket: C['socket'] = c.socket;
/** bind(2). */
export const bind: C['bind'] = c.bind;
/** listen(2). */
export const listen: C['listen'] = c.listen;
/** accept(2): waits for a connection; gives connfd. */
export const accept: C['accept'] = c.accept;
/** connect(2). */
export const connect: C['connect'] = c.connect;
/** shutdown(2). */
export const shutdown: C['shutdown'] = c.shutdown;
/** getsockname(2): the local address. */
export const getsockname: C['getsockname'] = c.getsockname;
/** getpeername(2): the address of the other end. */
export const getpeername: C['getpeername'] = c.getpeername;
/** getsockopt(2). */
export const getsockopt: C['getsockopt'] = c.getsockopt;
/** setsockopt(2). */
export const setsockopt: C['setsockopt'] = c.setsockopt;
/** socketpair(2): two sockets that are connected. */
export const socketpair: C['socketpair'] = c.socketpair;
/** sleep(3): gives the seconds left if a handler ran. */
export const sleep: C['sleep'] = c.sleep;
/** nanosleep(2). */
export const nanosleep: C['nanosleep'] = c.nanosleep;
/** getrlimit(2). */
export const getrlimit: C['getrlimit'] = c.getrlimit;
/** setrlimit(2). */
export const setrlimit: C['setrlimit'] = c.setrlimit;
/** open(2): gives a descriptor. Opening a FIFO waits for the other end. */
export const open: C['open'] = c.open;
/** lseek(2): moves the offset of an open file description; gives the new one. */
export const lseek: C['lseek'] = c.lseek;
/** flock(2): a lock of the open file description. */
export const flock: C['flock'] = c.flock;
/** mkfifo(3): makes a FIFO. */
export const mkfifo: C['mkfifo'] = c.mkfifo;
/** umask(2): sets the file mode creation mask; gives the old one. */
export const umask: C['umask'] = c.umask;
/** chdir(2). */
export const chdir: C['chdir'] = c.chdir;
/** fchdir(2). */
export const fchdir: C['fchdir'] = c.fchdir;
/** readv(2): reads into several buffers. */
export const readv: C['readv'] = c.readv;
/** writev(2): writes several buffers. */
export const writev: C['writev'] = c.writev;
/** recv(2): read with flags. */
export const recv: C['recv'] = c.recv;
/** send(2): write with flags. */
export const send: C['send'] = c.send;
/** recvfrom(2): gives the bytes received, and from where. */
export const recvfrom: C['recvfrom'] = c.recvfrom;
/** sendto(2): sends to an address. */
export const sendto: C['sendto'] = c.sendto;
/** recvmsg(2): receives into several buffers, with what came beside (descriptors). */
export const recvmsg: C['recvmsg'] = c.recvmsg;
/** sendmsg(2): sends several buffers, and descriptors beside them. */
export const sendmsg: C['sendmsg'] = c.sendmsg;
/** select(2): waits for several descriptors; gives those that are ready. */
export const select: C['select'] = c.select;
/** pselect(2): select with a signal mask of its own for the while. */
export const pselect: C['pselect'] = c.pselect;
/** pipe2(2): pipe with O_CLOEXEC, O_NONBLOCK. */
export const pipe2: C['pipe2'] = c.pipe2;
/** dup3(2): dup2 with O_CLOEXEC. */
export const dup3: C['dup3'] = c.dup3;
/** accept4(2): accept with SOCK_CLOEXEC, SOCK_NONBLOCK. */
export const accept4: C['accept4'] = c.accept4;
/** killpg(3): sends a signal to a process group. */
export const killpg: C['killpg'] = c.killpg;
/** sigqueue(3): sends a signal with a number. */
export const sigqueue: C['sigqueue'] = c.sigqueue;
/** sigwait(3): takes a signal that is blocked; gives its number. */
export const sigwait: C['sigwait'] = c.sigwait;
/** sigwaitinfo(2): takes a signal that is blocked; gives all that came with it. */
export const sigwaitinfo: C['sigwaitinfo'] = c.sigwaitinfo;
/** sigtimedwait(2): the same with a time limit. */
export const sigtimedwait: C['sigtimedwait'] = c.sigtimedwait;
/** siginterrupt(3): whether a signal interrupts system calls. */
export const siginterrupt: C['siginterrupt'] = c.siginterrupt;
/** signal(2) as the C library has it: with SA_RESTART. */
export const signal: C['signal'] = c.signal;
/** setitimer(2): starts an interval timer; gives what it was. */
export const setitimer: C['setitimer'] = c.setitimer;
/** getitimer(2): what an interval timer has left. */
export const getitimer: C['getitimer'] = c.getitimer;
/** waitid(2): waits for a change of state that it may leave to be waited for again. */
export const waitid: C['waitid'] = c.waitid;
/** wait3(2): wait that gives what the child has used. */
export const wait3: C['wait3'] = c.wait3;
/** wait4(2): waitpid that gives what the child has used. */
export const wait4: C['wait4'] = c.wait4;
/** getrusage(2): what a process has used. */
export const getrusage: C['getrusage'] = c.getrusage;
/** semget(2): a set of System V semaphores. */
export const semget: C['semget'] = c.semget;
/** semop(2): changes semaphores, all or none; waits until it can. */
export const semop: C['semop'] = c.semop;
/** semtimedop(2): semop with a time limit. Not on FreeBSD: ENOSYS. */
export const semtimedop: C['semtimedop'] = c.semtimedop;
/** semctl(2): the value of a semaphore, or the end of the set. */
export const semctl: C['semctl'] = c.semctl;
/** msgget(2): a System V message queue. */
export const msgget: C['msgget'] = c.msgget;
/** msgsnd(2): sends a message; waits for room. */
export const msgsnd: C['msgsnd'] = c.msgsnd;
/** msgrcv(2): receives a message; waits for one. */
export const msgrcv: C['msgrcv'] = c.msgrcv;
/** msgctl(2): the end of a queue. */
export const msgctl: C['msgctl'] = c.msgctl;
/** mmap(2): memory that children share, as an ArrayBuffer. */
export const mmap: C['mmap'] = c.mmap;
/** munmap(2): gives it back. */
export const munmap: C['munmap'] = c.munmap;
/** execv(3): execve with the environment of process.env. */
export const execv: C['execv'] = c.execv;
/** execvp(3): execv that looks along PATH. */
export const execvp: C['execvp'] = c.execvp;
/** fexecve(3): execve of an open file. */
export const fexecve: C['fexecve'] = c.fexecve;
/** posix_spawn(3): a child that runs another program at once. */
export const posix_spawn: C['posix_spawn'] = c.posix_spawn;
/** posix_spawnp(3): the same, looking along PATH. */
export const posix_spawnp: C['posix_spawnp'] = c.posix_spawnp;
/** setsid(2): a new session, with this process as its leader. */
export const setsid: C['setsid'] = c.setsid;
/** getsid(2). */
export const getsid: C['getsid'] = c.getsid;
/** setpgid(2): puts a process into a process group. */
export const setpgid: C['setpgid'] = c.setpgid;
/** getpgid(2). */
export const getpgid: C['getpgid'] = c.getpgid;
/** getpgrp(2). */
export const getpgrp: C['getpgrp'] = c.getpgrp;
/** tcgetpgrp(3): the foreground process group of a terminal. */
export const tcgetpgrp: C['tcgetpgrp'] = c.tcgetpgrp;
/** tcsetpgrp(3): sets it. */
export const tcsetpgrp: C['tcsetpgrp'] = c.tcsetpgrp;
/** getuid(2). */
export const getuid: C['getuid'] = c.getuid;
/** geteuid(2). */
export const geteuid: C['geteuid'] = c.geteuid;
/** getgid(2). */
export const getgid: C['getgid'] = c.getgid;
/** getegid(2). */
export const getegid: C['getegid'] = c.getegid;
/** getgroups(2). */
export const getgroups: C['getgroups'] = c.getgroups;
/** setuid(2). */
export const setuid: C['setuid'] = c.setuid;
/** seteuid(2). */
export const seteuid: C['seteuid'] = c.seteuid;
/** setgid(2). */
export const setgid: C['setgid'] = c.setgid;
/** setegid(2). */
export const setegid: C['setegid'] = c.setegid;
/** setreuid(2). */
export const setreuid: C['setreuid'] = c.setreuid;
/** setregid(2). */
export const setregid: C['setregid'] = c.setregid;
/** setresuid(2). */
export const setresuid: C['setresuid'] = c.setresuid;
/** setresgid(2). */
export const setresgid: C['setresgid'] = c.setresgid;
/** getresuid(2): real, effective and saved. */
export const getresuid: C['getresuid'] = c.getresuid;
/** getresgid(2): real, effective and saved. */
export const getresgid: C['getresgid'] = c.getresgid;
/** setgroups(2). */
export const setgroups: C['setgroups'] = c.setgroups;
/** initgroups(3): the groups of a user. */
export const initgroups: C['initgroups'] = c.initgroups;
/** openpty(3): a pseudo-terminal. */
export const openpty: C['openpty'] = c.openpty;
/** login_tty(3): makes it the controlling terminal, and descriptors 0 to 2. */
export const login_tty: C['login_tty'] = c.login_tty;
/** forkpty(3): fork with a pseudo-terminal between the two. */
export const forkpty: C['forkpty'] = c.forkpty;
/** prctl(2). Linux; elsewhere ENOSYS. */
export const prctl: C['prctl'] = c.prctl;
/** procctl(2). FreeBSD; elsewhere ENOSYS. */
export const procctl: C['procctl'] = c.procctl;
/** pidfd_open(2): a descriptor for a process. Linux; elsewhere ENOSYS. */
export const pidfd_open: C['pidfd_open'] = c.pidfd_open;
/** pidfd_send_signal(2). Linux; elsewhere ENOSYS. */
export const pidfd_send_signal: C['pidfd_send_signal'] = c.pidfd_send_signal;
/** signalfd(2): a descriptor to read signals from. Linux; elsewhere ENOSYS. */
export const signalfd: C['signalfd'] = c.signalfd;
/** memfd_create(2): a file in memory, without a name. Linux; elsewhere ENOSYS. */
export const memfd_create: C['memfd_create'] = c.memfd_create;
