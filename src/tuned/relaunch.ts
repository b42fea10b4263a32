import { existsSync, readFileSync } from 'node:fs';
import { addonFile } from '../addons/files';
import { F_SETFD } from '../constants';
import { SyscallError } from '../errno';
import { native } from '../native';
import { environmentStrings } from '../posix/environment';
import { settings } from './settings';

/** Set for the program that is started, to its own pid: what it starts in turn is not tuned, unless it asks for it. */
const MARK = 'REALFORK_TUNED';
/** What LD_PRELOAD was, for native/heap_region_linux.cc to restore. */
const BEFORE = 'REALFORK_LD_PRELOAD';

/** ld.so(8): libraries that are loaded before all others, so that their mmap(2) is taken. */
function preloaded(): Record<string, string> {
  const library = addonFile('heap_region');
  if (!existsSync(library)) return {}; // on FreeBSD
  const before = process.env['LD_PRELOAD'] ?? '';
  return { LD_PRELOAD: before === '' ? library : `${library}:${before}`, [BEFORE]: before };
}

/**
 * What this process was started with, proc_pid_cmdline(5): `realfork run` gives the program that it runs a process.argv of
 * its own. On FreeBSD there is no such file, and `realfork run` is not started anew by its program.
 */
function commandLine(): string[] {
  const file = '/proc/self/cmdline';
  if (!existsSync(file)) return [process.argv0, ...process.execArgv, ...process.argv.slice(1)];
  return readFileSync(file, 'utf8').split('\0').slice(0, -1);
}

/** A program that came by standard input has been read from there, and cannot be read again. */
const hasProgram = (): boolean =>
  process.argv.length > 1 || process.execArgv.some((arg) => /^(-e|-p|-pe|--eval|--print)\b/.test(arg));

/**
 * Starts this program anew, in this process, with settings that make each fork(2) cost less: execve(2) of the same Node
 * with the same arguments. Returns if that has been done. What was done before is done twice, so it stands first in a
 * program. Not in a worker, and not for a program that came by standard input: there it does nothing.
 *
 * The process stays what it is: its pid, its parent, its standard descriptors. Others that it inherited are closed, as
 * Node marks them close-on-exec at its start, except those to keep.
 *
 * @throws SyscallError of execve(2)
 */
export function relaunchTuned(keep: readonly number[] = []): void {
  const pid = String(process.pid);
  if (process.env[MARK] === pid || !native.isMainThread() || !hasProgram()) return;
  const environment = { ...process.env, ...preloaded(), [MARK]: pid };
  const envp = environmentStrings(environment);
  for (const fd of keep) {
    const result = native.fcntl(fd, F_SETFD, 0);
    if (typeof result === 'number' && result < 0) throw new SyscallError('fcntl', result, [fd, 'F_SETFD', 0]);
  }
  const [argv0 = process.argv0, ...args] = commandLine();
  const argv = [argv0, ...settings(), ...args];
  throw new SyscallError('execve', native.execve(process.execPath, argv, envp), [process.execPath]);
}
