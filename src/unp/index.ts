/**
 * realfork/unp: Stevens' wrapper functions, for Figure 4.13 as printed. A capital letter means "call it,
 * and on failure print `accept error: Interrupted system call` and exit with status 1" (UNP 1.4). What
 * each takes and gives is written at its name in {@link Unp}. The calls in lower case, errno(), the
 * constants and the status macros are those of realfork/c, as unp.h includes the headers of C.
 */
import { calls } from '../calls';
import { SHUT_WR } from '../constants';
import { rehearseExit } from '../fork/exit';
import { rehearseBeforeFirstFork } from '../fork/rehearsal';
import { createUnp, type Unp } from './wrappers';

export * from '../constants';
export { describeStatus, signalName } from '../describe';
export { errnoName, strerror } from '../errno';
export * from '../signal-names';
export type * from '../types';
export * from '../wait-status';
export { type ErrSys, type Exit, INFTIM, LISTENQ, MAXLINE, SERV_PORT, type Unp } from './wrappers';

const unp: Unp = createUnp(calls);

/** What a child of a concurrent server does with its connection. */
rehearseBeforeFirstFork((client, connfd) => {
  unp.Writen(client, '\n');
  unp.Shutdown(client, SHUT_WR);
  unp.str_echo(connfd);
  unp.Close(connfd);
  unp.Close(client);
  rehearseExit();
});

