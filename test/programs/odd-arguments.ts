/** Arguments that a program with types would not give. */
import {
  AF_UNIX,
  close,
  errno,
  errnoName,
  getpid,
  kill,
  pipe,
  read,
  SA_RESTART,
  SIGUSR1,
  SOCK_STREAM,
  sigaction,
  socketpair,
  write,
} from 'realfork/c';
import { native } from '#src/native.js';
import { errorFacts, thrownBy } from '../support/errors';
import { detached, ODD, sequence } from '../support/odd-values';
import { untilBlocked } from '../support/proc';
import { inChild, reap, report, scenarios, Word } from '../support/scenarios';

function ok<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

/** More than a socket pair holds. */
const SIZE = 1_000_000;

/** Of itself it would end the process, wait for ever, or take away what the others are tried on. */
const EXCLUDED: ReadonlySet<string> = new Set([
  ...['fork', 'forkForClients', '_exit', 'execve'],
  ...['kill', 'raise', 'alarm', 'pause', 'sigsuspend', 'sleep', 'nanosleep'],
  ...['poll', 'ppoll', 'select', 'pselect', 'open', 'mkfifo', 'chdir', 'umask'],
  ...['killpg', 'sigqueue', 'sigwait', 'sigwaitinfo', 'sigtimedwait', 'siginterrupt', 'setitimer'],
  ...['semget', 'semop', 'semtimedop', 'semctl', 'msgget', 'msgsnd', 'msgrcv', 'msgctl'],
  ...[
    'setuid',
    'seteuid',
    'setgid',
    'setegid',
    'setreuid',
    'setregid',
    'setresuid',
    'setresgid',
    'setgroups',
    'initgroups',
  ],
  ...['setsid', 'setpgid', 'tcsetpgrp', 'login_tty', 'execv', 'execvp', 'fexecve', 'posix_spawn', 'posix_spawnp'],
  ...['prctl', 'procctl', 'pidfd_send_signal', 'mmap'],
]);

/** Small descriptors are those of this process: these calls are not tried on them. */
const ON_DESCRIPTORS: ReadonlySet<string> = new Set([
  'close',
  ...['fcntl', 'lseek', 'flock', 'fchdir', 'readv', 'writev', 'dup3', 'accept4'],
  ...['recv', 'send', 'recvfrom', 'sendto', 'recvmsg', 'sendmsg'],
  'dup2',
  'write',
  'read',
  'accept',
  'shutdown',
  'setrlimit',
]);

/** They look at no argument, and take some 50 ms of processor time: tried once. */
const WITHOUT_ARGUMENTS: ReadonlySet<string> = new Set(['gatherHeap']);

const isSmall = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value < 1024;

scenarios({
  detached() {
    const [readfd, writefd] = ok(pipe());
    report({ write: write(writefd, detached()), read: read(readfd, detached()) });
  },

  shared() {
    const [readfd, writefd] = ok(pipe());
    const source = new Uint16Array(new SharedArrayBuffer(4));
    new Uint8Array(source.buffer).set(Buffer.from('abcd'));
    const written = write(writefd, source, 3);
    const target = new DataView(new SharedArrayBuffer(6), 2);
    const count = read(readfd, target);
    report({ written, read: count, text: Buffer.from(target.buffer, 2, 3).toString() });
  },

  detachedByHandler() {
    const main = getpid();
    const [readfd, writefd] = ok(pipe());
    const bytes = new Uint8Array(8);
    sigaction(SIGUSR1, {
      handler() {
        structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
        write(writefd, 'abcdefgh');
      },
      flags: SA_RESTART,
    });
    const helper = inChild(() => {
      untilBlocked(main, readfd);
      kill(main, SIGUSR1);
    });
    const thrown = thrownBy(() => read(readfd, bytes));
    reap(helper);
    report(thrown);
  },

  /** The write blocks: nobody reads until the handler has run. What had been sent before is what it returns. */
  detachedInWrite() {
    const main = getpid();
    const [mine, other] = ok(socketpair(AF_UNIX, SOCK_STREAM));
    const handled = new Word();
    const bytes = new Uint8Array(SIZE).fill(97);
    sigaction(SIGUSR1, {
      handler() {
        structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
        handled.send();
      },
      flags: SA_RESTART,
    });
    const helper = inChild(() => {
      close(mine);
      untilBlocked(main, mine);
      kill(main, SIGUSR1);
      handled.await();
      const buffer = Buffer.alloc(SIZE);
      let got = 0;
      for (let n = 1; n > 0; got += n) n = ok(read(other, buffer.subarray(got)));
      report({ got, same: buffer.subarray(0, got).every((byte) => byte === 97) });
    });
    const written = write(mine, bytes);
    close(mine);
    reap(helper);
    report({ written });
  },

  fuzz() {
    const next = sequence(4711);
    const wrong: unknown[] = [];
    let calls = 0;
    const fine = ['ERR_INVALID_ARG_TYPE', 'ERR_OUT_OF_RANGE', 'ERR_DESCRIPTOR_OF_NODE'];
    const table = native as unknown as Readonly<Record<string, unknown>>;
    for (const [name, call] of Object.entries(table)) {
      if (typeof call !== 'function' || EXCLUDED.has(name)) continue;
      const tries = WITHOUT_ARGUMENTS.has(name) ? 1 : 600;
      for (let i = 0; i < tries; ++i) {
        const args = Array.from({ length: i < ODD.length ? 1 : 1 + next(5) }, (_, at) =>
          i < ODD.length && at === 0 ? ODD[i] : ODD[next(ODD.length)],
        );
        if (ON_DESCRIPTORS.has(name) && args.some(isSmall)) continue;
        calls += 1;
        try {
          (call as (...args: unknown[]) => unknown)(...args);
        } catch (error) {
          const { code, message } = errorFacts(error);
          if (!fine.includes(String(code)) && message !== 'of the proxy') wrong.push([name, code, message]);
        }
      }
    }
    report({ calls, wrong });
    process.exit(0); // whatever it was that they started
  },
});
