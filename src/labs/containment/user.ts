import { execFileSync } from 'node:child_process';

/** Whom a program runs as. Only root may choose. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** By id(1), which asks whatever the machine knows its users from. @throws if there is no such user */
export function findUser(name: string): User {
  const ask = (what: string): number => {
    try {
      return Number(execFileSync('id', [what, '--', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    } catch {
      throw new Error(`there is no user ${name}`);
    }
  };
  return { name, uid: ask('-u'), gid: ask('-g') };
}
