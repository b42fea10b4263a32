/** registerAtFork, waitpidAsync, and child_process beside them. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { describeStatus, registerAtFork, SyscallError, waitpidAsync } from 'realfork';
import { _exit, fork, getpid, kill, pause, SIG_IGN, SIGCHLD, SIGKILL, sigaction, WNOHANG, waitpid } from 'realfork/c';
import { native } from '#src/native.js';
import { findProcess } from '#src/observe/processes.js';
import { errorFacts, thrownBy } from '../support/errors';
import { until } from '../support/proc';
import { openDescriptors } from '../support/processes-of-a-run';
import { inChild, reap, report, scenarios, Word } from '../support/scenarios';

const pauses = (): number =>
  inChild(() => {
    for (;;) pause();
  });

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await promise };
  } catch (error) {
    return { code: errorFacts(error).code, isSyscallError: error instanceof SyscallError };
  }
}

scenarios({
  hooks() {
    const log: string[] = [];
    const at = (name: string): void => void log.push(`${name} in the ${getpid() === main ? 'parent' : 'child'}`);
    const main = getpid();
    for (const name of ['first', 'second', 'gone']) {
      const unregister = registerAtFork({
        before: () => at(`${name} before`),
        afterInParent: () => at(`${name} after`),
        afterInChild: () => at(`${name} after`),
      });
      if (name === 'gone') unregister();
    }
    const child = fork();
    if (child === 0) {
      report(log);
      _exit(0);
    }
    reap(child);
    report(log);
  },

  /** A 'before' that throws: no fork. */
  hookThrows() {
    registerAtFork({
      before() {
        throw new Error('not now');
      },
    });
    report([thrownBy(() => fork()), waitpid(-1).pid]);
  },

  inspected() {
    report(thrownBy(() => fork()));
  },

  async statuses() {
    const children = [inChild(() => _exit(3)), pauses()];
    const promises = children.map(waitpidAsync);
    kill(children[1] ?? 0, SIGKILL);
    const results = await Promise.all(promises);
    report(results.map(({ pid, status }) => [children.includes(pid), describeStatus(status)]));
  },

  async twice() {
    const go = new Word();
    const child = inChild(() => go.await());
    const promises = [waitpidAsync(child), waitpidAsync(child)];
    go.send();
    report((await Promise.all(promises)).map(({ pid, status }) => [pid === child, describeStatus(status)]));
    report(await rejection(waitpidAsync(child)));
  },

  async refusals() {
    report([
      await rejection(waitpidAsync(1)),
      await rejection(waitpidAsync(2 ** 31 - 1)),
      await rejection(waitpidAsync(-1)),
      await rejection(waitpidAsync(0)),
      await rejection(waitpidAsync(1.5)),
    ]);
  },

  /** Somebody else, here a blocking waitpid, reaps the child first. */
  async reapedByOther() {
    const go = new Word();
    const child = inChild(() => go.await());
    const promise = rejection(waitpidAsync(child));
    go.send();
    reap(child);
    report(await promise);
  },

  /** SIGCHLD is ignored, and the child ends between the look at it and the word to be sent of its end. */
  async reapedByKernel() {
    sigaction(SIGCHLD, SIG_IGN);
    const go = new Word();
    const child = inChild(() => go.await());
    const { watchChild } = native;
    Object.assign(native, {
      watchChild(pid: number, ended: () => void): number {
        go.send();
        until(() => findProcess(child) === undefined);
        return watchChild(pid, ended);
      },
    });
    report(await rejection(waitpidAsync(child)));
  },

  /** A child that is forked meanwhile is told of none of its parent's children. */
  async inChild() {
    const go = new Word();
    const first = inChild(() => go.await());
    const promise = waitpidAsync(first).then(({ status }) =>
      report({ who: getpid() === main ? 'parent' : 'child', status }),
    );
    const main = getpid();
    const second = fork();
    if (second === 0) return;
    report(reap(second));
    go.send();
    await promise;
  },

  async noDescriptorLeft() {
    const before = openDescriptors().size;
    for (let i = 0; i < 20; ++i) await waitpidAsync(inChild(() => {}));
    report({ descriptors: openDescriptors().size - before });
  },

  /** A handler of SIGCHLD for our children, and child_process for its own. */
  async besideChildProcess(order = '') {
    let reaped = 0;
    const ours = new Set<number>();
    const install = (): void =>
      void sigaction(SIGCHLD, () => {
        for (const pid of ours) {
          if (waitpid(pid, WNOHANG).pid <= 0) continue;
          ours.delete(pid);
          reaped += 1;
        }
      });
    if (order === 'before') install();
    const spawned = spawn('/bin/sh', ['-c', 'exit 7']);
    if (order === 'after') install();
    for (let i = 0; i < 3; ++i) ours.add(inChild(() => _exit(0)));
    const [status] = await once(spawned, 'exit');
    const sync = spawnSync('/bin/sh', ['-c', 'exit 5']).status;
    const late = inChild(() => _exit(0));
    ours.add(late);
    while (ours.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    report({ status, sync, reaped, tasks: readdirSync('/proc/self/task').length > 1 });
  },

  /** waitpid(-1) takes children of child_process, which fall off no 'exit' event, nor keep the loop alive. */
  async reapsSpawned() {
    let warnings = 0;
    process.on('warning', () => {
      warnings += 1;
    });
    const spawned = [spawn('/bin/true'), spawn('/bin/true')];
    for (const child of spawned) child.on('exit', () => report("an 'exit' event"));
    const pids = spawned.map(() => waitpid(-1).pid).sort();
    await new Promise((resolve) => setImmediate(resolve));
    report({
      reaped:
        pids.join() ===
        spawned
          .map(({ pid }) => pid)
          .sort()
          .join(),
      warnings,
    });
  },
});
