/** waitid, wait3, wait4 and getrusage. */

import { describeStatus } from 'realfork';
import {
  CLD_CONTINUED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  errno,
  errnoName,
  getpid,
  getrusage,
  kill,
  P_ALL,
  P_PGID,
  P_PID,
  RUSAGE_CHILDREN,
  RUSAGE_SELF,
  type Rusage,
  SIGCHLD,
  SIGCONT,
  SIGKILL,
  signalName,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WSTOPPED,
  wait3,
  wait4,
  waitid,
  waitpid,
} from 'realfork/c';
import { inChild, reap, report, scenarios, Word } from '../support/scenarios';

const CODES = new Map([
  [CLD_EXITED, 'CLD_EXITED'],
  [CLD_KILLED, 'CLD_KILLED'],
  [CLD_STOPPED, 'CLD_STOPPED'],
  [CLD_CONTINUED, 'CLD_CONTINUED'],
]);

/** What waitid gave about a child: "of it" is whether it is the one that is meant. */
function changed(idtype: number, id: number, options: number, child: number): unknown {
  const info = waitid(idtype, id, options);
  if (info === -1) return errnoName(errno());
  const { signo, code, pid, uid, status } = info;
  if (pid === 0) return 'nothing';
  if (pid !== child || uid !== process.getuid?.() || signo !== SIGCHLD) return info;
  return [CODES.get(code), code === CLD_EXITED ? status : signalName(status)];
}

/** Uses the processor and memory. */
function work(): void {
  const blocks: Uint8Array[] = [];
  for (let i = 0; i < 64; ++i) blocks.push(new Uint8Array(1 << 20).fill(i));
  const began = process.cpuUsage().user;
  while (process.cpuUsage().user - began < 20_000) blocks.reverse();
}

const microseconds = ({ ru_utime: { tv_sec, tv_usec } }: Rusage): number => tv_sec * 1e6 + tv_usec;

scenarios({
  states() {
    const child = inChild(() => {
      for (;;) process.kill(getpid(), 'SIGSTOP');
    });
    report(changed(P_PID, child, WSTOPPED, child));
    report(changed(P_ALL, 0, WSTOPPED | WCONTINUED | WEXITED | WNOHANG, child));
    kill(child, SIGCONT);
    report(changed(P_ALL, 4711, WCONTINUED, child));
    report(changed(P_PID, child, WSTOPPED | WNOWAIT, child));
    report(changed(P_PID, child, WSTOPPED, child));
    kill(child, SIGKILL);
    report(changed(P_PGID, process.pid, WEXITED | WNOWAIT, child));
    report(changed(P_PID, child, WEXITED, child));
    report(changed(P_PID, child, WEXITED, child));
  },

  /** WNOWAIT leaves the child to be waited for. */
  left() {
    const child = inChild(() => process.exit(3));
    report(changed(P_PID, child, WEXITED | WNOWAIT, child));
    report(changed(P_ALL, 0, WEXITED | WNOWAIT | WNOHANG, child));
    report([reap(child), changed(P_ALL, 0, WEXITED, child)]);
    report([changed(4711, 0, WEXITED, 0), changed(P_ALL, 0, 0, 0), changed(P_PID, 0, WNOHANG, 0)]);
  },

  usage() {
    const go = new Word();
    const child = inChild(() => {
      go.await();
      work();
    });
    const none = wait4(child, WNOHANG);
    report([none.pid, microseconds(none.rusage), none.rusage.ru_maxrss]);
    go.send();
    const { pid, status, rusage } = wait4(child);
    report([pid === child, describeStatus(status), microseconds(rusage) >= 20_000, rusage.ru_maxrss > 64 * 1024]);
    const children = getrusage(RUSAGE_CHILDREN);
    report(children !== -1 && microseconds(children) >= 20_000 && children.ru_maxrss === rusage.ru_maxrss);
    const second = inChild(() => process.exit(1));
    const third = wait3();
    report([third.pid === second, describeStatus(third.status), third.rusage.ru_minflt > 0]);
    const own = getrusage(RUSAGE_SELF);
    report(own !== -1 && microseconds(own) > 0);
    report([getrusage(4711), errnoName(errno())]);
    report([wait3(WNOHANG).pid, wait4(-1).pid, errnoName(errno()), waitpid(-1).pid]);
  },
});
