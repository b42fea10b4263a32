/** What libuv's own tests of fork (test-fork.c) try, through this package's fork and on Node's own objects. */
import { pbkdf2 } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, type FSWatcher, mkdirSync, rmdirSync, rmSync, watch, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  AF_UNIX,
  close,
  describeStatus,
  fork,
  getpid,
  kill,
  SIGUSR2,
  SOCK_STREAM,
  socketpair,
  waitpidAsync,
  write,
} from 'realfork';
import { untilBlocked } from '../support/proc';
import { reap, report, scenarios, Word } from '../support/scenarios';

/** Until the event loop has asked the kernel what is new, and acted on it. */
async function turn(): Promise<void> {
  // An immediate runs after the loop asked, but perhaps for a question from before this call; the next one does not.
  await immediate();
  await immediate();
}

/** What a word says, in the event loop. */
async function awaitInLoop(word: Word): Promise<void> {
  const socket = new Socket({ fd: word.readfd });
  await once(socket, 'data');
  socket.destroy();
}

async function reapInLoop(child: number): Promise<string> {
  return describeStatus((await waitpidAsync(child)).status);
}

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

/** Counts SIGUSR2. (SIGUSR1 is Node's own.) */
class Listener {
  runs = 0;
  private readonly first: Promise<void>;

  constructor() {
    this.first = new Promise((heard) => {
      process.on('SIGUSR2', () => {
        this.runs += 1;
        heard();
      });
    });
  }

  async awaitFirst(): Promise<void> {
    const stay = setInterval(() => {}, 1000); // a listener alone keeps no event loop alive
    await this.first;
    clearInterval(stay);
  }
}

async function nextChange(watcher: FSWatcher): Promise<string> {
  return (await once(watcher, 'change')).join(' ');
}

/** Changes a file, and says what the watcher tells of it. */
async function changeSeenBy(watcher: FSWatcher, file = 'file'): Promise<string> {
  await turn(); // with kqueue a watcher watches from the loop's next turn on
  appendFileSync(file, 'x');
  return nextChange(watcher);
}

async function changeSeenByNewWatcher(of: string): Promise<string> {
  const watcher = watch(of);
  const seen = await changeSeenBy(watcher);
  watcher.close();
  return seen;
}

/** How a watched file is not there any more under the name that its watcher was given. @returns puts it right */
const WAYS_TO_GO: Readonly<Record<string, () => () => void>> = {
  'it was removed'() {
    rmSync('file');
    return () => {};
  },
  'its path is relative, and the working directory is another'() {
    const home = process.cwd();
    mkdirSync('directory');
    process.chdir('directory');
    return () => {
      process.chdir(home);
      rmdirSync('directory');
      rmSync('file');
    };
  },
};

const derive = (iterations: number): Promise<Buffer> => promisify(pbkdf2)('a', 'b', iterations, 8, 'sha256');

/** Work of each kind for libuv's pool. */
async function useThreadPool(): Promise<string> {
  const [key, text, compressed] = await Promise.all([derive(1000), readFile(__filename, 'utf8'), promisify(gzip)('a')]);
  return key.length === 8 && text.length > 0 && compressed.length > 0 ? 'done' : 'wrong';
}

