import { fork } from './fork/fork';
import { type Calls, native } from './native';

const { _exit, execve, getpid, getppid, wait, waitpid } = native;
const { kill, raise, sigaction, sigprocmask, sigpending, sigsuspend, pause, alarm } = native;
const { close, read, write, pipe, dup, dup2, sleep, nanosleep, getrlimit, setrlimit } = native;
const { socket, bind, listen, accept, connect, shutdown, socketpair } = native;
const { getsockname, getpeername, getsockopt, setsockopt } = native;

/** The system calls as they are: the addon's, with the fork that is safe in Node. */
export const calls: Calls = {
  ...{ fork, _exit, execve, getpid, getppid, wait, waitpid },
  ...{ kill, raise, sigaction, sigprocmask, sigpending, sigsuspend, pause, alarm },
  ...{ close, read, write, pipe, dup, dup2, sleep, nanosleep, getrlimit, setrlimit },
  ...{ socket, bind, listen, accept, connect, shutdown, socketpair },
  ...{ getsockname, getpeername, getsockopt, setsockopt },
};
