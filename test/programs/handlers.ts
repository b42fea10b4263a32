/** What a handler in TypeScript may do, what it is given, and when it runs. */
import {
  AsyncLocalStorage,
  AsyncResource,
  createHook,
  executionAsyncId,
  executionAsyncResource,
} from 'node:async_hooks';
import { signalName } from 'realfork';
import {
  _exit,
  alarm,
  CLD_CONTINUED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  errno,
  errnoName,
  fork,
  getegid,
  geteuid,
  getgid,
  getgroups,
  getpgrp,
  getpid,
  getppid,
  getresuid,
  getrusage,
  getuid,
  kill,
  openpty,
  pause,
  pipe,
  posix_spawn,
  RUSAGE_SELF,
  raise,
  read,
  SA_NODEFER,
  SA_RESETHAND,
  SA_SIGINFO,
  SI_USER,
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIGCHLD,
  SIGCONT,
  SIGHUP,
  SIGINT,
  SIGKILL,
  SIGRTMIN,
  SIGSTOP,
  SIGTERM,
  SIGUSR1,
  SIGUSR2,
  type SignalInfo,
  sigaction,
  siginterrupt,
  sigpending,
  sigprocmask,
  sigsuspend,
  umask,
  WNOHANG,
  waitpid,
  write,
} from 'realfork/c';
import { findProcess } from '#src/observe/processes.js';
import { blocked, callFailed, names, ok } from '../support/c';
import { until, untilAsleep, untilBlocked } from '../support/proc';
import { inChild, reap, report, scenarios, Word } from '../support/scenarios';

/** JavaScript that makes no call of the package, until the process has ended. */
function busyUntilEnded(pid: number): void {
  while ((findProcess(pid)?.state ?? 'zombie') !== 'zombie');
}

function outcome(call: () => unknown): string {
  return call() === -1 ? errnoName(errno()) : 'done';
}