scenarios({
  /** fork_timer */
  async timer() {
    await delay(1);
    const child = fork();
    if (child === 0) {
      await delay(1);
      report({ child: 'fired' });
      return;
    }
    const status = reap(child);
    await delay(1);
    report({ status, parent: 'fired' });
  },

  /** fork_socketpair: one end for each, in the event loops of both. */
  async socketPair() {
    const [ofParent, ofChild] = socketpair(AF_UNIX, SOCK_STREAM);
    const child = fork();
    const [mine, theirs] = child === 0 ? [ofChild, ofParent] : [ofParent, ofChild];
    close(theirs);
    const socket = new Socket({ fd: mine });
    socket.end(child === 0 ? 'from the child' : 'from the parent');
    const heard = await textOf(socket);
    if (child === 0) report({ child: heard });
    else report({ status: await reapInLoop(child), parent: heard });
  },

  /**
   * fork_socketpair_started: both have a socket that was being read from before the fork. One destroys its copy, so
   * that what then comes is for the other, whose copy must not have been harmed.
   */
  async socketPairStarted(keeper = '') {
    const [fd, other] = socketpair(AF_UNIX, SOCK_STREAM);
    const socket = new Socket({ fd });
    const heard: string[] = [];
    socket.on('data', (chunk) => heard.push(String(chunk)));
    await turn();
    const done = new Word();
    const child = fork();
    const self = child === 0 ? 'the child' : 'the parent';
    if (self === keeper) {
      await once(socket, 'data');
      socket.destroy();
      done.send();
    } else {
      socket.destroy();
      await once(socket, 'close');
      write(other, 'hi');
      await awaitInLoop(done);
    }
    if (child === 0) report({ self, heard });
    else report({ status: await reapInLoop(child), self, heard });
  },

  /** fork_signal_to_child */
  async signalToChild(listening = '', sent = '') {
    const inherited = listening === 'since before the fork' ? new Listener() : undefined;
    const listens = new Word();
    const child = fork();
    if (child === 0) {
      const listener = inherited ?? new Listener();
      listens.send();
      await listener.awaitFirst();
      report({ child: listener.runs });
      return;
    }
    if (sent === 'when it says that it listens') listens.await();
    kill(child, SIGUSR2);
    const status = await reapInLoop(child);
    await turn();
    report({ status, parent: inherited?.runs ?? 0 });
  },

  /** The other way round: the child runs its event loop, and has its parent's listener. */
  async signalToParent() {
    const listener = new Listener();
    const sent = new Word();
    const child = fork();
    if (child === 0) {
      await awaitInLoop(sent);
      await turn();
      report({ child: listener.runs });
      return;
    }
    kill(getpid(), SIGUSR2);
    sent.send();
    const status = reap(child); // this event loop does not turn: the child's comes first
    await listener.awaitFirst();
    report({ status, parent: listener.runs });
  },

  /** fork_signal_to_child_closed: the child's listener is never run, and its parent's must not be instead. */
  async signalToChildClosed(why = '') {
    const listener = new Listener();
    const sent = new Word();
    const child = fork();
    if (child === 0) {
      sent.await(); // when this returns the signal has come: it was sent before
      if (why === 'it takes its listener away') {
        process.removeAllListeners('SIGUSR2');
        await turn();
      }
      report({ child: listener.runs });
      if (why === 'it does not run its event loop') process.exit(0);
      return;
    }
    untilBlocked(child, sent.readfd);
    kill(child, SIGUSR2);
    await turn();
    sent.send();
    const status = reap(child);
    await turn();
    report({ status, parent: listener.runs });
    kill(getpid(), SIGUSR2);
    await listener.awaitFirst();
    report({ parent: listener.runs });
  },

  /** Of nine files, three of which are watched still; and of the root, which a child must leave watched. */
  async manyWatchers() {
    const names = Array.from({ length: 9 }, (_, index) => String(index));
    for (const name of names) writeFileSync(name, '');
    const root = watch('/', () => {});
    const seen: string[] = [];
    const watchers = names.map((name) =>
      watch(name, (event, file) => void seen.push(`watcher ${name}: ${event} ${file}`)),
    );
    for (const index of [0, 1, 2, 3, 5, 8]) watchers[index]?.close();
    await turn();
    const child = fork();
    const kept = [root, ...[4, 6, 7].flatMap((index) => watchers[index] ?? [])];
    if (child === 0) {
      for (const index of [4, 7]) {
        writeFileSync(String(index), 'changed');
        await once(watchers[index] ?? root, 'change');
      }
      report({ child: [...new Set(seen)] });
      for (const watcher of kept) watcher.close();
      return;
    }
    for (const watcher of kept) watcher.close();
    report({ status: reap(child) });
    for (const name of names) rmSync(name);
  },

  /** fork_fs_events_child, fork_fs_events_child_dir: the child starts a watcher of its own. */
  async watchInChild(of = '', when = '') {
    writeFileSync('file', '');
    if (when === 'after the parent did') await changeSeenByNewWatcher(of);
    await turn(); // out of the watcher's callback
    const child = fork();
    if (child === 0) {
      report({ child: await changeSeenByNewWatcher(of) });
      return;
    }
    const status = reap(child);
    report({ status, parent: await changeSeenByNewWatcher(of) });
    rmSync('file');
  },

  /** fork_fs_events_file_parent_child: both have the watcher, and both are told of what the child does. */
  async watchInBoth(of = '') {
    writeFileSync('file', '');
    const watcher = watch(of);
    await turn();
    const child = fork();
    if (child === 0) {
      report({ child: await changeSeenBy(watcher) });
      watcher.close();
      return;
    }
    const status = reap(child);
    const byChild = await nextChange(watcher);
    report({ status, byChild, afterwards: await changeSeenBy(watcher) });
    watcher.close();
    rmSync('file');
  },

  /** fork in the callback of a watcher: libuv is in the middle of its list of them. */
  async forkInWatcher(which = '') {
    writeFileSync('file', '');
    const watchers = [watch('file')];
    if (which === 'one of two of a file') watchers.push(watch('file'));
    const close = (): void => {
      for (const watcher of watchers) watcher.close();
    };
    const forked = new Promise<number>((resolve) => {
      watchers[0]?.once('change', () => {
        if (which === 'that it closes') close();
        resolve(fork());
      });
    });
    await turn();
    appendFileSync('file', 'x');
    const child = await forked;
    close();
    await turn();
    if (child === 0) {
      report({ child: await changeSeenByNewWatcher('file') });
      return;
    }
    report({ status: reap(child) });
    rmSync('file');
  },

  /** A watcher whose file is not to be found at the fork, and another. */
  async watchedFileGone(why = '') {
    const other = resolve('other');
    for (const file of ['file', other]) writeFileSync(file, '');
    const [watcher, watcherOfOther] = [watch('file'), watch(other)];
    const undo = WAYS_TO_GO[why]?.();
    const child = fork();
    if (child === 0) report({ child: await changeSeenBy(watcherOfOther, other) });
    watcher.close();
    watcherOfOther.close();
    if (child === 0) return;
    report({ status: reap(child) });
    undo?.();
    rmSync(other);
  },

  /** fork_threadpool_queue_work_simple */
  async threadPool() {
    await useThreadPool();
    const child = fork();
    if (child === 0) {
      report({ child: await useThreadPool() });
      return;
    }
    const parent = await useThreadPool(); // while the child works, too
    report({ status: await reapInLoop(child), parent });
  },

  /** The same, with more work under way than the pool has threads. */
  async threadPoolBusy() {
    let results = 0;
    const jobs = Array.from({ length: 8 }, async () => {
      await derive(20_000);
      results += 1;
    });
    const child = fork();
    if (child === 0) {
      process.on('exit', () => report({ resultsOfParent: results }));
      report({ child: await useThreadPool() });
      return;
    }
    const status = reap(child);
    await Promise.all(jobs);
    report({ status, results });
  },
});
