/** Cases of Perl: ext/POSIX/t/sigaction.t, waitpid.t, t/op/sigdispatch.t, errnosig. */
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import {
  close,
  errno,
  errnoName,
  getpid,
  kill,
  type NewSignalAction,
  pipe,
  read,
  SA_SIGINFO,
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGCONT,
  SIGHUP,
  SIGKILL,
  SIGRTMAX,
  SIGRTMIN,
  SIGUSR1,
  SIGUSR2,
  type SignalInfo,
  sigaction,
  sigpending,
  sigprocmask,
  sigsuspend,
  WEXITSTATUS,
  WIFEXITED,
  WNOHANG,
  waitpid,
} from 'realfork/c';
import { untilBlocked } from '../../support/proc';
import { inChild, reap, scenarios, Word } from '../../support/scenarios';

function done<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

scenarios({
  'POSIX sigaction'() {
    let ran = 0;
    const foo = (): void => {
      ran += 1;
    };
    const original = done(sigaction(SIGHUP, { handler: foo, mask: [SIGUSR1] }));
    ok(original.handler === SIG_DFL || original.handler === SIG_IGN);
    deepEqual(sigaction(SIGHUP, foo), { handler: foo, mask: [SIGUSR1], flags: 0 });
    sigaction(SIGHUP, SIG_IGN);
    kill(getpid(), SIGHUP);
    equal(done(sigaction(SIGHUP, SIG_DFL)).handler, SIG_IGN);
    equal(done(sigaction(SIGHUP, foo)).handler, SIG_DFL);
    kill(getpid(), SIGHUP);
    equal(ran, 1);
    throws(() => sigaction(SIGHUP, {} as NewSignalAction), TypeError);
    equal(sigaction(SIGKILL, foo), -1);
    deepEqual(sigprocmask(SIG_BLOCK), []);
    kill(getpid(), SIGHUP);
    equal(ran, 2);
    equal(done(sigaction(SIGHUP)).handler, foo);
    sigaction(SIGCONT, foo);
    kill(getpid(), SIGCONT);
    equal(ran, 3);
    ok(SIGRTMAX > SIGRTMIN);
    for (let signo = SIGRTMIN; signo <= SIGRTMAX; ++signo) {
      sigaction(signo, foo);
      kill(getpid(), signo);
    }
    equal(ran, 3 + SIGRTMAX - SIGRTMIN + 1);
    const infos: number[] = [];
    sigaction(SIGHUP, { handler: (_, { signo }: SignalInfo) => void infos.push(signo), flags: SA_SIGINFO });
    kill(getpid(), SIGHUP);
    deepEqual(infos, [SIGHUP]);
  },

  'POSIX waitpid'() {
    const go = new Word();
    const child = inChild(() => {
      go.await();
      process.exit(0);
    });
    equal(waitpid(-1, WNOHANG).pid, 0);
    go.send();
    const { pid, status } = waitpid(-1);
    deepEqual([pid, WIFEXITED(status), WEXITSTATUS(status)], [child, true, 0]);
    equal(waitpid(-1, WNOHANG).pid, -1);
    equal(errnoName(errno()), 'ECHILD');
  },

  sigdispatch() {
    const notes: string[] = [];
    const inside = (name: string) => (): void => {
      notes.push(`${name} begins`);
      kill(getpid(), SIGUSR1); /* blocked in its own handler */
      notes.push(`${name} ends`);
      sigaction(SIGUSR1, () => void notes.push('second'));
    };
    sigaction(SIGUSR1, inside('first'));
    sigprocmask(SIG_SETMASK, [SIGUSR1, SIGUSR2]);
    kill(getpid(), SIGUSR1);
    deepEqual([notes.length, done(sigpending())], [0, [SIGUSR1]]);
    sigprocmask(SIG_UNBLOCK, [SIGUSR1]);
    deepEqual(notes, ['first begins', 'first ends', 'second']);

    let suspended = 0;
    sigaction(SIGUSR2, () => {
      suspended += 1;
    });
    kill(getpid(), SIGUSR2);
    equal(suspended, 0);
    equal(sigsuspend([SIGUSR1]), -1);
    equal(suspended, 1);
    deepEqual(sigprocmask(SIG_BLOCK), [SIGUSR2]);
  },

  errnosig() {
    const main = getpid();
    const [readfd] = done(pipe());
    sigaction(SIGUSR1, () => {
      equal(close(-1), -1);
      equal(errnoName(errno()), 'EBADF');
    });
    const helper = inChild(() => {
      untilBlocked(main, readfd);
      kill(main, SIGUSR1);
    });
    equal(read(readfd, new Uint8Array(1)), -1);
    equal(errnoName(errno()), 'EINTR');
    reap(helper);
  },
});
