import { readdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { calls } from '../../calls';
import {
  F_SETFD,
  FD_CLOEXEC,
  RLIMIT_CORE,
  RLIMIT_CPU,
  RLIMIT_FSIZE,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  SIG_DFL,
  STDERR_FILENO,
  STDIN_FILENO,
} from '../../constants';
import { SyscallError } from '../../errno';
import { dieWithParent } from '../../fork/die-with-parent';
import { IGNORED_BY_NODE } from '../../fork/listeners';
import { allProcesses } from '../../observe/processes';
import { EVENTS, type Limits, type Plan } from './plan';
import { threadsOfMachine } from './threads';
import type { User } from './user';

/** Of a Node with its workers and its pool, at most. */
const THREADS_OF_A_PROCESS = 12;

function must(syscall: string, result: number): void {
  if (result < 0) throw new SyscallError(syscall, result);
}

function limit(resource: number, most: number): void {
  const now = calls.getrlimit(resource);
  // One that was lower before stays: only root may raise it.
  const value = Math.min(most, typeof now === 'number' ? most : now.rlim_max);
  must('setrlimit', calls.setrlimit(resource, { rlim_cur: value, rlim_max: value }));
}

function limitAll({ cpuSeconds, descriptors, fileSize, processes }: Limits): void {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, cpuSeconds);
  limit(RLIMIT_FSIZE, fileSize);
  limit(RLIMIT_NOFILE, descriptors);
  // It counts all that the user has, on Linux each thread: beside what there is now there is room for so many. It does
  // not hold for root.
  const threads = threadsOfMachine();
  limit(
    RLIMIT_NPROC,
    threads === undefined ? allProcesses().length + processes : threads + processes * THREADS_OF_A_PROCESS,
  );
}

/** All but the standard ones, whoever has left them open to the grader: a shell, make. */
function closeOnExec(): void {
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (fd > STDERR_FILENO) calls.fcntl(fd, F_SETFD, FD_CLOEXEC); // EBADF: that of the list itself
  }
}

/** For good: what it was is not kept as the saved user id. */
function becomeUser({ name, uid, gid }: User): void {
  must('initgroups', calls.initgroups(name, gid));
  must('setgid', calls.setgid(gid));
  must('setuid', calls.setuid(uid));
}

/** @param warden its parent. In a child of the warden's, before it is anything else: a session of its own, limits, then execve(2). */
export function becomeProgram(warden: number, plan: Plan): never {
  const { command, env, directory, limits, cgroups, user, hasTerminal, hasEvents } = plan;
  try {
    // login_tty: setsid, and the terminal becomes that of the new session.
    if (hasTerminal) must('login_tty', calls.login_tty(STDIN_FILENO));
    else must('setsid', calls.setsid());
    for (const cgroup of cgroups) writeFileSync(join(cgroup, 'cgroup.procs'), '0');
    limitAll(limits);
    must('chdir', calls.chdir(directory));
    if (user !== undefined) becomeUser(user);
    // A program that kills the warden has no time to kill whom it would have for a parent then: the grader.
    dieWithParent(warden);
    // An ignored signal stays ignored: a program of another language is to have them as a shell gives them.
    for (const signo of IGNORED_BY_NODE) calls.sigaction(signo, SIG_DFL);
    closeOnExec();
    if (hasEvents) must('fcntl', Number(calls.fcntl(EVENTS, F_SETFD, 0)));
    const [file = ''] = command;
    const environment = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    must('execve', calls.execve(file, command, environment));
  } catch (error) {
    writeSync(STDERR_FILENO, `the program could not be started: ${String(error)}\n`);
  }
  calls._exit(127);
}
