import { checkRecord, checkText, isArray } from '../checked';
import { SyscallError } from '../errno';
import type { Calls } from '../native';
import type { ForkOptions, Rusage, SignalInfo, SpawnAttributes, WaitResult, WaitUsageResult } from '../types';
import { environmentStrings } from './environment';
import { orThrow } from './or-throw';

/** "NAME=value" each, or an object. */
export type Environment = readonly string[] | Readonly<Record<string, string | undefined>>;

/** Processes: fork(2), wait(2), execve(2) and their kin. */
export interface ProcessCalls {
  /**
   * Makes a child that is a copy of this process, in the same place of the same program.
   * @param options `inheritHandles: false` for a child without what its parent's event loop has; `allowThreads: true` to go
   *   ahead beside threads of a library; `patience`, milliseconds that busy threads may take to come to rest (250; 5,000 for
   *   V8's)
   * @returns the child's process ID in the parent, 0 in the child
   * @throws SyscallError EAGAIN (RLIMIT_NPROC), ENOMEM, EMFILE (RLIMIT_NOFILE below what is open); Error
   *   ERR_FORK_WITH_THREADS, ERR_FORK_THREAD_POOL_BUSY and the others of docs/how-it-works.md, "When fork() refuses";
   *   TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE
   * @see fork(2), UNP 4.7
   */
  fork(options?: ForkOptions): number;

  /**
   * Ends this process at once: no 'exit' listener runs, nothing is flushed.
   * @param status its low eight bits are what the parent's WEXITSTATUS gives
   * @see _exit(2)
   */
  _exit(status: number): never;

  /**
   * Becomes another program: same process, same descriptors (but those marked close-on-exec).
   * Ignored signals stay ignored, SIGPIPE among them, which Node ignores; the mask stays as well.
   * @param path of the program; PATH is not searched
   * @param argv its arguments, the first being its own name
   * @param envp its environment, as "NAME=value" or as an object; this process's if left out
   * @throws SyscallError ENOENT, EACCES, ENOEXEC, E2BIG, ...
   * @see execve(2)
   */
  execve(path: string, argv: readonly string[], envp?: Environment): never;

  /** execve with the environment of process.env. @throws SyscallError as execve. execv(3) */
  execv(path: string, argv: readonly string[]): never;

  /** execv that looks for `file` along PATH, unless it has a slash. @throws SyscallError as execve. execvp(3) */
  execvp(file: string, argv: readonly string[]): never;

  /**
   * execve of an open file.
   * @param fd without FD_CLOEXEC if it is a script: its interpreter opens it again
   * @throws SyscallError as execve; EBADF
   * @see fexecve(3)
   */
  fexecve(fd: number, argv: readonly string[], envp?: Environment): never;

  /**
   * Starts another program in a child. Nothing of this process is copied (as with vfork), so it is cheap however large
   * this one is, and works in a worker_thread too. Its standard descriptors are inherited.
   * @param envp this process's environment if left out
   * @param attributes what the child does before the program begins
   * @returns the child's process ID
   * @throws SyscallError ENOENT, EACCES, ENOEXEC, E2BIG, EAGAIN, ENOMEM, EBADF (a file action), ...
   * @see posix_spawn(3)
   */
  posix_spawn(path: string, argv: readonly string[], envp?: Environment, attributes?: SpawnAttributes): number;

  /** posix_spawn that looks for `file` along PATH. posix_spawnp(3) */
  posix_spawnp(file: string, argv: readonly string[], envp?: Environment, attributes?: SpawnAttributes): number;

  /** @returns this process's ID. getpid(2) */
  getpid(): number;

  /** @returns the parent's process ID; 1, or that of a subreaper, once the parent is gone. getppid(2) */
  getppid(): number;

  /**
   * Waits until a child ends, and reaps it.
   * @throws SyscallError ECHILD if there is none; EINTR
   * @see wait(2)
   */
  wait(): WaitResult;