scenarios({
  resethand() {
    let runs = 0;
    const handler = (): void => {
      runs += 1;
    };
    sigaction(SIGUSR1, { handler, flags: SA_RESETHAND });
    raise(SIGUSR1);
    const isDefault = ok(sigaction(SIGUSR1)).handler === SIG_DFL;
    const child = inChild(() => raise(SIGUSR1));
    report({ runs, isDefault, afterwards: reap(child) });
  },

  /** A handler that raises its own signal, three deep. */
  nodefer(flag = '') {
    const log: string[] = [];
    let entered = 0;
    sigaction(SIGUSR1, {
      handler() {
        entered += 1;
        log.push(`in ${entered}`);
        if (entered < 3) raise(SIGUSR1);
        log.push('out');
      },
      flags: flag === 'SA_NODEFER' ? SA_NODEFER : 0,
    });
    raise(SIGUSR1);
    report(log);
  },

  /** The masks before, in and after a handler whose action has SIGUSR2 in its mask. */
  mask(flag = '') {
    sigprocmask(SIG_BLOCK, [SIGTERM]);
    const before = blocked();
    const log: string[] = [];
    let during: string[] = [];
    let pending: string[] = [];
    sigaction(SIGUSR2, () => {
      log.push('SIGUSR2');
    });
    sigaction(SIGUSR1, {
      handler() {
        log.push('SIGUSR1 in');
        during = blocked();
        kill(getpid(), SIGUSR2);
        pending = names(sigpending());
        log.push('SIGUSR1 out');
      },
      mask: [SIGUSR2],
      flags: flag === 'SA_NODEFER' ? SA_NODEFER : 0,
    });
    kill(getpid(), SIGUSR1);
    report({ before, during, pending, after: blocked(), log });
  },

  /** What a handler is given of a signal that another process sent. */
  sender(flag = '') {
    const main = getpid();
    let info: SignalInfo | undefined;
    let count = 0;
    sigaction(SIGUSR1, {
      handler(...args) {
        count = args.length;
        info = args[1];
      },
      flags: flag === 'SA_SIGINFO' ? SA_SIGINFO : 0,
    });
    const sender = inChild(() => {
      untilBlocked(main);
      kill(main, SIGUSR1);
    });
    pause();
    report({
      arguments: count,
      signo: info?.signo === SIGUSR1,
      code: info?.code === SI_USER,
      pid: info?.pid === sender,
      uid: info?.uid === process.getuid?.(),
    });
    reap(sender);
  },

  /** What a handler of SIGCHLD is given: the child exits, stops, continues, is killed. */
  child() {
    const codes = new Map([
      [CLD_EXITED, 'CLD_EXITED'],
      [CLD_KILLED, 'CLD_KILLED'],
      [CLD_STOPPED, 'CLD_STOPPED'],
      [CLD_CONTINUED, 'CLD_CONTINUED'],
    ]);
    let child = 0;
    const mask = ok(sigprocmask(SIG_BLOCK, [SIGCHLD]));
    sigaction(SIGCHLD, {
      handler(_signo, { code, pid, status }) {
        const meaning = code === CLD_EXITED ? String(status) : signalName(status);
        report([codes.get(code), meaning, pid === child]);
      },
      flags: SA_SIGINFO,
    });
    child = inChild(() => _exit(7));
    sigsuspend(mask);
    reap(child);
    child = inChild(() => {
      for (;;) pause();
    });
    kill(child, SIGSTOP);
    sigsuspend(mask);
    kill(child, SIGCONT);
    sigsuspend(mask);
    kill(child, SIGKILL);
    sigsuspend(mask);
    reap(child);
  },

  /** A handler that is interrupted inside its own blocking call, by another handler. */
  nested() {
    const main = getpid();
    const word = new Word();
    const inFirst = new Word();
    const log: string[] = [];
    sigaction(SIGUSR2, () => {
      log.push('SIGUSR2');
    });
    sigaction(SIGUSR1, () => {
      log.push('SIGUSR1 in');
      inFirst.send();
      log.push(`read ${callFailed(read(word.readfd, new Uint8Array(1)))}`);
      log.push('SIGUSR1 out');
    });
    const helper = inChild(() => {
      untilBlocked(main);
      kill(main, SIGUSR1);
      inFirst.await();
      untilBlocked(main, word.readfd);
      kill(main, SIGUSR2);
    });
    log.push(`pause ${callFailed(pause())}`);
    reap(helper);
    report(log);
  },

  /** A handler throws: inside a blocked call, inside kill(), or run by the event loop. */
  async throws(where = '', listener = '') {
    if (listener === 'listener') {
      process.on('uncaughtException', (error, origin) => report({ uncaught: error.message, origin }));
    }
    sigaction(SIGUSR1, () => {
      throw new Error('from the handler');
    });
    const main = getpid();
    if (where === 'kill') {
      report({ kill: kill(main, SIGUSR1) });
      return;
    }
    const helper = inChild(() => {
      if (where === 'pause') untilBlocked(main);
      kill(main, SIGUSR1);
    });
    if (where === 'pause') {
      report({ pause: callFailed(pause()) });
    } else {
      busyUntilEnded(helper); // recorded; it runs when the event loop turns
      await new Promise((resolve) => setImmediate(resolve)); // the phase after the one that runs recorded signals
      report({ turned: true });
    }
    reap(helper);
  },

  /**
   * A handler throws, which somebody hears of: the interrupted code has its asynchronous context afterwards, and each of its
   * hooks is called once.
   */
  async contextKept(who = '') {
    const storage = new AsyncLocalStorage<string>();
    const heard: string[] = [];
    const hooked: string[] = [];
    let mine = 0;
    const hook = createHook({
      before: (id) => void (id === mine && hooked.push('before')),
      after: (id) => void (id === mine && hooked.push('after')),
    }).enable();
    sigaction(SIGUSR1, () => {
      throw new Error('from the handler');
    });
    if (who === 'listener') {
      process.on('uncaughtExceptionMonitor', ({ message }) => heard.push(`monitor: ${message}`));
      process.on('uncaughtException', ({ message }, origin) =>
        heard.push(`${origin}: ${message}, ${storage.getStore()}`),
      );
    }
    const inside = (resolve: (seen: unknown) => void): void => {
      const id = executionAsyncId();
      const resource = executionAsyncResource();
      const { domain } = process as { domain?: unknown };
      raise(SIGUSR1);
      const seen = {
        store: storage.getStore(),
        sameId: executionAsyncId() === id,
        sameResource: executionAsyncResource() === resource,
        sameDomain: (process as { domain?: unknown }).domain === domain,
      };
      setImmediate(() => resolve({ ...seen, later: storage.getStore() }));
    };
    const run = (): Promise<unknown> =>
      new Promise((resolve) => {
        storage.run('store', () => {
          const resource = new AsyncResource('test');
          mine = resource.asyncId();
          resource.runInAsyncScope(inside, undefined, resolve);
        });
      });
    if (who === 'domain') {
      const { create } = await import('node:domain');
      const domain = create();
      domain.on('error', ({ message }) => heard.push(`domain: ${message}`));
      report(await domain.run(run));
      domain.exit();
    } else {
      report(await run());
    }
    hook.disable();
    report({ heard, hooked });
  },

  /** A listener of uncaughtException that throws in its turn. */
  listenerThrows() {
    process.on('uncaughtException', () => {
      throw new Error('from the listener');
    });
    sigaction(SIGUSR1, () => {
      throw new Error('from the handler');
    });
    raise(SIGUSR1);
    report('not reached');
  },

  /** Calls that neither block nor fail: what is recorded runs at each of them all the same. */
  everyCall() {
    const calls: Readonly<Record<string, () => unknown>> = {
      ...{ getpid, getppid, getuid, geteuid, getgid, getegid, getgroups, getpgrp, sigpending, pipe, openpty },
      umask: () => umask(0o022),
      alarm: () => alarm(0),
      sigaction: () => sigaction(SIGUSR2),
      'sigaction, a change': () => sigaction(SIGUSR2, SIG_DFL),
      siginterrupt: () => siginterrupt(SIGUSR2, false),
      sigprocmask: () => sigprocmask(SIG_BLOCK),
      getresuid: () => getresuid(),
      getrusage: () => getrusage(RUSAGE_SELF),
      posix_spawn: () => posix_spawn('/does/not/exist', ['x'], []),
      fork: () => reap(inChild(() => {})),
    };
    let runs = 0;
    sigaction(SIGUSR1, () => {
      runs += 1;
    });
    const main = getpid();
    const silent = Object.entries(calls).filter(([, call]) => {
      const before = runs;
      process.kill(main, 'SIGUSR1'); // recorded
      call();
      return runs !== before + 1;
    });
    process.kill(main, 'SIGUSR1');
    const before = runs;
    const { pid } = process;
    report({ silent: silent.map(([name]) => name), inProcessPid: runs - before, pid: pid === main });
    sigpending();
  },

  /** The signal comes while the program waits in its event loop. */
  async eventLoop() {
    const main = getpid();
    const log: string[] = [];
    let sender = 0;
    await new Promise<void>((resolve) => {
      const keepAlive = setTimeout(() => {}, 60_000);
      sigaction(SIGUSR1, () => {
        log.push('handler');
        process.nextTick(() => log.push('nextTick'));
        void Promise.resolve().then(() => {
          log.push('promise');
          clearTimeout(keepAlive);
          resolve();
        });
      });
      sender = inChild(() => {
        untilAsleep(main);
        kill(main, SIGUSR1);
      });
    });
    reap(sender);
    report(log);
  },

  /** The signal comes while JavaScript is busy; the next thing is a call, or a turn of the event loop. */
  async busy(next = '') {
    const main = getpid();
    const log: string[] = [];
    sigaction(SIGUSR1, () => {
      log.push('handler');
    });
    const sender = inChild(() => kill(main, SIGUSR1));
    busyUntilEnded(sender);
    log.push('busy no more');
    if (next === 'call') sigpending();
    else await new Promise((resolve) => setImmediate(resolve)); // the phase after the one that runs recorded signals
    log.push(next);
    reap(sender);
    report(log);
  },

  /** Promise callbacks wait for the code that was interrupted. */
  async promises() {
    const main = getpid();
    const log: string[] = [];
    sigaction(SIGUSR1, () => {
      log.push('handler in');
      queueMicrotask(() => log.push('microtask'));
      process.nextTick(() => log.push('nextTick'));
      log.push('handler out');
    });
    const helper = inChild(() => {
      untilBlocked(main);
      kill(main, SIGUSR1);
    });
    pause();
    log.push('after pause');
    reap(helper);
    await new Promise((resolve) => setImmediate(resolve));
    report(log);
  },

  /** A handler that puts another in its own place. */
  replaces() {
    const log: string[] = [];
    const second = (): void => {
      log.push('second');
    };
    const first = (): void => {
      log.push('first in');
      const old = ok(sigaction(SIGUSR1, second));
      log.push(`old is first: ${old.handler === first}`);
      log.push('first out');
    };
    sigaction(SIGUSR1, first);
    raise(SIGUSR1);
    raise(SIGUSR1);
    report(log);
  },

  /** A handler that ends the process. */
  exits() {
    process.on('exit', (status) => report({ exit: status }));
    sigaction(SIGUSR1, () => process.exit(5));
    raise(SIGUSR1);
    report('not reached');
  },

  /** A handler that forks. */
  forks() {
    const main = getpid();
    let status = '';
    let inParent = 0;
    sigaction(SIGUSR1, () => {
      inParent += 1;
      status = reap(inChild(() => _exit(getpid() === main ? 1 : 3)));
    });
    const helper = inChild(() => {
      untilBlocked(main);
      kill(main, SIGUSR1);
    });
    const result = callFailed(pause());
    reap(helper);
    report({ result, inParent, status });
  },

  /** A handler whose child returns from it, and from the call that it interrupted, as the parent does. */
  returnsTwice() {
    const main = getpid();
    let child = -1;
    sigaction(SIGUSR1, () => {
      child = fork();
    });
    const helper = inChild(() => {
      untilBlocked(main);
      kill(main, SIGUSR1);
    });
    const result = callFailed(pause());
    if (getpid() !== main) {
      report({ who: 'child', result });
      sigaction(SIGUSR1, () => report('handled in the child'));
      raise(SIGUSR1);
      _exit(0);
    }
    const status = reap(child);
    report({ who: 'parent', result, status });
    reap(helper);
  },

  /** Node's own handler of SIGINT, which a listener brings. */
  async foreign() {
    let heard = 0;
    const listener = (): void => {
      heard += 1;
    };
    process.on('SIGINT', listener);
    let ours = 0;
    const old = ok(
      sigaction(SIGINT, () => {
        ours += 1;
      }),
    );
    raise(SIGINT);
    const handler = typeof old.handler;
    const again = ok(sigaction(SIGINT, old));
    const backIsOurs = typeof again.handler;
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (heard === 0) return;
        clearInterval(look);
        resolve();
      });
      kill(getpid(), SIGINT);
    });
    report({ handler, backIsOurs, ours, heard });
  },

  /** Signals that cannot be handled, and what is none. */
  invalid() {
    const all = { SIGKILL, SIGSTOP, '9999': 9999, '0': 0, '-1': -1 };
    const results = Object.entries(all).map(([name, signo]) => [name, outcome(() => sigaction(signo, SIG_IGN))]);
    report(Object.fromEntries(results));
  },

  /** Several kinds of signals are recorded while JavaScript is busy; their handlers make calls in turn. */
  many() {
    const signals = [SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGRTMIN, SIGRTMIN + 1];
    const main = getpid();
    const before = blocked();
    const [readfd, writefd] = ok(pipe());
    const ran: string[] = [];
    for (const signo of signals) {
      sigaction(signo, () => {
        write(writefd, 'x');
        ran.push(signalName(signo));
        waitpid(-1, WNOHANG);
      });
    }
    const sender = inChild(() => {
      for (const signo of signals) kill(main, signo);
    });
    busyUntilEnded(sender);
    const recordedNone = ran.length === 0;
    const bytes = read(readfd, new Uint8Array(100));
    const more = ran.length - bytes > 0 ? read(readfd, new Uint8Array(100)) : 0;
    report({ recordedNone, ran: ran.sort(), bytes: bytes + more, before, after: blocked() });
  },

  /** A real-time signal queues while JavaScript is busy; a standard one merges. */
  queue() {
    const main = getpid();
    const mask = blocked();
    let realTime = 0;
    let standard = 0;
    sigaction(SIGRTMIN, () => {
      realTime += 1;
    });
    sigaction(SIGUSR1, () => {
      standard += 1;
    });
    const sender = inChild(() => {
      for (let i = 0; i < 20; ++i) {
        kill(main, SIGRTMIN);
        kill(main, SIGUSR1);
      }
    });
    busyUntilEnded(sender);
    sigpending();
    report({ realTime, standardMerged: standard >= 1 && standard < 20, after: blocked(), mask });
    reap(sender);
  },

  /** Batches of real-time signals against a blocked read, the handler allocating: each of them is handled. */
  storm() {
    const main = getpid();
    const batch = 200;
    const batches = 50;
    const [readfd, writefd] = ok(pipe());
    const handled = new Word();
    let runs = 0;
    const kept: string[][] = [];
    sigaction(SIGRTMIN, () => {
      runs += 1;
      kept[runs % 100] = Array.from({ length: 50 }, (_, i) => `${runs} ${i}`);
      if (runs % batch === 0) handled.send();
    });
    const sender = inChild(() => {
      for (let i = 0; i < batches; ++i) {
        for (let k = 0; k < batch; ++k) kill(main, SIGRTMIN);
        handled.await();
      }
      write(writefd, '!');
    });
    const buffer = new Uint8Array(1);
    let interrupted = 0;
    while (read(readfd, buffer) === -1) interrupted += 1;
    report({ runs, interrupted: interrupted > 0, blocked: blocked() });
    reap(sender);
  },

  /**
   * The first signal is recorded, and so blocked on this thread: the kernel gives the others to helper
   * threads of Node, which hand them on.
   */
  threads() {
    const main = getpid();
    const infos: SignalInfo[] = [];
    sigaction(SIGRTMIN, {
      handler: (_signo, info) => void infos.push(info),
      flags: SA_SIGINFO,
    });
    const sender = inChild(() => {
      for (let i = 0; i < 10; ++i) kill(main, SIGRTMIN);
    });
    busyUntilEnded(sender);
    sigpending();
    report({
      runs: infos.length,
      fromSender: infos.every(({ code, pid, uid }) => code === SI_USER && pid === sender && uid === process.getuid?.()),
    });
    reap(sender);
  },

  /** A signal that the action's mask blocks, sent by the handler itself, time and again. */
  pendingInHandler(times = '') {
    let second = 0;
    const wrong = { notPending: 0, notHandledOnReturn: 0 };
    sigaction(SIGUSR2, () => {
      second += 1;
    });
    sigaction(SIGUSR1, {
      handler() {
        kill(getpid(), SIGUSR2);
        if (!ok(sigpending()).includes(SIGUSR2)) wrong.notPending += 1;
      },
      mask: [SIGUSR2],
    });
    for (let i = 0; i < Number(times); ++i) {
      const before = second;
      kill(getpid(), SIGUSR1);
      if (second !== before + 1) wrong.notHandledOnReturn += 1;
    }
    report(wrong);
  },

  /** A child ends while the handler of SIGCHLD is still running, its loop over waitpid done. */
  endsDuringHandler() {
    const go = new Word();
    const children: number[] = [];
    let runs = 0;
    let reaped = 0;
    sigaction(SIGCHLD, () => {
      runs += 1;
      while (waitpid(-1, WNOHANG).pid > 0) reaped += 1;
      const second = children[1];
      if (runs > 1 || second === undefined) return;
      go.send();
      busyUntilEnded(second);
    });
    children.push(
      inChild(() => go.await()),
      inChild(() => go.await()),
    );
    go.sendQuietly();
    until(() => children.some((child) => findProcess(child)?.state === 'zombie'));
    if (findProcess(children[1] ?? 0)?.state === 'zombie') children.reverse();
    sigpending();
    report({ runs, reaped });
    if (reaped < 2) waitpid(-1);
  },
});
