/** Ways to become, or to start, another program. */
import { chmodSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import {
  close,
  describeStatus,
  dup2,
  errno,
  errnoName,
  execv,
  execvp,
  fexecve,
  getpgid,
  getpgrp,
  O_CREAT,
  O_RDONLY,
  O_WRONLY,
  open,
  pipe,
  posix_spawn,
  posix_spawnp,
  read,
  SIGPIPE,
  SIGTERM,
  SIGUSR1,
  STDERR_FILENO,
  STDOUT_FILENO,
  sigaction,
  waitpid,
} from 'realfork/c';
import { inChild, reap, report, scenarios } from '../support/scenarios';

function ok<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

const outcome = (result: unknown): unknown => (result === -1 ? errnoName(errno()) : result);

/** Runs `start` in a child whose standard output is a pipe. @returns what it said, and how it ended */
function said(start: (writefd: number) => number): [string, string] {
  const [readfd, writefd] = ok(pipe());
  const child = start(writefd);
  close(writefd);
  let text = '';
  const buffer = Buffer.alloc(4096);
  for (let n = read(readfd, buffer); n > 0; n = read(readfd, buffer)) text += buffer.toString('utf8', 0, n);
  close(readfd);
  return [text, describeStatus(waitpid(child).status)];
}

/** With standard output redirected, in a child of fork. */
const replaced = (become: () => unknown): [string, string] =>
  said((writefd) =>
    inChild(() => {
      ok(dup2(writefd, STDOUT_FILENO));
      become();
      throw new Error(errnoName(errno()));
    }),
  );

const SHELL = '/bin/sh';

scenarios({
  exec() {
    process.env['REALFORK_TEST'] = 'of process.env';
    report(replaced(() => execv(SHELL, ['sh', '-c', 'echo "$0 $REALFORK_TEST"; exit 3'])));
    report(replaced(() => execvp('sh', ['zero', '-c', 'echo "$0"'])));
    report(
      replaced(() => fexecve(ok(open(SHELL, O_RDONLY)), ['sh', '-c', 'echo "$ONLY$REALFORK_TEST"'], ['ONLY=this'])),
    );
    report([execv('/no/file', ['x']), outcome(execvp('no-such-program-here', ['x'])), outcome(fexecve(-1, [], []))]);
    writeFileSync('text', 'echo text');
    report(outcome(execv('text', [])));
    chmodSync('text', 0o755);
    report(outcome(execv('./text', [])));
    unlinkSync('text');
  },

  spawn() {
    const to = (writefd: number) => ({ fileActions: [{ dup2: writefd, to: STDOUT_FILENO }] });
    report(said((writefd) => posix_spawn(SHELL, ['sh', '-c', 'echo "$A"; exit 4'], ['A=b'], to(writefd))));
    report(said((writefd) => posix_spawnp('sh', ['sh', '-c', 'echo found'], [], to(writefd))));
    const file = { open: 'said', to: STDOUT_FILENO, flags: O_WRONLY | O_CREAT };
    const child = posix_spawn(SHELL, ['sh', '-c', 'echo to a file; echo >&2 nowhere'], [], {
      fileActions: [file, { close: STDERR_FILENO }],
    });
    report([describeStatus(waitpid(child).status) !== '', readFileSync('said', 'utf8')]);
    unlinkSync('said');
    report([outcome(posix_spawn('/no/file', ['x'], [])), outcome(posix_spawnp('no-such-program-here', ['x'], []))]);
    report(outcome(posix_spawn(SHELL, ['sh'], [], { fileActions: [{ dup2: 9999, to: STDOUT_FILENO }] })));
  },

  attributes() {
    const child = posix_spawn(SHELL, ['sh', '-c', 'kill -STOP $$'], [], { pgroup: 0 });
    report([getpgid(child) === child, getpgrp() === child]);
    process.kill(child, 'SIGKILL');
    report(reap(child));
    const status = (sigdefault: number[], sigmask: number[]): unknown => {
      const [text] = said((writefd) =>
        posix_spawn('/bin/cat', ['cat', '/proc/self/status'], [], {
          fileActions: [{ dup2: writefd, to: STDOUT_FILENO }],
          ...{ sigdefault, sigmask },
        }),
      );
      const set = (name: string): bigint => BigInt(`0x${new RegExp(`^${name}:\\s*(\\w+)`, 'm').exec(text)?.[1]}`);
      const has = (name: string, signo: number): boolean => ((set(name) >> BigInt(signo - 1)) & 1n) === 1n;
      return {
        ignoresSIGPIPE: has('SigIgn', SIGPIPE),
        blocksSIGTERM: has('SigBlk', SIGTERM),
        catches: set('SigCgt') !== 0n,
      };
    };
    sigaction(SIGUSR1, () => {});
    report(status([], []));
    report(status([SIGPIPE], [SIGTERM]));
  },
});
