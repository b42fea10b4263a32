import type { Calls } from '../native';
import type { Ids } from '../types';
import type { Convention, OrMinusOne } from './convention';

/** Users and groups of this process, as C has them. */
export interface CredentialCalls {
  getuid(): number;
  geteuid(): number;
  getgid(): number;
  getegid(): number;
  getgroups(): OrMinusOne<number[]>;
  getresuid(): OrMinusOne<Ids>;
  getresgid(): OrMinusOne<Ids>;
  setuid(uid: number): number;
  seteuid(euid: number): number;
  setgid(gid: number): number;
  setegid(egid: number): number;
  setreuid(real: number, effective: number): number;
  setregid(real: number, effective: number): number;
  setresuid(real: number, effective: number, saved: number): number;
  setresgid(real: number, effective: number, saved: number): number;
  setgroups(groups: readonly number[]): number;
  initgroups(user: string, group: number): number;
}

export function credentialCalls(calls: Calls, { number, struct }: Convention): CredentialCalls {
  return {
    ...{ getuid: calls.getuid, geteuid: calls.geteuid, getgid: calls.getgid, getegid: calls.getegid },
    getgroups: struct(calls.getgroups),
    getresuid: struct(calls.getresuid),
    getresgid: struct(calls.getresgid),
    setuid: number(calls.setuid),
    seteuid: number(calls.seteuid),
    setgid: number(calls.setgid),
    setegid: number(calls.setegid),
    setreuid: number(calls.setreuid),
    setregid: number(calls.setregid),
    setresuid: number(calls.setresuid),
    setresgid: number(calls.setresgid),
    setgroups: number(calls.setgroups),
    initgroups: number(calls.initgroups),
  };
}
