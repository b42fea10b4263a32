/** What a child of a concurrent server costs, in numbers that do not depend on how fast the machine is. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { getHeapSpaceStatistics } from 'node:v8';
import {
  _exit,
  AF_UNIX,
  alarm,
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
  Wait,
  Waitpid,
  WEXITSTATUS,
  Writen,
  wait4,
} from 'realfork/unp';
import { native, quiesce } from '#src/native.js';
import { report, scenarios } from '../support/scenarios';

/** One connection, from its client's side too, since there is no other process to be one. */
function serveOne(): void {
  const [client, connfd] = Socketpair(AF_UNIX, SOCK_STREAM, 0);
  Writen(client, 'hello');
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

/** Minor page faults of this process, and of its children that have been reaped: fields 10 and 11 of proc_pid_stat(5). */
function pageFaults(): { parent: number; children: number } {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(fields[7]), children: Number(fields[8]) };
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

/** From some forks before on a process is taken for one that forks often. */
const OFTEN = 1100;
/** The same, by 500 more. */
const FORKS = OFTEN + 500;
const TURNS = 20_000;
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

  /** How many page faults more a child has when its parent's loop has run for long, and V8 would have replaced it. */
  'a hot loop'() {
    const faults: number[] = [];
    let sum = 0;
    for (let i = 0; i < FORKS; ++i) {
      if (fork() === 0) _exit(sum & 1);
      faults.push(wait4(-1).rusage.ru_minflt);
      if (i > FORKS - 400) for (let k = 0; k < TURNS; ++k) sum += k & 3; // the same loop for V8, which goes by functions
    }
    report({ more: Math.round(mean(faults.slice(-100)) - mean(faults.slice(-500, -400))) });
  },

  /**
   * For --trace-osr: what V8 does with a loop of a child whose parent has forked as often. The loop ends with the child,
   * which is killed: a thread beside it compiles it, and runs when the machine lets it. Nobody there to kill it: SIGALRM.
   */
  "a child's hot loop"() {
    for (let i = 0; i < OFTEN; ++i) {
      if (fork() === 0) {
        let sum = 0;
        if (i === OFTEN - 1) {
          alarm(60);
          for (let k = 0; k >= 0; k = (k + 1) & 0xffff) sum = (sum + k) & 3;
        }
        _exit(sum & 1);
      }
      Wait();
    }
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

  /** What V8's old space holds after so many forks, with and without garbage. KiB. */
  'old garbage'() {
    serve(130);
    const before = oldSpace();
    leaveGarbage();
    const withGarbage = oldSpace();
    serve(900);
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

  'large pages'() {
    const objects = Array.from({ length: 20_000 }, (_, i) => ({ i, text: `object ${i}` }));
    const before = onLargePages();
    serve(127);
    const shortly = onLargePages();
    serve(73);
    report({ before, shortly, after: onLargePages() });
    let more = true;
    while (more) more = native.gatherHeap();
    report({ wrong: objects.filter(({ i, text }) => text !== `object ${i}`).length });
  },
});