  /**
   * Waits until a child changes state, and reaps it if it has ended.
   * @param pid a child; -1 any; 0 any of this process group; < -1 any of process group -pid
   * @param options WNOHANG, WUNTRACED, WCONTINUED or'ed; 0 if left out
   * @returns pid 0 if WNOHANG is set and no child has changed state
   * @throws SyscallError ECHILD if there is no such child (with WNOHANG too: in a handler that loops to
   *   the last child use the waitpid of "realfork/c", which returns -1 as C's does); EINTR; EINVAL
   * @see waitpid(2), UNP 5.10
   */
  waitpid(pid: number, options?: number): WaitResult;

  /**
   * Waits for a change of state of a child, which with WNOWAIT stays to be waited for again.
   * @param idtype P_PID, P_PGID, P_ALL; on Linux also P_PIDFD
   * @param id of the process, the group or the descriptor; any for P_ALL
   * @param options WEXITED, WSTOPPED, WCONTINUED, at least one, or'ed with WNOHANG, WNOWAIT
   * @returns code CLD_EXITED, CLD_KILLED, ..., and status; pid 0 if WNOHANG is set and nothing has changed
   * @throws SyscallError ECHILD, EINTR, EINVAL
   * @see waitid(2)
   */
  waitid(idtype: number, id: number, options: number): SignalInfo;

  /** wait4 for any child. wait3(2) */
  wait3(options?: number): WaitUsageResult;

  /** waitpid that tells what the child has used. @throws SyscallError as waitpid. wait4(2) */
  wait4(pid: number, options?: number): WaitUsageResult;

  /** What has been used. @param who RUSAGE_SELF, RUSAGE_CHILDREN (those waited for). @throws SyscallError EINVAL. getrusage(2) */
  getrusage(who: number): Rusage;
}

function environment(call: string, envp: Environment): readonly string[] {
  if (isArray(envp)) return envp;
  checkRecord(call, 'envp', envp);
  for (const [name, value] of Object.entries(envp)) {
    if (value !== undefined) checkText(call, `envp.${name.slice(0, 40)}`, value);
  }
  return environmentStrings(envp);
}

export function processCalls(calls: Calls): ProcessCalls {
  return {
    fork: (...options) => orThrow('fork', calls.fork(...options), ...options),
    _exit: calls._exit, // as it is: a function around it would be compiled in every child
    execve(path, argv, envp = process.env) {
      throw new SyscallError('execve', calls.execve(path, argv, environment('execve', envp)), [path, argv]);
    },
    execv(path, argv) {
      throw new SyscallError('execv', calls.execv(path, argv), [path, argv]);
    },
    execvp(file, argv) {
      throw new SyscallError('execvp', calls.execvp(file, argv), [file, argv]);
    },
    fexecve(fd, argv, envp = process.env) {
      throw new SyscallError('fexecve', calls.fexecve(fd, argv, environment('fexecve', envp)), [fd, argv]);
    },
    posix_spawn: (path, argv, envp = process.env, ...attributes) =>
      orThrow(
        'posix_spawn',
        calls.posix_spawn(path, argv, environment('posix_spawn', envp), ...attributes),
        path,
        argv,
      ),
    posix_spawnp: (file, argv, envp = process.env, ...attributes) =>
      orThrow(
        'posix_spawnp',
        calls.posix_spawnp(file, argv, environment('posix_spawnp', envp), ...attributes),
        file,
        argv,
      ),
    getpid: () => calls.getpid(),
    getppid: () => calls.getppid(),
    wait: () => orThrow('wait', calls.wait()),
    waitpid: (pid, options = 0) => orThrow('waitpid', calls.waitpid(pid, options), pid, options),
    waitid: (idtype, id, options) => orThrow('waitid', calls.waitid(idtype, id, options), idtype, id, options),
    wait3: (options = 0) => orThrow('wait3', calls.wait3(options), options),
    wait4: (pid, options = 0) => orThrow('wait4', calls.wait4(pid, options), pid, options),
    getrusage: (who) => orThrow('getrusage', calls.getrusage(who), who),
  };
}
