/** Arguments that a program with types would not give. */
import {
  AF_INET,
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
import { untilBlocked } from '../support/proc';
import { inChild, reap, report, scenarios, Word } from '../support/scenarios';

function ok<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

/** More than a socket pair holds. */
const SIZE = 1_000_000;

function detached(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

/** Of itself it would end the process, wait for ever, or take away what the others are tried on. */
const EXCLUDED: ReadonlySet<string> = new Set([
  ...['fork', '_exit', 'execve', 'kill', 'raise', 'alarm', 'pause', 'sigsuspend', 'sleep', 'nanosleep'],
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

const ODD: readonly unknown[] = [
  ...[
    undefined,
    null,
    true,
    false,
    '',
    'x',
    'a\0b',
    'x'.repeat(10_000),
    '→',
    '\ud800',
    1n,
    -1n,
    Symbol('s'),
    Symbol.iterator,
  ],
  ...[0, -0, 1, 2, 3, -1, 17, 255, 65_536, 0.5, -0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ...[2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 32, 2 ** 53, 2 ** 63, 1e308, Number.MIN_VALUE],
  ...[
    () => {},
    class {},
    function* () {},
    async () => {},
    new Date(0),
    /x/,
    new Map(),
    new Set([1]),
    new Error('x'),
    Promise.resolve(),
  ],
  ...[
    {},
    [],
    [1],
    [[]],
    [undefined],
    new Array(5),
    [0],
    [1.5],
    ['x'],
    [65],
    Array(10_000).fill(1),
    Object.create(null),
  ],
  ...[new Proxy({}, {}), new Proxy([], {}), new Proxy(() => {}, {}), new Proxy({}, { get: () => 1 })],
  new Proxy(
    {},
    {
      get() {
        throw new Error('of the proxy');
      },
    },
  ),
  ...[{ family: AF_INET }, { family: AF_INET, address: 'x', port: 1 }, { family: AF_UNIX, path: 'x'.repeat(200) }],
  ...[
    { family: AF_UNIX, path: 5 },
    { family: -1 },
    { family: 0.5, address: '::' },
    { family: AF_INET, address: '', port: {} },
  ],
  ...[{ tv_sec: -1, tv_usec: 0 }, { tv_sec: 'x' }, { l_onoff: 2 ** 40 }, { rlim_cur: -1, rlim_max: 2 }, { handler: 5 }],
  ...[
    { handler: () => {}, mask: [0] },
    { handler: () => {}, flags: {} },
    { handler: {}, mask: 'x' },
  ],
  ...[
    new ArrayBuffer(4),
    new SharedArrayBuffer(4),
    new Uint8Array(0),
    new Uint8Array(4),
    new Float64Array(2),
    new BigInt64Array(2),
  ],
  ...[new DataView(new ArrayBuffer(3), 1), Buffer.alloc(3), new Uint8Array(new SharedArrayBuffer(3)), detached()],
  ...[
    Object.freeze({}),
    Object.freeze([1]),
    globalThis,
    process,
    Math,
    WeakMap,
    new WeakRef({}),
    new Proxy(new Uint8Array(2), {}),
  ],
];

/** A generator of numbers below `bound` that gives the same ones every time. Knuth, TAOCP 2, 3.3.4 */
function sequence(): (bound: number) => number {
  let state = 4711;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % bound;
  };
}

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
    const next = sequence();
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
