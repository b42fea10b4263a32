/** What a child of a concurrent server costs, in numbers that do not depend on how fast the machine is. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { getHeapSpaceStatistics } from 'node:v8';
import { Script } from 'node:vm';
import {
  _exit,
  AF_UNIX,
  Close,
  exit,
  Fork,
  fork,
  Getsockname,
  SHUT_WR,
  Shutdown,
  SOCK_STREAM,
  Socketpair,
  str_echo,
  Waitpid,
  WEXITSTATUS,
  Writen,
  wait4,
} from 'realfork/unp';
import { quiesce } from '#src/native.js';
import { forksOften } from '#src/tuned/often.js';
import { pageFaults } from '../support/proc';
import { report, scenarios } from '../support/scenarios';

/** Made once: what a client does to make it is no cost of a server. */
const HELLO = Buffer.from('hello');

/** One connection, from its client's side too, since there is no other process to be one. */
function serveOne(): void {
  const [client, connfd] = Socketpair(AF_UNIX, SOCK_STREAM, 0);
  Writen(client, HELLO);
  Shutdown(client, SHUT_WR);
  const pid = Fork();
  if (pid === 0) {
    Close(client);
    str_echo(connfd);
    Close(connfd);
    exit(0);
  }
  Close(connfd);
  const { status } = Waitpid(pid);
  Close(client);
  if (WEXITSTATUS(status) !== 0) throw new Error(`a child ended with ${status}`);
}

function serve(count: number): void {
  for (let served = 0; served < count; ++served) serveOne();
}

const mappings = (): number => readFileSync('/proc/self/maps', 'utf8').trimEnd().split('\n').length;

/** Mappings that asked for large pages: the flag "hg" of proc_pid_smaps(5). */
const onLargePages = (): number => (readFileSync('/proc/self/smaps', 'utf8').match(/^VmFlags:.* hg\b/gm) ?? []).length;

/** Of V8, in KiB. */
function oldSpace(): number {
  const { space_used_size = 0 } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space') ?? {};
  return Math.round(space_used_size / 1024);
}

/** Keeps objects until they are in V8's old space, and drops them. */
function leaveGarbage(): void {
  let kept: object[] = Array.from({ length: 50_000 }, (_, i) => ({ i, text: `object ${i}` }));
  const most = oldSpace() + 2048;
  for (let turns = 0; oldSpace() < most && turns < 1000; ++turns) kept = kept.map((object) => ({ ...object }));
}

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0) / numbers.length;

const WARM_UP = 200;
const COUNT = 100;

scenarios({
  'per connection'() {
    serve(WARM_UP);
    const before = pageFaults();
    serve(COUNT);
    const after = pageFaults();
    report({
      parent: (after.parent - before.parent) / COUNT,
      child: (after.children - before.children) / COUNT,
      mappings: mappings(),
    });
  },

  /** How often Node is asked for a report, which takes 5 ms, by so many forks beside threads of libuv's pool. */
  async 'reports of workers'() {
    await readFile(__filename);
    const { report: ofNode } = process as { report: { getReport: () => object } };
    const getReport = ofNode.getReport.bind(ofNode);
    let asked = 0;
    ofNode.getReport = () => {
      ++asked;
      return getReport();
    };
    serve(5);
    report({ asked });
  },

  /** For strace: so many connections between two calls that are not made for them. */
  marked() {
    serve(WARM_UP);
    Getsockname(Socketpair(AF_UNIX, SOCK_STREAM, 0)[0]);
    serve(COUNT);
    Getsockname(Socketpair(AF_UNIX, SOCK_STREAM, 0)[0]);
  },

  /** What V8's old space holds as a tuned program forks, with and without garbage. KiB. */
  'old garbage'() {
    const fork = (count: number): void => {
      for (let forked = 0; forked < count; ++forked) {
        forksOften.beforeFork(1);
        forksOften.afterFork(1);
      }
    };
    fork(130);
    const before = oldSpace();
    leaveGarbage();
    const withGarbage = oldSpace();
    fork(900);
    report({ before, withGarbage, after: oldSpace() });
  },

  /** How many page faults more a child has after collections, where it runs what its parent ran once. */
  collections() {
    const once = (turns: number): number => {
      let sum = 0;
      for (const word of `${turns} of the same`.split(' ')) sum += Number.parseInt(word, 36) % 7;
      return sum;
    };
    const faultsOfChildren = (): number => {
      const faults = Array.from({ length: 20 }, (_, i) => {
        if (fork() === 0) _exit(once(i) & 1);
        return wait4(-1).rusage.ru_minflt;
      });
      return mean(faults.slice(10));
    };
    serve(WARM_UP);
    once(0);
    const before = faultsOfChildren();
    for (let collections = 0; collections < 12; ++collections) quiesce().collectGarbage(false);
    report({ more: Math.round(faultsOfChildren() - before) });
  },

  /** What changes in a program that asked for nothing: mappings on large pages, and whether V8 takes the code that it cached. */
  'left alone'() {
    const source = 'function once(a) { return a + 1 } once(1)';
    const cachedData = new Script(source).createCachedData();
    const refused = () => new Script(source, { cachedData, filename: 'again' }).cachedDataRejected;
    const before = { large: onLargePages(), refused: refused() };
    serve(150);
    report({ before, after: { large: onLargePages(), refused: refused() } });
  },
});
