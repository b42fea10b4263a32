/** Cases of the Linux Test Project: testcases/kernel/syscalls. */
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { openSync, readFileSync, unlinkSync } from 'node:fs';
import {
  AF_INET,
  AF_UNIX,
  accept,
  alarm,
  CLD_CONTINUED,
  CLD_EXITED,
  CLD_STOPPED,
  close,
  EBADF,
  EINVAL,
  ENOTSOCK,
  EOPNOTSUPP,
  errno,
  errnoName,
  fork,
  getpgrp,
  getpid,
  getrlimit,
  kill,
  lseek,
  O_CREAT,
  O_DIRECTORY,
  O_RDONLY,
  O_RDWR,
  open,
  P_ALL,
  P_PID,
  pause,
  pidfd_open,
  pipe,
  RLIMIT_NOFILE,
  raise,
  read,
  SA_RESETHAND,
  SA_SIGINFO,
  SEEK_CUR,
  SEEK_SET,
  SIG_BLOCK,
  SIG_DFL,
  SIGALRM,
  SIGCHLD,
  SIGCONT,
  SIGINT,
  SIGKILL,
  SIGRTMAX,
  SIGSTOP,
  SIGUSR1,
  SIGUSR2,
  type SignalInfo,
  SOCK_DGRAM,
  SOCK_STREAM,
  setpgid,
  setrlimit,
  sigaction,
  signalfd,
  sigprocmask,
  sigsuspend,
  socket,
  socketpair,
  WCONTINUED,
  WEXITED,
  WEXITSTATUS,
  WIFEXITED,
  WIFSTOPPED,
  WNOHANG,
  WNOWAIT,
  WSTOPPED,
  WSTOPSIG,
  WUNTRACED,
  wait,
  wait4,
  waitid,
  waitpid,
  write,
} from 'realfork/c';
import { untilBlocked, untilEnded } from '../../support/proc';
import { inChild, scenarios, Word } from '../../support/scenarios';

/** A call failed with this error. */
function fails(result: number | object, code: string): void {
  const minusOne = typeof result === 'object' && 'pid' in result ? result.pid : result;
  equal(minusOne, -1);
  equal(errnoName(errno()), code);
}

function done<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

/** A child that ends with `status` when it is told to. */
class Waiting {
  readonly go = new Word();
  readonly pid: number;

  constructor(status: number, before: () => void = () => {}) {
    this.pid = inChild(() => {
      before();
      this.go.await();
      process.exit(status);
    });
  }

  end(): void {
    this.go.send();
  }
}

function endsWith(pid: number, status: number, options = 0): void {
  const result = waitpid(pid, options);
  equal(result.pid, pid);
  ok(WIFEXITED(result.status));
  equal(WEXITSTATUS(result.status), status);
}

/** Two groups of children: those of this one, and those of the first of the others. */
function twoGroups(): { own: Waiting[]; others: Waiting[] } {
  const own = [new Waiting(3), new Waiting(3)];
  const leader = new Waiting(3);
  const others = [leader, new Waiting(3)];
  for (const { pid } of others) equal(setpgid(pid, leader.pid), 0);
  return { own, others };
}

function pidsOf(waiting: readonly Waiting[]): number[] {
  return waiting.map(({ pid }) => pid).sort((a, b) => a - b);
}

/** All that waiting for `pid` gives, to ECHILD. */
function waitedFor(pid: number, options = 0): number[] {
  const pids: number[] = [];
  for (;;) {
    const result = waitpid(pid, options);
    if (result.pid === -1) break;
    if (WIFSTOPPED(result.status)) {
      equal(WSTOPSIG(result.status), SIGSTOP);
      kill(result.pid, SIGCONT);
      continue;
    }
    equal(WEXITSTATUS(result.status), 3);
    pids.push(result.pid);
  }
  equal(errnoName(errno()), 'ECHILD');
  return pids.sort((a, b) => a - b);
}

