import { WNOWAIT } from './constants';
import { fork } from './fork/fork';
import { tellOfChild } from './fork/forked';
import { type Calls, type NegativeErrno, native } from './native';
import { noticeEnded, noticeReaped } from './spawned-children';
import { watchHandlers } from './thrown-by-handlers';
import type { WaitResult } from './types';

const { _exit, execve, execv, execvp, fexecve, getpid, getppid } = native;
const { setsid, getsid, setpgid, getpgid, getpgrp, tcgetpgrp, tcsetpgrp, openpty, login_tty } = native;
const { getuid, geteuid, getgid, getegid, getgroups, getresuid, getresgid, initgroups, setgroups } = native;
const { setuid, seteuid, setgid, setegid, setreuid, setregid, setresuid, setresgid } = native;
const { prctl, procctl, pidfd_open, pidfd_send_signal, signalfd, memfd_create } = native;
const { kill, raise, sigaction, sigprocmask, sigpending, sigsuspend, pause, alarm } = native;
const { killpg, sigqueue, sigwait, sigwaitinfo, sigtimedwait, siginterrupt, setitimer, getitimer, getrusage } = native;
const { semget, semop, semtimedop, semctl, msgget, msgsnd, msgrcv, msgctl, mmap, munmap } = native;
const { close, read, write, pipe, dup, dup2, sleep, nanosleep, getrlimit, setrlimit } = native;
const { fcntl, poll, ppoll } = native;
const { socket, bind, listen, accept, connect, shutdown, socketpair } = native;
const { open, lseek, flock, mkfifo, umask, readv, writev, pipe2, dup3, accept4 } = native;
const { recv, send, recvfrom, sendto, recvmsg, sendmsg, select, pselect } = native;
const { getsockname, getpeername, getsockopt, setsockopt } = native;

watchHandlers();

/** Where the addon writes a status, read before anything else is called. */
const wstatus = new Int32Array(new ArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

function reaped(pid: number): WaitResult | NegativeErrno {
  if (pid < 0) return pid;
  const result = { pid, status: wstatus[0] ?? 0 };
  noticeReaped(result);
  return result;
}
const wait: Calls['wait'] = () => reaped(native.wait(wstatus));
const waitpid: Calls['waitpid'] = (pid, options) => reaped(native.waitpid(pid, options, wstatus));

const wait3: Calls['wait3'] = (options) => {
  const result = native.wait3(options);
  noticeReaped(result);
  return result;
};
const wait4: Calls['wait4'] = (pid, options) => {
  const result = native.wait4(pid, options);
  noticeReaped(result);
  return result;
};
const waitid: Calls['waitid'] = (idtype, id, options) => {
  const result = native.waitid(idtype, id, options);
  if ((options & WNOWAIT) === 0) noticeEnded(result);
  return result;
};

const posix_spawn: Calls['posix_spawn'] = (...args) => tellOfChild(native.posix_spawn(...args));
const posix_spawnp: Calls['posix_spawnp'] = (...args) => tellOfChild(native.posix_spawnp(...args));

/** Node remembers the working directory, and asks for it again only when it has changed it itself. */
function noticeDirectory(result: number): number {
  if (result === 0 && native.isMainThread()) process.chdir('.');
  return result;
}
const chdir: Calls['chdir'] = (path) => noticeDirectory(native.chdir(path));
const fchdir: Calls['fchdir'] = (fd) => noticeDirectory(native.fchdir(fd));

/** The system calls as they are: the addon's, with the fork that is safe in Node, and waits that say whose child they took. */
export const calls: Calls = {
  ...{ setsid, getsid, setpgid, getpgid, getpgrp, tcgetpgrp, tcsetpgrp, openpty, login_tty },
  ...{ getuid, geteuid, getgid, getegid, getgroups, getresuid, getresgid, initgroups, setgroups },
  ...{ setuid, seteuid, setgid, setegid, setreuid, setregid, setresuid, setresgid },
  ...{ prctl, procctl, pidfd_open, pidfd_send_signal, signalfd, memfd_create },
  ...{ execv, execvp, fexecve, posix_spawn, posix_spawnp },
  ...{ fork, _exit, execve, getpid, getppid, wait, waitpid, wait3, wait4, waitid },
  ...{ kill, raise, sigaction, sigprocmask, sigpending, sigsuspend, pause, alarm },
  ...{ killpg, sigqueue, sigwait, sigwaitinfo, sigtimedwait, siginterrupt, setitimer, getitimer, getrusage },
  ...{ semget, semop, semtimedop, semctl, msgget, msgsnd, msgrcv, msgctl, mmap, munmap },
  ...{ close, read, write, pipe, dup, dup2, sleep, nanosleep, getrlimit, setrlimit },
  ...{ fcntl, poll, ppoll },
  ...{ socket, bind, listen, accept, connect, shutdown, socketpair },
  ...{ open, lseek, flock, mkfifo, umask, chdir, fchdir, readv, writev, pipe2, dup3, accept4 },
  ...{ recv, send, recvfrom, sendto, recvmsg, sendmsg, select, pselect },
  ...{ getsockname, getpeername, getsockopt, setsockopt },
};
