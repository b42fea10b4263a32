import type { Calls } from '../native';
import type { Ids } from '../types';
import { orThrow } from './or-throw';

/**
 * Users and groups of this process, all of its threads. As the system has them: setuid of root sets all three IDs, of
 * others the effective one. Numbers only: names are for the password file. -1, where two or three are set, leaves one.
 */
export interface CredentialCalls {
  /** The real user ID. getuid(2) */
  getuid(): number;
  /** The effective user ID. geteuid(2) */
  geteuid(): number;
  /** The real group ID. getgid(2) */
  getgid(): number;
  /** The effective group ID. getegid(2) */
  getegid(): number;
  /** The supplementary group IDs. getgroups(2) */
  getgroups(): number[];
  /** The user IDs. getresuid(2) */
  getresuid(): Ids;
  /** The group IDs. getresgid(2) */
  getresgid(): Ids;
  /** @throws SyscallError EPERM, EINVAL, EAGAIN. setuid(2), APUE 8.11 */
  setuid(uid: number): void;
  /** @throws SyscallError EPERM, EINVAL. seteuid(2) */
  seteuid(euid: number): void;
  /** @throws SyscallError EPERM, EINVAL. Before setuid, which takes the right to it away. setgid(2) */
  setgid(gid: number): void;
  /** @throws SyscallError EPERM, EINVAL. setegid(2) */
  setegid(egid: number): void;
  /** @throws SyscallError EPERM, EINVAL, EAGAIN. setreuid(2) */
  setreuid(real: number, effective: number): void;
  /** @throws SyscallError EPERM, EINVAL. setregid(2) */
  setregid(real: number, effective: number): void;
  /** @throws SyscallError EPERM, EINVAL, EAGAIN. setresuid(2) */
  setresuid(real: number, effective: number, saved: number): void;
  /** @throws SyscallError EPERM, EINVAL. setresgid(2) */
  setresgid(real: number, effective: number, saved: number): void;
  /** @throws SyscallError EPERM, EINVAL. setgroups(2) */
  setgroups(groups: readonly number[]): void;
  /** Those that the group file gives `user`, and `group`. @throws SyscallError EPERM, ENOMEM. initgroups(3) */
  initgroups(user: string, group: number): void;
}

export function credentialCalls(calls: Calls): CredentialCalls {
  return {
    getuid: () => calls.getuid(),
    geteuid: () => calls.geteuid(),
    getgid: () => calls.getgid(),
    getegid: () => calls.getegid(),
    getgroups: () => orThrow('getgroups', calls.getgroups()),
    getresuid: () => orThrow('getresuid', calls.getresuid()),
    getresgid: () => orThrow('getresgid', calls.getresgid()),
    setuid: (uid) => void orThrow('setuid', calls.setuid(uid), uid),
    seteuid: (euid) => void orThrow('seteuid', calls.seteuid(euid), euid),
    setgid: (gid) => void orThrow('setgid', calls.setgid(gid), gid),
    setegid: (egid) => void orThrow('setegid', calls.setegid(egid), egid),
    setreuid: (real, effective) => void orThrow('setreuid', calls.setreuid(real, effective), real, effective),
    setregid: (real, effective) => void orThrow('setregid', calls.setregid(real, effective), real, effective),
    setresuid: (real, effective, saved) =>
      void orThrow('setresuid', calls.setresuid(real, effective, saved), real, effective, saved),
    setresgid: (real, effective, saved) =>
      void orThrow('setresgid', calls.setresgid(real, effective, saved), real, effective, saved),
    setgroups: (groups) => void orThrow('setgroups', calls.setgroups(groups), groups),
    initgroups: (user, group) => void orThrow('initgroups', calls.initgroups(user, group), user, group),
  };
}