scenarios({
  fork01() {
    const [readfd, writefd] = done(pipe());
    const pid = fork();
    if (pid === 0) {
      write(writefd, String(getpid()));
      process.exit(42);
    }
    endsWith(pid, 42);
    const buffer = Buffer.alloc(20);
    equal(Number(buffer.toString('utf8', 0, read(readfd, buffer))), pid);
  },

  fork03() {
    const memory = new Float64Array(100_000).fill(1);
    const pid = inChild(() => {
      for (let i = 1; i < memory.length; ++i) memory[i] = Math.sqrt((memory[i - 1] ?? 0) + i);
      ok((memory.at(-1) ?? 0) > 300);
    });
    endsWith(pid, 0);
    ok(memory.every((value) => value === 1));
  },

  fork04() {
    process.env['REALFORK_LTP'] = 'of the parent';
    const pid = inChild(() => {
      equal(process.env['REALFORK_LTP'], 'of the parent');
      process.env['REALFORK_LTP'] = 'of the child';
      delete process.env['PATH'];
    });
    endsWith(pid, 0);
    equal(process.env['REALFORK_LTP'], 'of the parent');
    notEqual(process.env['PATH'], undefined);
  },

  fork09() {
    setrlimit(RLIMIT_NOFILE, { ...done(getrlimit(RLIMIT_NOFILE)), rlim_cur: 100 });
    const files: number[] = [];
    for (let fd = open('/dev/null', O_RDONLY); fd !== -1; fd = open('/dev/null', O_RDONLY)) files.push(fd);
    equal(errnoName(errno()), 'EMFILE');
    const pid = inChild(() => {
      fails(open('/dev/null', O_RDONLY), 'EMFILE');
      for (const fd of files) equal(close(fd), 0);
      for (const fd of files) equal(open('/dev/null', O_RDONLY), fd);
      fails(open('/dev/null', O_RDONLY), 'EMFILE');
    });
    endsWith(pid, 0);
    for (const fd of files) equal(close(fd), 0);
  },

  fork10() {
    const fd = done(open('file', O_RDWR | O_CREAT));
    write(fd, 'abcdefgh');
    const pid = inChild(() => {
      equal(lseek(fd, 2, SEEK_SET), 2);
      equal(read(fd, new Uint8Array(2)), 2);
    });
    endsWith(pid, 0);
    equal(lseek(fd, 0, SEEK_CUR), 4);
    const buffer = Buffer.alloc(1);
    read(fd, buffer);
    equal(buffer.toString(), 'e');
    unlinkSync('file');
  },

  exit02() {
    const text = 'abcdefghijklmnopqrstuvwxyz';
    const pid = inChild(() => {
      equal(write(done(open('file', O_RDWR | O_CREAT)), text), text.length);
      process.exit(0);
    });
    endsWith(pid, 0);
    equal(readFileSync('file', 'utf8'), text);
    unlinkSync('file');
  },

  waitpid03() {
    const children = Array.from({ length: 10 }, (_, i) => new Waiting(i + 1));
    for (const child of children) child.end();
    for (const [i, { pid }] of [...children.entries()].reverse()) endsWith(pid, i + 1);
    fails(waitpid(-1), 'ECHILD');
  },

  waitpid07() {
    const child = new Waiting(0);
    equal(waitpid(-1, WNOHANG).pid, 0);
    child.end();
    endsWith(child.pid, 0);
  },

  waitpid08() {
    const { own, others } = twoGroups();
    const all = [...own, ...others, ...Array.from({ length: 4 }, () => new Waiting(3))];
    equal(waitpid(-1, WNOHANG | WUNTRACED).pid, 0);
    for (const child of all) child.end();
    deepEqual(waitedFor(-1, WUNTRACED), pidsOf(all));
    fails(waitpid(-1, WUNTRACED), 'ECHILD');
  },

  waitpid09() {
    const main = new Word();
    const child = inChild(() => {
      let interrupted = false;
      sigaction(SIGINT, () => {
        interrupted = true;
      });
      main.send();
      while (!interrupted) pause();
    });
    main.await();
    equal(waitpid(child, WNOHANG).pid, 0);
    /* Again and again: one that comes just before pause() is missed. */
    while (waitpid(child, WNOHANG).pid === 0) kill(child, SIGINT);
    fails(waitpid(child), 'ECHILD');
    fails(waitpid(child, WNOHANG), 'ECHILD');
    const second = inChild(() => {});
    untilEnded(second);
    endsWith(second, 0, WNOHANG);
  },

  waitpid10() {
    const pids = Array.from({ length: 6 }, (_, i) =>
      inChild(() => {
        let sum = 0;
        for (let n = 0; n < 200_000 * (i + 1); ++n) sum += n % 7;
        process.exit(sum > 0 ? i + 1 : 99);
      }),
    );
    const found = new Map(
      pids.map((): [number, number] => {
        const { pid, status } = wait();
        return [pid, WEXITSTATUS(status)];
      }),
    );
    deepEqual(
      pids.map((pid) => found.get(pid)),
      [1, 2, 3, 4, 5, 6],
    );
  },

  waitpid11() {
    const { own, others } = twoGroups();
    for (const child of [...own, ...others]) child.end();
    deepEqual(waitedFor(-(others[0]?.pid ?? 0)), pidsOf(others));
    deepEqual(waitedFor(0), pidsOf(own));
    fails(waitpid(-1), 'ECHILD');
  },

  waitpid12() {
    const { own, others } = twoGroups();
    for (const { pid } of [...own, ...others]) kill(pid, SIGSTOP);
    for (const child of [...own, ...others]) child.end();
    deepEqual(waitedFor(-(others[0]?.pid ?? 0), WUNTRACED), pidsOf(others));
    deepEqual(waitedFor(0, WUNTRACED), pidsOf(own));
  },

  waitpid13() {
    const { own, others } = twoGroups();
    const group = -(others[0]?.pid ?? 0);
    equal(waitpid(group, WNOHANG | WUNTRACED).pid, 0);
    equal(waitpid(-getpgrp(), WNOHANG | WUNTRACED).pid, 0);
    for (const child of own) child.end();
    for (const { pid } of own) untilEnded(pid);
    equal(waitpid(group, WNOHANG).pid, 0);
    deepEqual(waitedFor(0, WNOHANG), pidsOf(own));
    for (const child of others) child.end();
    deepEqual(waitedFor(group), pidsOf(others));
  },

  wait01() {
    fails(wait(), 'ECHILD');
  },

  wait02() {
    const pid = inChild(() => process.exit(1));
    const result = wait();
    deepEqual([result.pid, WEXITSTATUS(result.status)], [pid, 1]);
  },

  wait402() {
    fails(wait4(getpid()), 'ECHILD');
    fails(wait4(1), 'ECHILD');
  },

  waitid01() {
    const pid = inChild(() => process.exit(0x123));
    const { signo, code, status, ...info } = done(waitid(P_ALL, 0, WEXITED));
    deepEqual([info.pid, signo, code, status], [pid, SIGCHLD, CLD_EXITED, 0x23]);
  },

  waitid04() {
    const child = new Waiting(0);
    equal(done(waitid(P_ALL, child.pid, WNOHANG | WEXITED)).pid, 0);
    child.end();
    endsWith(child.pid, 0);
  },

  waitid07() {
    const child = new Waiting(0);
    kill(child.pid, SIGSTOP);
    for (const options of [WSTOPPED | WNOWAIT, WSTOPPED | WNOWAIT, WSTOPPED]) {
      const { pid, code, status } = done(waitid(P_PID, child.pid, options));
      deepEqual([pid, code, status], [child.pid, CLD_STOPPED, SIGSTOP]);
    }
    equal(done(waitid(P_PID, child.pid, WSTOPPED | WNOHANG)).pid, 0);
    kill(child.pid, SIGCONT);
    child.end();
    endsWith(child.pid, 0);
  },

  waitid08() {
    const child = new Waiting(0);
    kill(child.pid, SIGSTOP);
    done(waitid(P_PID, child.pid, WSTOPPED));
    kill(child.pid, SIGCONT);
    const { pid, code, status } = done(waitid(P_PID, child.pid, WCONTINUED));
    deepEqual([pid, code, status], [child.pid, CLD_CONTINUED, SIGCONT]);
    child.end();
    endsWith(child.pid, 0);
  },

  sigaction01() {
    for (const flags of [SA_RESETHAND | SA_SIGINFO, SA_RESETHAND]) {
      const seen: unknown[] = [];
      const handler = (signo: number, info?: SignalInfo): void => {
        const masked = done(sigprocmask(SIG_BLOCK)).includes(signo);
        seen.push([signo, info?.signo, masked, done(sigaction(signo)).handler === SIG_DFL]);
      };
      equal(typeof sigaction(SIGUSR2, { handler, flags }), 'object');
      raise(SIGUSR2);
      deepEqual(seen, [[SIGUSR2, (flags & SA_SIGINFO) !== 0 ? SIGUSR2 : undefined, true, true]]);
    }
  },

  sigaction02() {
    for (const signo of [SIGKILL, SIGSTOP, -1, 0, SIGRTMAX + 1])
      fails(
        sigaction(signo, () => {}),
        'EINVAL',
      );
  },

  pause01() {
    let ran = 0;
    sigaction(SIGINT, () => {
      ran += 1;
    });
    const main = getpid();
    const pid = inChild(() => {
      untilBlocked(main);
      kill(main, SIGINT);
    });
    fails(pause(), 'EINTR');
    equal(ran, 1);
    endsWith(pid, 0);
  },

  sigsuspend01() {
    let ran = 0;
    sigaction(SIGALRM, () => {
      ran += 1;
    });
    sigprocmask(SIG_BLOCK, [SIGALRM, SIGUSR1]);
    alarm(1);
    fails(sigsuspend([]), 'EINTR');
    deepEqual([ran, sigprocmask(SIG_BLOCK)], [1, [SIGUSR1, SIGALRM].sort((a, b) => a - b)]);
  },

  accept03() {
    const [readfd, writefd] = done(pipe());
    const [connected] = done(socketpair(AF_UNIX, SOCK_STREAM));
    const fds: readonly [number, number][] = [
      [openSync('/dev/zero', 'r'), ENOTSOCK],
      [openSync('/proc/self/maps', 'r'), ENOTSOCK],
      [done(open('/', O_RDONLY | O_DIRECTORY)), ENOTSOCK],
      [readfd, ENOTSOCK],
      [writefd, ENOTSOCK],
      [done(pidfd_open(getpid())), ENOTSOCK],
      [done(signalfd(-1, [])), ENOTSOCK],
      [done(socket(AF_INET, SOCK_STREAM)), EINVAL],
      [done(socket(AF_UNIX, SOCK_STREAM)), EINVAL],
      [connected, EINVAL],
      [done(socket(AF_INET, SOCK_DGRAM)), EOPNOTSUPP],
      [-1, EBADF],
    ];
    for (const [fd, expected] of fds) {
      equal(accept(fd), -1);
      equal(errno(), expected); /* not by name: EOPNOTSUPP is ENOTSUP too, on some systems */
    }
  },

  close01() {
    const [readfd, writefd] = done(pipe());
    for (const fd of [openSync('/dev/null', 'r'), readfd, writefd, done(socket(AF_INET, SOCK_STREAM))]) {
      equal(close(fd), 0);
      fails(read(fd, new Uint8Array(1)), 'EBADF');
    }
  },

  close02() {
    fails(close(-1), 'EBADF');
    fails(close(9999), 'EBADF');
  },
});
