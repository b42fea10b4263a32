import { native } from './native';

/** The macros that read what wait(2) and waitpid(2) give as status. waitpid(2). */

/** True if the child ended by itself: _exit(2), exit, or falling off its end. */
export const WIFEXITED = (status: number): boolean => native.WIFEXITED(status);
/** The low eight bits of its exit status. Only if WIFEXITED. */
export const WEXITSTATUS = (status: number): number => native.WEXITSTATUS(status);
/** True if a signal ended the child. */
export const WIFSIGNALED = (status: number): boolean => native.WIFSIGNALED(status);
/** That signal. Only if WIFSIGNALED. */
export const WTERMSIG = (status: number): number => native.WTERMSIG(status);
/** True if it left a core. Only if WIFSIGNALED. */
export const WCOREDUMP = (status: number): boolean => native.WCOREDUMP(status);
/** True if the child is stopped (WUNTRACED). */
export const WIFSTOPPED = (status: number): boolean => native.WIFSTOPPED(status);
/** The signal that stopped it. Only if WIFSTOPPED. */
export const WSTOPSIG = (status: number): number => native.WSTOPSIG(status);
/** True if SIGCONT let the child go on (WCONTINUED). */
export const WIFCONTINUED = (status: number): boolean => native.WIFCONTINUED(status);
