import type * as realfork from 'realfork';
import type * as c from 'realfork/c';
import type * as unp from 'realfork/unp';

/** True for the same type and for no other. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Does not compile unless it is given true. */
type Holds<Claim extends true> = Claim;

type Result<Call extends (...args: never[]) => unknown> = ReturnType<Call>;

/** Compiled by tsc before any test runs: what is wrong here does not build. */
type Claims = [
  Holds<Same<Result<typeof realfork.waitpid>, realfork.WaitResult>>,
  Holds<Same<Result<typeof c.waitpid>, realfork.WaitResult>>,
  Holds<Same<Result<typeof realfork.poll>, realfork.PollResult[]>>,
  Holds<Same<Result<typeof c.poll>, realfork.PollResult[] | -1>>,
  Holds<Same<Result<typeof unp.Poll>, realfork.PollResult[]>>,
  Holds<Same<Result<typeof realfork.kill>, void>>,
  Holds<Same<Result<typeof c.kill>, number>>,
  Holds<Same<Result<typeof realfork._exit>, never>>,
  Holds<Same<Result<typeof realfork.execvp>, never>>,
  Holds<Same<Result<typeof c.execvp>, -1>>,
  Holds<Same<Result<typeof realfork.mmap>, ArrayBuffer>>,
  Holds<Same<Result<typeof c.waitid>, realfork.SignalInfo | -1>>,
  Holds<Same<typeof realfork.PR_SET_PDEATHSIG, number | undefined>>,
  Holds<Same<typeof realfork.SIG_DFL, realfork.StandardDisposition>>,
];

function overloads({ fcntl, getsockopt, F_GETLK, F_SETLK, F_GETFL, SO_RCVTIMEO, SO_TYPE }: typeof realfork): void {
  fcntl(3, F_GETLK, { l_type: 0 }) satisfies realfork.FoundFlock;
  fcntl(3, F_SETLK, { l_type: 0 }) satisfies number;
  fcntl(3, F_GETFL) satisfies number;
  getsockopt(3, 1, SO_RCVTIMEO) satisfies realfork.Timeval;
  getsockopt(3, 1, SO_TYPE) satisfies number;
}

function refused({ sigaction, SIGUSR1, bind, ppoll, posix_spawn }: typeof realfork): void {
  // @ts-expect-error a number is no disposition, but for SIG_DFL and SIG_IGN
  sigaction(SIGUSR1, 0);
  // @ts-expect-error an address has a port, or a path
  bind(3, { family: 2, address: '127.0.0.1' });
  // @ts-expect-error a time limit is a struct timespec
  ppoll([], 100);
  // @ts-expect-error dup2 of a file action names its target
  posix_spawn('/bin/true', ['true'], [], { fileActions: [{ dup2: 3 }] });
}

test('the public types are what they are to be: this file compiles', () => {
  const claims: Claims = [true, true, true, true, true, true, true, true, true, true, true, true, true, true];
  expect(claims).not.toContain(false);
  expect([overloads, refused]).toHaveLength(2); /* compiled, not called */
});
