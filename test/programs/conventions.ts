/** How each entry point tells of an error. */
import * as posix from 'realfork';
import * as c from 'realfork/c';
import * as unp from 'realfork/unp';
import { untilBlocked } from '../support/proc';
import { inChild, letChildrenBe, reap, report, scenarios } from '../support/scenarios';

function listening(): number {
  const listenfd = c.socket(c.AF_INET, c.SOCK_STREAM);
  c.listen(listenfd, 1);
  return listenfd;
}

/** A handler without SA_RESTART, and who sends the signal while this process is blocked in accept. */
function toBeInterrupted(listenfd: number): number {
  const main = c.getpid();
  c.sigaction(c.SIGUSR1, () => {});
  return inChild(() => {
    untilBlocked(main, listenfd);
    c.kill(main, c.SIGUSR1);
  });
}

scenarios({
  realfork() {
    const listenfd = listening();
    const helper = toBeInterrupted(listenfd);
    try {
      posix.accept(listenfd);
    } catch (error) {
      if (!(error instanceof posix.SyscallError)) throw error;
      const { name, code, errno, syscall, message } = error;
      report({ name, code, errno, syscall, message, isError: error instanceof Error });
    }
    reap(helper);
  },

  c() {
    const listenfd = listening();
    const helper = toBeInterrupted(listenfd);
    const results: unknown[] = [
      c.accept(listenfd),
      c.errno() === c.EINTR,
      c.strerror(c.errno()),
      c.errnoName(c.errno()),
    ];
    c.perror('accept');
    reap(helper);
    report([...results, c.waitpid(-1), c.errno() === c.ECHILD, c.close(listenfd), c.errno() === c.ECHILD]);
  },

  unp() {
    letChildrenBe();
    process.on('exit', (status) => report({ exit: status }));
    const listenfd = listening();
    toBeInterrupted(listenfd);
    unp.Accept(listenfd);
    report('not reached');
  },

  /** errno() of realfork/c and of realfork/unp is that of their own calls. */
  errnos() {
    c.close(-1);
    unp.waitpid(-1);
    report([c.errnoName(c.errno()), unp.errnoName(unp.errno())]);
  },
});
