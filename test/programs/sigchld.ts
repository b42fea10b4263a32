/** What the end of a child does to its parent, by the disposition of SIGCHLD. */
import { describeStatus, signalName } from 'realfork';
import {
  _exit,
  AF_INET,
  accept,
  bind,
  CLD_STOPPED,
  connect,
  errno,
  errnoName,
  getpid,
  getsockname,
  kill,
  listen,
  pause,
  raise,
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SA_RESTART,
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIG_SETMASK,
  SIGCHLD,
  SIGCONT,
  SIGKILL,
  SIGSTOP,
  SO_RCVTIMEO,
  SOCK_STREAM,
  SOL_SOCKET,
  setsockopt,
  sigaction,
  sigpending,
  sigprocmask,
  sigsuspend,
  sigtimedwait,
  socket,
  WNOHANG,
  waitpid,
} from 'realfork/c';
import { childrenOf } from '#src/observe/processes.js';
import { until, untilBlocked, untilEnded, untilStopped } from '../support/proc';
import { inChild, reap, report, scenarios, Word } from '../support/scenarios';

function zombiesOf(pid: number): number {
  return childrenOf(pid).filter((child) => child.state === 'zombie').length;
}

function waitResult({ pid, status }: { pid: number; status: number }): string {
  if (pid === -1) return errnoName(errno());
  return pid === 0 ? '0' : describeStatus(status);
}

const FLAGS: Readonly<Record<string, number>> = { SA_RESTART, SA_NOCLDWAIT, SA_NOCLDSTOP };

function flagsOf(names: string): number {
  return names.split('|').reduce((flags, name) => flags | (FLAGS[name] ?? 0), 0);
}

scenarios({
  /** The server, a child of this process, is blocked in accept when its own child exits with status 3. */
  accept(disposition = '', flagNames = '', timeout = '') {
    const listenfd = socket(AF_INET, SOCK_STREAM);
    bind(listenfd, { family: AF_INET, address: '127.0.0.1', port: 0 });
    listen(listenfd, 5);
    if (timeout !== '') setsockopt(listenfd, SOL_SOCKET, SO_RCVTIMEO, { tv_sec: 60, tv_usec: 0 });
    const go = new Word();
    const handled = new Word();
    const counted = new Word();

    const server = inChild(() => {
      const inHandler: string[] = [];
      let handlerRuns = 0;
      const handler = (): void => {
        handlerRuns += 1;
        for (;;) {
          const result = waitpid(-1, WNOHANG);
          inHandler.push(waitResult(result));
          if (result.pid <= 0) break;
        }
        handled.send();
      };
      const dispositions = { default: SIG_DFL, ignore: SIG_IGN, handler };
      sigaction(SIGCHLD, {
        handler: dispositions[disposition as keyof typeof dispositions],
        flags: flagsOf(flagNames),
      });
      inChild(() => {
        go.await();
        _exit(3);
      });
      const connfd = accept(listenfd);
      const accepted = connfd === -1 ? errnoName(errno()) : 'connection';
      counted.await();
      report({ accepted, handlerRuns, inHandler, afterwards: waitResult(waitpid(-1)) });
    });

    untilBlocked(server, listenfd);
    const [child] = childrenOf(server);
    if (child === undefined) throw new Error('the server has no child');
    go.send();
    untilEnded(child.pid);
    if (disposition === 'handler') handled.await();
    report({ zombies: zombiesOf(server) });
    const address = getsockname(listenfd);
    if (address !== -1) connect(socket(AF_INET, SOCK_STREAM), address);
    counted.send();
    reap(server);
  },

  /** With SIG_IGN: the first of two children ends, and waitpid goes on waiting. */
  waitForAll() {
    const go = new Word();
    const waiter = inChild(() => {
      sigaction(SIGCHLD, SIG_IGN);
      for (let i = 0; i < 2; ++i) inChild(() => go.await());
      report({ waitpid: waitResult(waitpid(-1)) });
    });
    until(() => childrenOf(waiter).length === 2);
    untilBlocked(waiter);
    go.send();
    until(() => childrenOf(waiter).length === 1);
    untilBlocked(waiter);
    report({ childrenLeft: childrenOf(waiter).length });
    go.send();
    reap(waiter);
  },

  /** Five children have ended before SIGCHLD is let through; the handler calls waitpid once, or to the last child. */
  together(times = '') {
    const before = sigprocmask(SIG_BLOCK, [SIGCHLD]);
    if (before === -1) throw new Error('sigprocmask');
    let handlerRuns = 0;
    let reaped = 0;
    sigaction(SIGCHLD, () => {
      handlerRuns += 1;
      while (waitpid(-1, WNOHANG).pid > 0) {
        reaped += 1;
        if (times === 'once') break;
      }
    });
    const children = Array.from({ length: 5 }, () => inChild(() => _exit(0)));
    for (const child of children) untilEnded(child);
    sigsuspend(before);
    report({ handlerRuns, reaped, zombies: zombiesOf(getpid()) });
    sigprocmask(SIG_SETMASK, before);
    while (waitpid(-1).pid > 0);
  },

  /** The same while the parent is blocked in accept and stopped: they all end before it goes on. */
  togetherInAccept() {
    const listenfd = socket(AF_INET, SOCK_STREAM);
    listen(listenfd, 5);
    const go = new Word();
    const server = inChild(() => {
      let handlerRuns = 0;
      let reaped = 0;
      sigaction(SIGCHLD, () => {
        handlerRuns += 1;
        while (waitpid(-1, WNOHANG).pid > 0) reaped += 1;
      });
      for (let i = 0; i < 5; ++i) inChild(() => go.await());
      const accepted = accept(listenfd) === -1 ? errnoName(errno()) : 'connection';
      report({ accepted, handlerRuns, reaped });
    });
    untilBlocked(server, listenfd);
    kill(server, SIGSTOP);
    untilStopped(server);
    for (let i = 0; i < 5; ++i) go.send();
    until(() => zombiesOf(server) === 5);
    kill(server, SIGCONT);
    reap(server);
  },

  /**
   * Is SIGCHLD sent when a child stops? The kernel shows the child as stopped before it sends the signal: only when the
   * child runs on has it done so. Of what came meanwhile, SIGCHLD for running on too, the first is what waits.
   */
  stop(flagNames = '') {
    sigprocmask(SIG_BLOCK, [SIGCHLD]);
    sigaction(SIGCHLD, { handler: () => {}, flags: flagsOf(flagNames) });
    const runsOn = new Word();
    const child = inChild(() => {
      raise(SIGSTOP);
      runsOn.send();
      for (;;) pause();
    });
    untilStopped(child);
    kill(child, SIGCONT);
    runsOn.await();
    const pending = sigpending();
    const first = sigtimedwait([SIGCHLD], { tv_sec: 0, tv_nsec: 0 });
    report({
      pending: pending === -1 ? [] : pending.map(signalName),
      first: first === -1 ? errnoName(errno()) : [first.code === CLD_STOPPED, first.pid === child],
    });
    kill(child, SIGKILL);
    reap(child);
  },
});
