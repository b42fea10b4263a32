/** Sessions, process groups, pseudo-terminals. */
import { readlinkSync } from 'node:fs';
import {
  _exit,
  close,
  describeStatus,
  errno,
  errnoName,
  forkpty,
  getpgid,
  getpgrp,
  getpid,
  getsid,
  kill,
  login_tty,
  openpty,
  pause,
  read,
  SIG_BLOCK,
  SIGCONT,
  SIGHUP,
  SIGINT,
  SIGTTOU,
  setpgid,
  setsid,
  sigaction,
  signalName,
  sigprocmask,
  tcgetpgrp,
  tcsetpgrp,
  WUNTRACED,
  waitpid,
  write,
} from 'realfork/c';
import { again, inChild, reap, report, scenarios, Word } from '../support/scenarios';

function ok<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

const outcome = (result: unknown): unknown => (result === -1 ? errnoName(errno()) : result);

/** The path of the terminal behind a descriptor. */
const ttyname = (fd: number): string => readlinkSync(`/proc/self/fd/${fd}`);

const NEVER = /(?!)/;

/** Reads until the text is there, or the other side is closed. */
function heard(fd: number, wanted: RegExp): string {
  const buffer = Buffer.alloc(1024);
  let text = '';
  while (!wanted.test(text)) {
    const n = read(fd, buffer);
    if (n === -1 && errnoName(errno()) === 'EINTR') continue;
    if (n <= 0) return text; /* EIO: Linux' end of file of a terminal */
    text += buffer.toString('utf8', 0, n);
  }
  return text;
}

scenarios({
  groups() {
    const go = new Word();
    const child = inChild(() => go.await());
    report([
      getpgid(child) === getpgrp(),
      getpgrp() === getpid(),
      getsid() === getsid(child),
      getpgid(0) === getpgrp(),
    ]);
    report([setpgid(child, 0), getpgid(child) === child, setpgid(child, getpgrp()), getpgid(child) === getpgrp()]);
    report([
      outcome(setpgid(2 ** 22, 0)),
      outcome(setpgid(child, 2 ** 22)),
      outcome(getpgid(2 ** 22)),
      outcome(setpgid(0, -1)),
    ]);
    go.send();
    report(reap(child));
    report(outcome(setsid())); /* this one leads a group: the test made it one */
    report(
      reap(
        inChild(() =>
          report([setsid() === getpid(), getsid() === getpid(), getpgrp() === getpid(), outcome(setsid())]),
        ),
      ),
    );
    report([outcome(tcgetpgrp(go.readfd)), outcome(tcsetpgrp(go.readfd, getpgrp()))]);
  },

  pty() {
    const { master, slave, name } = ok(openpty({ ws_row: 40, ws_col: 100 }));
    report([ttyname(slave) === name, /^\/dev\//.test(name)]);
    write(slave, 'out\n');
    report(heard(master, /\n/));
    write(master, 'in\n');
    report(heard(slave, /\n/));
    close(slave);
    close(master);
    report(outcome(login_tty(-1))); /* this process leads a group */
  },

  /** The child leads a session with the terminal: what is typed is signals to it. */
  forkpty() {
    const { pid, master, name } = ok(forkpty({ ws_row: 24, ws_col: 80 }));
    if (pid === 0) {
      sigaction(SIGINT, (signo) => void write(1, `${signalName(signo)}!\n`));
      sigaction(SIGHUP, () => _exit(5));
      const session = [getsid() === getpid(), tcgetpgrp(0) === getpid(), ttyname(0) === name];
      write(1, `${JSON.stringify(session)} ready\n`);
      for (;;) pause();
    }
    report(heard(master, /ready/).trim());
    write(master, '\x03'); /* Ctrl-C */
    report(heard(master, /!/).replace('^C', '').trim());
    close(master); /* the terminal hangs up */
    report(reap(pid));
  },

  /** APUE 9.8: a group in the background that touches the terminal is stopped, unless it blocks SIGTTOU. */
  background() {
    const { pid, master } = ok(forkpty());
    if (pid === 0) {
      const go = new Word();
      const child = inChild(() => {
        go.await();
        report({ tcsetpgrp: outcome(tcsetpgrp(0, getpgrp())) });
      });
      setpgid(child, child);
      go.send();
      const stopped = describeStatus(again(() => waitpid(child, WUNTRACED)).status);
      report([stopped, tcsetpgrp(0, child), tcgetpgrp(0) === child]);
      kill(child, SIGCONT);
      report(reap(child));
      sigprocmask(SIG_BLOCK, [SIGTTOU]);
      report([tcsetpgrp(0, getpgrp()), tcgetpgrp(0) === getpgrp()]);
      _exit(0);
    }
    process.stdout.write(heard(master, NEVER).replaceAll('\r', ''));
    reap(pid);
  },
});