/** exit(3): runs the 'exit' listeners, then ends the process. */
export const exit: Unp['exit'] = unp.exit;
/** Prints `<what>: <text of errno()>` and exits with status 1. UNP D.3. */
export const err_sys: Unp['err_sys'] = unp.err_sys;
/** Prints a message and exits with status 1. UNP D.3. */
export const err_quit: Unp['err_quit'] = unp.err_quit;
/** fork(2), or death. UNP 4.7. */
export const Fork: Unp['Fork'] = unp.Fork;
/** wait(2), or death. UNP 5.10. */
export const Wait: Unp['Wait'] = unp.Wait;
/** waitpid(2), or death. UNP 5.10. */
export const Waitpid: Unp['Waitpid'] = unp.Waitpid;
/** sigaction(2), or death. */
export const Sigaction: Unp['Sigaction'] = unp.Sigaction;
/** Installs a handler, with SA_RESTART for all signals but SIGALRM. UNP Figure 5.6. */
export const Signal: Unp['Signal'] = unp.Signal;
/** socket(2), or death. UNP 4.2. */
export const Socket: Unp['Socket'] = unp.Socket;
/** bind(2), or death. UNP 4.4. */
export const Bind: Unp['Bind'] = unp.Bind;
/** listen(2), or death; the environment variable LISTENQ overrides the backlog. UNP 4.5. */
export const Listen: Unp['Listen'] = unp.Listen;
/** accept(2), or death; EPROTO and ECONNABORTED are tried again. UNP 4.6. */
export const Accept: Unp['Accept'] = unp.Accept;
/** connect(2), or death. UNP 4.3. */
export const Connect: Unp['Connect'] = unp.Connect;
/** shutdown(2), or death. UNP 6.6. */
export const Shutdown: Unp['Shutdown'] = unp.Shutdown;
/** getsockname(2), or death. UNP 4.10. */
export const Getsockname: Unp['Getsockname'] = unp.Getsockname;
/** getpeername(2), or death. UNP 4.10. */
export const Getpeername: Unp['Getpeername'] = unp.Getpeername;
/** setsockopt(2), or death. UNP 7.2. */
export const Setsockopt: Unp['Setsockopt'] = unp.Setsockopt;
/** socketpair(2), or death. UNP 15.3. */
export const Socketpair: Unp['Socketpair'] = unp.Socketpair;
/** close(2), or death. UNP 4.9. */
export const Close: Unp['Close'] = unp.Close;
/** dup2(2), or death. */
export const Dup2: Unp['Dup2'] = unp.Dup2;
/** pipe(2), or death. */
export const Pipe: Unp['Pipe'] = unp.Pipe;
/** read(2), or death. */
export const Read: Unp['Read'] = unp.Read;
/** write(2) of all of it, or death. */
export const Write: Unp['Write'] = unp.Write;
/** Reads exactly so many bytes, fewer only at the end of file. UNP Figure 3.15. */
export const Readn: Unp['Readn'] = unp.Readn;
/** Writes all of it. UNP Figure 3.16. */
export const Writen: Unp['Writen'] = unp.Writen;
/** Reads one line with its newline; '' at the end of file. UNP Figure 3.18. */
export const Readline: Unp['Readline'] = unp.Readline;
/** Writes back what it reads, until the end of file. UNP Figure 5.3. */
export const str_echo: Unp['str_echo'] = unp.str_echo;
/** An AF_INET address, in one line. */
export const sockaddr_in: Unp['sockaddr_in'] = unp.sockaddr_in;
/** open(2), or death. */
export const Open: Unp['Open'] = unp.Open;
/** mkfifo(3), or death. UNPv2 4.6. */
export const Mkfifo: Unp['Mkfifo'] = unp.Mkfifo;
/** recv(2), or death. UNP 14.3. */
export const Recv: Unp['Recv'] = unp.Recv;
/** send(2) of all of it, or death. UNP 14.3. */
export const Send: Unp['Send'] = unp.Send;
/** recvfrom(2), or death. UNP 8.2. */
export const Recvfrom: Unp['Recvfrom'] = unp.Recvfrom;
/** sendto(2) of all of it, or death. UNP 8.2. */
export const Sendto: Unp['Sendto'] = unp.Sendto;
/** recvmsg(2), or death. UNP 14.5. */
export const Recvmsg: Unp['Recvmsg'] = unp.Recvmsg;
/** sendmsg(2), or death. UNP 14.5. */
export const Sendmsg: Unp['Sendmsg'] = unp.Sendmsg;
/** select(2), or death. UNP 6.3. */
export const Select: Unp['Select'] = unp.Select;
/** sigprocmask(2), or death. */
export const Sigprocmask: Unp['Sigprocmask'] = unp.Sigprocmask;
/** sigpending(2), or death. */
export const Sigpending: Unp['Sigpending'] = unp.Sigpending;
/** mmap(2), or death. UNPv2 12. */
export const Mmap: Unp['Mmap'] = unp.Mmap;
/** semget(2), or death. UNPv2 11.2. */
export const Semget: Unp['Semget'] = unp.Semget;
/** semop(2), or death. UNPv2 11.3. */
export const Semop: Unp['Semop'] = unp.Semop;
/** semctl(2), or death. UNPv2 11.4. */
export const Semctl: Unp['Semctl'] = unp.Semctl;
/** msgget(2), or death. UNPv2 6.2. */
export const Msgget: Unp['Msgget'] = unp.Msgget;
/** msgctl(2), or death. UNPv2 6.5. */
export const Msgctl: Unp['Msgctl'] = unp.Msgctl;
/** msgsnd(2), or death. UNPv2 6.3. */
export const Msgsnd: Unp['Msgsnd'] = unp.Msgsnd;
/** msgrcv(2), or death. UNPv2 6.4. */
export const Msgrcv: Unp['Msgrcv'] = unp.Msgrcv;
/** poll(2), or death. UNP 6.10. */
export const Poll: Unp['Poll'] = unp.Poll;
/** fcntl(2) with a number, or death. UNP 7.11. */
export const Fcntl: Unp['Fcntl'] = unp.Fcntl;

