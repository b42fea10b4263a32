/** Cases of PHP: ext/pcntl/tests. */
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import {
  CLD_KILLED,
  errno,
  errnoName,
  getpid,
  getuid,
  kill,
  P_PID,
  pause,
  SA_RESTART,
  SI_USER,
  SIG_BLOCK,
  SIG_SETMASK,
  SIGALRM,
  SIGCHLD,
  SIGCONT,
  SIGINT,
  SIGSTOP,
  SIGTERM,
  SIGUSR1,
  sigaction,
  sigprocmask,
  sigsuspend,
  sigtimedwait,
  sigwaitinfo,
  sleep,
  WCONTINUED,
  WEXITED,
  WEXITSTATUS,
  WIFEXITED,
  WIFSIGNALED,
  WIFSTOPPED,
  WSTOPPED,
  WSTOPSIG,
  WTERMSIG,
  WUNTRACED,
  waitid,
  waitpid,
} from 'realfork/c';
import { untilBlocked } from '../../support/proc';
import { inChild, reap, scenarios, Word } from '../../support/scenarios';

function done<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

scenarios({
  '001'() {
    const exited = waitpid(inChild(() => process.exit(-1))).status;
    deepEqual([WIFEXITED(exited), WEXITSTATUS(exited)], [true, 255]);
    const running = (): void => {
      for (;;) pause();
    };
    const killed = inChild(running);
    kill(killed, SIGTERM);
    const { status } = waitpid(killed);
    deepEqual([WIFSIGNALED(status), WTERMSIG(status)], [true, SIGTERM]);
    const stopped = inChild(running);
    kill(stopped, SIGSTOP);
    const stop = waitpid(stopped, WUNTRACED).status;
    deepEqual([WIFSTOPPED(stop), WSTOPSIG(stop)], [true, SIGSTOP]);
    kill(stopped, SIGCONT);
    kill(stopped, SIGTERM);
    equal(reap(stopped), 'killed by SIGTERM');
  },

  '002'() {
    const child = inChild(() => {
      sigprocmask(SIG_BLOCK, [SIGINT]);
      sigtimedwait([SIGINT], { tv_sec: 60, tv_nsec: 0 });
    });
    sigprocmask(SIG_BLOCK, [SIGCHLD, SIGTERM]);
    const blocked = done(sigprocmask(SIG_BLOCK, []));
    ok(blocked.includes(SIGCHLD) && blocked.includes(SIGTERM));
    kill(getpid(), SIGTERM);
    const own = done(sigwaitinfo([SIGTERM]));
    deepEqual([own.signo, own.code, own.pid], [SIGTERM, SI_USER, getpid()]);
    kill(child, SIGTERM);
    const { signo, code, pid, uid, status } = done(sigwaitinfo([SIGCHLD]));
    deepEqual([signo, code, pid, uid, status], [SIGCHLD, CLD_KILLED, child, getuid(), SIGTERM]);
    reap(child);
    equal(sigprocmask(2 ** 31 - 1, [SIGTERM]), -1);
    equal(errnoName(errno()), 'EINVAL');
    throws(() => sigprocmask(SIG_SETMASK, [0]), RangeError);
    throws(() => sigwaitinfo([0]), RangeError);
    throws(() => sigtimedwait([SIGTERM], { tv_sec: 2 ** 53, tv_nsec: 0 }), RangeError);
  },

  pcntl_waitid() {
    const child = inChild(() => {
      sigprocmask(SIG_BLOCK, [SIGUSR1]);
      sigaction(SIGUSR1, () => process.exit(42));
      kill(getpid(), SIGSTOP);
      sigsuspend([]);
    });
    equal(waitid(P_PID, child, 0), -1);
    equal(errnoName(errno()), 'EINVAL');
    equal(done(waitid(P_PID, child, WSTOPPED)).pid, child);
    kill(child, SIGCONT);
    equal(done(waitid(P_PID, child, WCONTINUED)).pid, child);
    kill(child, SIGUSR1);
    equal(done(waitid(P_PID, child, WEXITED)).status, 42);
  },

  signal_return_interrupt_syscall() {
    let handled = 0;
    sigaction(SIGALRM, () => {
      handled += 1;
    });
    const main = getpid();
    /* Not by alarm(1): if it rings before the sleep has begun, nothing interrupts that. */
    const child = inChild(() => {
      untilBlocked(main);
      kill(main, SIGALRM);
    });
    ok(sleep(60) > 50);
    equal(handled, 1);
    equal(reap(child), 'exited 0');
  },

  signal_restart_syscall() {
    let handled = 0;
    const main = getpid();
    const handledWord = new Word();
    sigaction(SIGUSR1, {
      handler() {
        handled += 1;
        handledWord.send();
      },
      flags: SA_RESTART,
    });
    const child = inChild(() => {
      untilBlocked(main);
      kill(main, SIGUSR1);
      handledWord.await();
      process.exit(9);
    });
    const { pid, status } = waitpid(child);
    deepEqual([pid, WEXITSTATUS(status), handled], [child, 9, 1]);
  },
});
