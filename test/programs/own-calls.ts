/** What Linux alone has, and credentials. */
import { readlinkSync } from 'node:fs';
import {
  CLD_EXITED,
  CLD_KILLED,
  close,
  errno,
  errnoName,
  F_GETFD,
  fcntl,
  getegid,
  geteuid,
  getgid,
  getgroups,
  getpid,
  getppid,
  getresgid,
  getresuid,
  getuid,
  initgroups,
  kill,
  lseek,
  MFD_CLOEXEC,
  memfd_create,
  P_PIDFD,
  POLLIN,
  PR_GET_CHILD_SUBREAPER,
  PR_GET_PDEATHSIG,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_PDEATHSIG,
  pause,
  pidfd_open,
  pidfd_send_signal,
  poll,
  prctl,
  procctl,
  read,
  SEEK_SET,
  SFD_CLOEXEC,
  SFD_NONBLOCK,
  SIG_BLOCK,
  SIGCHLD,
  SIGKILL,
  SIGNALFD_SIGINFO_SIZE,
  SIGTERM,
  SIGUSR1,
  SIGUSR2,
  setegid,
  seteuid,
  setgid,
  setgroups,
  setregid,
  setresgid,
  setresuid,
  setreuid,
  setuid,
  signalfd,
  signalfd_siginfo,
  signalName,
  sigprocmask,
  sigqueue,
  WEXITED,
  waitid,
  write,
} from 'realfork/c';
import { untilBlocked } from '../support/proc';
import { inChild, reap, report, scenarios, Word } from '../support/scenarios';

function ok<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

const outcome = (result: unknown): unknown => (result === -1 ? errnoName(errno()) : result);

/** A constant of this system. */
function own(value: number | undefined): number {
  if (value === undefined) throw new Error('not of this system');
  return value;
}

const ids = (): unknown => [getuid(), geteuid(), getgid(), getegid(), getresuid(), getresgid(), getgroups()];

scenarios({
  pidfds() {
    const child = inChild(() => pause());
    const pidfd = ok(pidfd_open(child));
    untilBlocked(child);
    const entry = [{ fd: pidfd, events: POLLIN }];
    report(ok(poll(entry, 0)).map(({ revents }) => revents));
    report(pidfd_send_signal(pidfd, SIGKILL));
    report(ok(poll(entry, -1)).map(({ revents }) => revents === POLLIN));
    const info = ok(waitid(own(P_PIDFD), pidfd, WEXITED));
    report([info.pid === child, info.code === CLD_KILLED, signalName(info.status)]);
    report([
      outcome(pidfd_send_signal(pidfd, 0)),
      close(pidfd),
      outcome(pidfd_open(2 ** 22)),
      outcome(pidfd_open(child)),
    ]);
  },

  memfds() {
    const [fd, closed] = [ok(memfd_create('realfork')), ok(memfd_create('', own(MFD_CLOEXEC)))];
    write(fd, 'kept');
    ok(lseek(fd, 0, SEEK_SET));
    const buffer = Buffer.alloc(8);
    const count = ok(read(fd, buffer));
    report({
      text: buffer.toString('utf8', 0, count),
      flags: [fcntl(fd, F_GETFD), fcntl(closed, F_GETFD)],
      named: readlinkSync(`/proc/self/fd/${fd}`).startsWith('/memfd:realfork'),
    });
  },

  signalfds() {
    sigprocmask(SIG_BLOCK, [SIGUSR1, SIGCHLD]);
    const fd = ok(signalfd(-1, [SIGUSR1, SIGCHLD], own(SFD_CLOEXEC) | own(SFD_NONBLOCK)));
    const buffer = Buffer.alloc(2 * own(SIGNALFD_SIGINFO_SIZE));
    report(outcome(read(fd, buffer)));
    sigqueue(getpid(), SIGUSR1, 42);
    const child = inChild(() => process.exit(9));
    poll([{ fd: -1, events: 0 }], 0);
    const seen: unknown[] = [];
    while (seen.length < 2) {
      poll([{ fd, events: POLLIN }], -1);
      const n = ok(read(fd, buffer));
      for (const { signo, code, pid, status, value } of signalfd_siginfo(buffer.subarray(0, n))) {
        seen.push([signalName(signo), code === CLD_EXITED, pid === child || pid === getpid(), status, value]);
      }
    }
    report(seen);
    report([reap(child), signalfd(fd, [SIGUSR2]) === fd, close(fd), outcome(signalfd(0, []))]);
  },

  /** An orphan's parent is the nearest subreaper. */
  subreaper() {
    const [set, get] = [own(PR_SET_CHILD_SUBREAPER), own(PR_GET_CHILD_SUBREAPER)];
    report([prctl(get), prctl(set, 1), prctl(get)]);
    const [orphaned, main] = [new Word(), getpid()];
    const child = inChild(() => {
      inChild(() => {
        orphaned.await();
        process.exit(getppid() === main ? 3 : 4);
      });
    });
    report(reap(child));
    orphaned.send();
    report(reap(-1));
    report([prctl(set, 0), prctl(get), outcome(prctl(4711)), outcome(procctl(0, 0, 0))]);
  },

  /** The signal that a child gets when its parent ends. */
  parentDeath() {
    prctl(own(PR_SET_CHILD_SUBREAPER), 1);
    const [set, get] = [own(PR_SET_PDEATHSIG), own(PR_GET_PDEATHSIG)];
    const ready = new Word();
    const child = inChild(() => {
      inChild(() => {
        prctl(set, SIGTERM);
        report({ is: signalName(prctl(get)) });
        ready.send();
        pause();
      });
      ready.await();
      kill(getpid(), SIGKILL);
    });
    report(reap(child));
    report(reap(-1));
  },

  credentials() {
    report([getuid() === process.getuid?.(), geteuid() === process.geteuid?.(), getgid() === process.getgid?.()]);
    report([
      getegid() === process.getegid?.(),
      ok(getgroups()).every((group) => process.getgroups?.().includes(group)),
    ]);
    report([getresuid(), { real: getuid(), effective: geteuid(), saved: geteuid() }]);
    report([setuid(getuid()), setreuid(-1, -1), setresuid(-1, -1, -1), setresgid(-1, -1, -1), setregid(-1, -1)]);
  },

  /** As root, in a child: it cannot go back. */
  dropped() {
    report(
      reap(
        inChild(() => {
          report([
            setgroups([1, 2]),
            getgroups(),
            setgid(65534),
            setegid(65534),
            seteuid(65534),
            geteuid(),
            seteuid(0),
          ]);
          report([setuid(65534), ids(), outcome(setuid(0)), outcome(setgid(0)), outcome(setgroups([]))]);
          report(outcome(initgroups('root', 0)));
        }),
      ),
    );
    report([getuid(), geteuid()]);
  },
});