/** As in realfork/c, with the errno() of the wrappers. */
export const errno: Unp['errno'] = unp.errno;
export const setErrno: Unp['setErrno'] = unp.setErrno;
export const perror: Unp['perror'] = unp.perror;
export const fork: Unp['fork'] = unp.fork;
export const _exit: Unp['_exit'] = unp._exit;
export const execve: Unp['execve'] = unp.execve;
export const getpid: Unp['getpid'] = unp.getpid;
export const getppid: Unp['getppid'] = unp.getppid;
export const wait: Unp['wait'] = unp.wait;
export const waitpid: Unp['waitpid'] = unp.waitpid;
export const kill: Unp['kill'] = unp.kill;
export const raise: Unp['raise'] = unp.raise;
export const sigaction: Unp['sigaction'] = unp.sigaction;
export const sigprocmask: Unp['sigprocmask'] = unp.sigprocmask;
export const sigpending: Unp['sigpending'] = unp.sigpending;
export const sigsuspend: Unp['sigsuspend'] = unp.sigsuspend;
export const pause: Unp['pause'] = unp.pause;
export const alarm: Unp['alarm'] = unp.alarm;
export const close: Unp['close'] = unp.close;
export const read: Unp['read'] = unp.read;
export const write: Unp['write'] = unp.write;
export const pipe: Unp['pipe'] = unp.pipe;
export const dup: Unp['dup'] = unp.dup;
export const dup2: Unp['dup2'] = unp.dup2;
export const fcntl: Unp['fcntl'] = unp.fcntl;
export const poll: Unp['poll'] = unp.poll;
export const ppoll: Unp['ppoll'] = unp.ppoll;
export const socket: Unp['socket'] = unp.socket;
export const bind: Unp['bind'] = unp.bind;
export const listen: Unp['listen'] = unp.listen;
export const accept: Unp['accept'] = unp.accept;
export const connect: Unp['connect'] = unp.connect;
export const shutdown: Unp['shutdown'] = unp.shutdown;
export const getsockname: Unp['getsockname'] = unp.getsockname;
export const getpeername: Unp['getpeername'] = unp.getpeername;
export const getsockopt: Unp['getsockopt'] = unp.getsockopt;
export const setsockopt: Unp['setsockopt'] = unp.setsockopt;
export const socketpair: Unp['socketpair'] = unp.socketpair;
export const sleep: Unp['sleep'] = unp.sleep;
export const nanosleep: Unp['nanosleep'] = unp.nanosleep;
export const getrlimit: Unp['getrlimit'] = unp.getrlimit;
export const setrlimit: Unp['setrlimit'] = unp.setrlimit;
export const open: Unp['open'] = unp.open;
export const lseek: Unp['lseek'] = unp.lseek;
export const flock: Unp['flock'] = unp.flock;
export const mkfifo: Unp['mkfifo'] = unp.mkfifo;
export const umask: Unp['umask'] = unp.umask;
export const chdir: Unp['chdir'] = unp.chdir;
export const fchdir: Unp['fchdir'] = unp.fchdir;
export const readv: Unp['readv'] = unp.readv;
export const writev: Unp['writev'] = unp.writev;
export const recv: Unp['recv'] = unp.recv;
export const send: Unp['send'] = unp.send;
export const recvfrom: Unp['recvfrom'] = unp.recvfrom;
export const sendto: Unp['sendto'] = unp.sendto;
export const recvmsg: Unp['recvmsg'] = unp.recvmsg;
export const sendmsg: Unp['sendmsg'] = unp.sendmsg;
export const select: Unp['select'] = unp.select;
export const pselect: Unp['pselect'] = unp.pselect;
export const pipe2: Unp['pipe2'] = unp.pipe2;
export const dup3: Unp['dup3'] = unp.dup3;
export const accept4: Unp['accept4'] = unp.accept4;
export const killpg: Unp['killpg'] = unp.killpg;
export const sigqueue: Unp['sigqueue'] = unp.sigqueue;
export const sigwait: Unp['sigwait'] = unp.sigwait;
export const sigwaitinfo: Unp['sigwaitinfo'] = unp.sigwaitinfo;
export const sigtimedwait: Unp['sigtimedwait'] = unp.sigtimedwait;
export const siginterrupt: Unp['siginterrupt'] = unp.siginterrupt;
export const signal: Unp['signal'] = unp.signal;
export const setitimer: Unp['setitimer'] = unp.setitimer;
export const getitimer: Unp['getitimer'] = unp.getitimer;
export const waitid: Unp['waitid'] = unp.waitid;
export const wait3: Unp['wait3'] = unp.wait3;
export const wait4: Unp['wait4'] = unp.wait4;
export const getrusage: Unp['getrusage'] = unp.getrusage;
export const semget: Unp['semget'] = unp.semget;
export const semop: Unp['semop'] = unp.semop;
export const semtimedop: Unp['semtimedop'] = unp.semtimedop;
export const semctl: Unp['semctl'] = unp.semctl;
export const msgget: Unp['msgget'] = unp.msgget;
export const msgsnd: Unp['msgsnd'] = unp.msgsnd;
export const msgrcv: Unp['msgrcv'] = unp.msgrcv;
export const msgctl: Unp['msgctl'] = unp.msgctl;
export const mmap: Unp['mmap'] = unp.mmap;
export const munmap: Unp['munmap'] = unp.munmap;
export const execv: Unp['execv'] = unp.execv;
export const execvp: Unp['execvp'] = unp.execvp;
export const fexecve: Unp['fexecve'] = unp.fexecve;
export const posix_spawn: Unp['posix_spawn'] = unp.posix_spawn;
export const posix_spawnp: Unp['posix_spawnp'] = unp.posix_spawnp;
export const setsid: Unp['setsid'] = unp.setsid;
export const getsid: Unp['getsid'] = unp.getsid;
export const setpgid: Unp['setpgid'] = unp.setpgid;
export const getpgid: Unp['getpgid'] = unp.getpgid;
export const getpgrp: Unp['getpgrp'] = unp.getpgrp;
export const tcgetpgrp: Unp['tcgetpgrp'] = unp.tcgetpgrp;
export const tcsetpgrp: Unp['tcsetpgrp'] = unp.tcsetpgrp;
export const getuid: Unp['getuid'] = unp.getuid;
export const geteuid: Unp['geteuid'] = unp.geteuid;
export const getgid: Unp['getgid'] = unp.getgid;
export const getegid: Unp['getegid'] = unp.getegid;
export const getgroups: Unp['getgroups'] = unp.getgroups;
export const setuid: Unp['setuid'] = unp.setuid;
export const seteuid: Unp['seteuid'] = unp.seteuid;
export const setgid: Unp['setgid'] = unp.setgid;
export const setegid: Unp['setegid'] = unp.setegid;
export const setreuid: Unp['setreuid'] = unp.setreuid;
export const setregid: Unp['setregid'] = unp.setregid;
export const setresuid: Unp['setresuid'] = unp.setresuid;
export const setresgid: Unp['setresgid'] = unp.setresgid;
export const getresuid: Unp['getresuid'] = unp.getresuid;
export const getresgid: Unp['getresgid'] = unp.getresgid;
export const setgroups: Unp['setgroups'] = unp.setgroups;
export const initgroups: Unp['initgroups'] = unp.initgroups;
export const openpty: Unp['openpty'] = unp.openpty;
export const login_tty: Unp['login_tty'] = unp.login_tty;
export const forkpty: Unp['forkpty'] = unp.forkpty;
export const prctl: Unp['prctl'] = unp.prctl;
export const procctl: Unp['procctl'] = unp.procctl;
export const pidfd_open: Unp['pidfd_open'] = unp.pidfd_open;
export const pidfd_send_signal: Unp['pidfd_send_signal'] = unp.pidfd_send_signal;
export const signalfd: Unp['signalfd'] = unp.signalfd;
export const memfd_create: Unp['memfd_create'] = unp.memfd_create;
