import { userInfo } from 'node:os';

/** Who a server becomes, by name or number. */
export interface Identity {
  readonly user: string | number;
  readonly group: string | number;
}

const idOf = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text);

/** Missing in Node's own types. */
type WithInitgroups = typeof process & { initgroups?: (user: string | number, extraGroup: string | number) => void };

/** Node has these calls on POSIX systems, and there only. */
function calls() {
  const { geteuid, seteuid, getegid, setegid, setgid, setgroups, initgroups, setuid }: WithInitgroups = process;
  if (!geteuid || !seteuid || !getegid || !setegid || !setgid || !setgroups || !initgroups || !setuid) {
    throw new Error('this system has no setuid');
  }
  return { geteuid, seteuid, getegid, setegid, setgid, setgroups, initgroups, setuid };
}

/** Nobody has a higher one: -1 is "no change" to setuid(2). */
const HIGHEST = 2 ** 32 - 2;

function checkId(id: string | number, what: string): void {
  if (id === '') throw new Error(`no ${what} is named`);
  if (typeof id === 'number' && id > HIGHEST) throw new Error(`${id} is no ${what}: they end with ${HIGHEST}`);
}

/** The group that the password database gives a user. */
function groupOf(user: string | number): number {
  const { geteuid, seteuid } = calls();
  const self = geteuid();
  seteuid(user); // os.userInfo tells of the effective user
  try {
    return userInfo().gid;
  } finally {
    seteuid(self);
  }
}

/** Its number: Node looks names up as it takes them. */
function groupNamed(group: string | number): number {
  if (typeof group === 'number') return group;
  const { getegid, setegid } = calls();
  const self = getegid();
  setegid(group);
  const id = getegid();
  setegid(self);
  return id;
}

function requireUser(user: string | number): void {
  const { geteuid, seteuid } = calls();
  const self = geteuid();
  seteuid(user);
  seteuid(self);
}

/**
 * "nobody", "nobody:nogroup", "65534:65534", looked up before anything is done.
 * @throws Error it is not there, or this process may not become it
 */
export function identity(text: string): Identity {
  const { geteuid } = calls();
  if (geteuid() !== 0) {
    throw new Error(
      `cannot become ${text}: only a server that root has started can, and this one is user ${geteuid()}`,
    );
  }
  const [user, group, ...more] = text.split(':').map(idOf);
  try {
    if (user === undefined || more.length > 0) throw new Error('it must be USER or USER:GROUP');
    checkId(user, 'user');
    if (group === undefined) return { user, group: groupOf(user) };
    checkId(group, 'group');
    requireUser(user);
    return { user, group: groupNamed(group) };
  } catch (error) {
    throw new Error(`cannot become ${text}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** For good: all groups, then the user, and a look whether it is so. setuid(2) of root sets the saved user ID as well. */
export function become({ user, group }: Identity): void {
  const { setgid, setgroups, initgroups, setuid, seteuid } = calls();
  if (typeof user === 'string') initgroups(user, group);
  else setgroups([group]);
  setgid(group);
  setuid(user);
  let isRootStill = true;
  try {
    seteuid(0);
  } catch {
    isRootStill = false; // EPERM, as it must be
  }
  if (isRootStill && user !== 0) throw new Error(`became ${user}, and can still become root`);
}
