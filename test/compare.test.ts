import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { align, type Pair } from '#src/observe/alignment.js';
import { type ComparedProcess, compareRuns, type Step } from '#src/observe/compare.js';
import type { Event } from '#src/observe/events.js';
import { writeRecording } from '#src/observe/recording-file.js';
import { CLI, freePort, realfork } from './support/cli';
import { ownDirectory } from './support/own-directory';
import { enter, exits, failed, gave, handler, REAPED_IN_HANDLER, recording, SERVER } from './support/recordings';
import { Started } from './support/run-program';
import { compiledPrograms, describeTraced, listens, serveTwo } from './support/traced-programs';

/** Two runs side by side. */

describe('alignment', () => {
  const words = (one: string, other: string): string => {
    const [a, b] = [one.split(' '), other.split(' ')];
    const pairs = align(a.length, b.length, (i, j) => (a[i] === b[j] ? 1 : 0));
    return pairs.map(([i, j]) => `${i === undefined ? '' : a[i]}|${j === undefined ? '' : b[j]}`).join(' ');
  };

  test.each([
    ['a b c', 'a b c', 'a|a b|b c|c'],
    ['a c', 'x a y c z', '|x a|a |y c|c |z'],
    ['a b c', 'b', 'a| b|b c|'],
    ['a', 'b', 'a| |b'],
    ['a b a b', 'b a b a', 'a| b|b a|a b|b |a'],
  ])('of "%s" and "%s"', (one, other, expected) => {
    expect(words(one, other)).toBe(expected);
  });

  test('has the most of two long sequences beside one another, in their order: as the full table finds it', () => {
    const [a, b] = [3, 5].map((seed) => Array.from({ length: 200 }, (_, i) => (i * i * seed + i) % 7)) as [
      number[],
      number[],
    ];
    const worth = (i: number, j: number): number => (a[i] === b[j] ? 1 + (a[i] ?? 0) : 0);
    const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
    const at = (i: number, j: number): number => table[i]?.[j] ?? 0;
    for (let i = 1; i <= a.length; ++i) {
      for (let j = 1; j <= b.length; ++j) {
        const beside = worth(i - 1, j - 1) === 0 ? 0 : at(i - 1, j - 1) + worth(i - 1, j - 1);
        (table[i] as number[])[j] = Math.max(at(i - 1, j), at(i, j - 1), beside);
      }
    }
    const pairs = align(a.length, b.length, worth);
    const sum = pairs.reduce((total, [i, j]) => total + (i === undefined || j === undefined ? 0 : worth(i, j)), 0);
    expect(sum).toBe(at(a.length, b.length));
    const places = (which: 0 | 1): unknown[] =>
      pairs.map((pair: Pair) => pair[which]).filter((place) => place !== undefined);
    expect([places(0), places(1)]).toEqual([[...a.keys()], [...b.keys()]]);
  });

  test('of nothing', () => {
    expect([align(0, 2, () => 1), align(1, 0, () => 1), align(0, 0, () => 1)]).toEqual([
      [
        [undefined, 0],
        [undefined, 1],
      ],
      [[0, undefined]],
      [],
    ]);
  });
});

const compared = (a: readonly Event[], b: readonly Event[]): ComparedProcess[] =>
  compareRuns({ title: 'a', events: a }, { title: 'b', events: b });

/** "accept(3) = 4 | accept(18) = 19". */
const shown = ({ steps }: ComparedProcess): string[] =>
  steps.map(({ a, b, isOtherwise }) => {
    const [one, other] = [a, b].map((step) => (step === undefined ? '' : `${step.text} ${step.outcome}`.trim()));
    return `${one} | ${other}${isOtherwise ? ' !' : ''}`;
  });

describe('two runs', () => {
  test('one has EINTR where the other goes on, by SA_RESTART', () => {
    const restarted = REAPED_IN_HANDLER.map((event) =>
      event.kind === 'call' && event.errno === 'EINTR' ? gave(event.t, SERVER, 'accept', '19', 20) : event,
    );
    const [server, child, ...others] = compared(REAPED_IN_HANDLER, restarted);
    expect(others).toEqual([]);
    expect([server?.a, server?.b, child?.a, child?.b]).toEqual(['server', 'server', 'child 1', 'child 1']);
    expect(shown(server as ComparedProcess)).toEqual([
      'sigaction(SIGCHLD, handler, 0) 0 | sigaction(SIGCHLD, handler, 0) 0',
      'fork() 4713 | fork() 4713',
      'accept(19) -1 EINTR | accept(19) 20 !',
      'SIGCHLD handler | SIGCHLD handler',
      'waitpid(-1, WNOHANG) 4713, exited 7 | waitpid(-1, WNOHANG) 4713, exited 7',
      'accept(19) did not return | accept(19) did not return',
    ]);
  });

  test('numbers of descriptors may differ: they are known by the call that gave them, in children too', () => {
    const run = (listenfd: number, connfd: number, more: readonly Event[]): Event[] => [
      gave(1, SERVER, 'socket', 'AF_INET, SOCK_STREAM, 0', listenfd),
      gave(2, SERVER, 'accept', String(listenfd), connfd),
      gave(3, SERVER, 'fork', '', SERVER + 1),
      gave(4, SERVER + 1, 'fork', '', 0),
      ...more,
      gave(8, SERVER + 1, 'close', String(listenfd), 0),
      exits(9, SERVER + 1),
      gave(10, SERVER, 'close', String(connfd), 0),
    ];
    const [, child] = compared(
      run(3, 4, []),
      run(18, 19, [gave(5, SERVER + 1, 'close', '3', 0), gave(6, SERVER + 1, 'close', '19', 0)]),
    );
    expect(shown(child as ComparedProcess)).toEqual([
      ...[' | close(3) 0', ' | close(19) 0'],
      ...['close(3) 0 | close(18) 0', 'exit(0) | exit(0)'],
    ]);
  });

  test('wait and wait4 are the same call by two names', () => {
    const [process] = compared(
      [gave(1, 1, 'wait', '', 2, '2, exited 0')],
      [gave(1, 1, 'wait4', '-1, 0', 2, '2, exited 0')],
    );
    expect(shown(process as ComparedProcess)).toEqual(['wait() 2, exited 0 | wait4(-1, 0) 2, exited 0']);
  });

  test('a server is beside a server, whatever has started it', () => {
    const server = (pid: number): Event[] => [
      { kind: 'listening', t: 11, pid, address: '127.0.0.1:9877', port: 9877 },
      ...[gave(12, pid, 'fork', '', 30), gave(13, 30, 'fork', '', 0), exits(14, 30)],
    ];
    const byShell = [
      gave(1, 1, 'fork', '', 10),
      gave(2, 10, 'fork', '', 0),
      gave(3, 1, 'fork', '', 20),
      gave(4, 20, 'fork', '', 0),
    ];
    const both = compared(server(5), [...byShell, ...server(20)]);
    expect(both.map(({ a, b }) => [a, b])).toEqual([
      ['server', 'child 2'],
      ['child 1', 'child 2.1'],
      [undefined, 'process'],
      [undefined, 'child 1'],
    ]);
  });

  test('what other threads do is left out; a process that one run does not have is there', () => {
    const thread = { ...gave(2, 1, 'read', '3, 1 bytes', 1), thread: 9 };
    const forks = [gave(3, 1, 'fork', '', 2), gave(4, 2, 'fork', '', 0), failed(5, 2, 'read', '3, 1 bytes', 'EBADF')];
    const both = compared([enter(1, 1, 'pause'), thread], [enter(1, 1, 'pause'), handler(2, 1, 'SIGHUP'), ...forks]);
    expect(both.map(({ a, b }) => [a, b])).toEqual([
      ['process', 'process'],
      [undefined, 'child 1'],
    ]);
    expect(shown(both[0] as ComparedProcess)).toEqual([
      ...['pause() did not return | pause() did not return', ' | SIGHUP handler', ' | fork() 2'],
    ]);
  });
});

const folder = ownDirectory();

function recorded(name: string, events: readonly Event[], title = name): string {
  const file = join(folder.path, name);
  writeRecording(file, [recording([], { runs: [{ title, events }] })]);
  return file;
}

describe('realfork compare', () => {
  test('shows two recordings side by side, and how many calls only one of them makes', async () => {
    const more = [...[162, 164].map((t) => gave(t, SERVER, 'close', '7', 0)), ...REAPED_IN_HANDLER];
    const run = await realfork(['compare', recorded('a', REAPED_IN_HANDLER), recorded('b', more)]);
    expect([run.status, run.stderr]).toEqual([0, '']);
    expect(run.stdout.replaceAll(/ +\|/g, ' |')).toBe(`\
A: a
B: b

server
sigaction(SIGCHLD, handler, 0) = 0 | sigaction(SIGCHLD, handler, 0) = 0
fork() = 4713 | fork() = 4713
accept(19) = -1 EINTR | accept(19) = -1 EINTR
  SIGCHLD handler |   SIGCHLD handler
    waitpid(-1, WNOHANG) = 4713, exited 7 |     waitpid(-1, WNOHANG) = 4713, exited 7
accept(19) did not return | accept(19) did not return
  … only B: close ×2
6 in both, 0 of them otherwise; 0 only in A, 2 only in B

child 1
read(20, 4096 bytes) = 0 | read(20, 4096 bytes) = 0
exit(7) | exit(7)
2 in both, 0 of them otherwise; 0 only in A, 0 only in B
`);
    const all = await realfork(['compare', '--all', join(folder.path, 'a'), join(folder.path, 'b')]);
    expect(all.stdout).toMatch(/^ +\| close\(7\) = 0\n +\| close\(7\) = 0$/m);
  });

  test('--json; a run that there is not; control characters do not reach the terminal', async () => {
    const file = recorded('a', REAPED_IN_HANDLER, 'a\u001b[31m');
    const run = await realfork(['compare', '--json', file, file]);
    const { processes } = JSON.parse(run.stdout) as { processes: ComparedProcess[] };
    expect(processes).toEqual(JSON.parse(JSON.stringify(compared(REAPED_IN_HANDLER, REAPED_IN_HANDLER))));
    expect((await realfork(['compare', file, file])).stdout).toContain('A: a?[31m\n');
    const none = await realfork(['compare', '--run', '2', file, file]);
    expect(none).toMatchObject({
      status: 1,
      stderr: `realfork: recording ${file} has 1 run: --run 2 is none of them\n`,
    });
  });
});

/** Calls that the server of the book makes and that Node makes for itself as well: of these there may be more. */
const NODES_OWN: ReadonlySet<string> = new Set([
  ...['execve', 'read', 'write', 'close', 'fcntl', 'sigaction', 'sigprocmask', 'rt_tgsigqueueinfo', 'prctl'],
  ...['pipe2', 'socketpair', 'shutdown', 'clone', 'epoll_wait', 'poll', 'ppoll', 'dup', 'dup2', 'dup3'],
]);

/** And it asks what its standard streams are. fork waits, some milliseconds at a time, for V8's workers to be idle. */
const isNodesOwn = ({ name, text }: Step): boolean =>
  NODES_OWN.has(name) ||
  /^getsock(?:name|opt)\([012]\b|^clock_nanosleep\(CLOCK_REALTIME, 0, \{tv_sec=0, tv_nsec=\d000000\}/.test(text);

describeTraced('tcpserv04 of UNP 5.10', () => {
  const program = compiledPrograms('tcpserv04');
  const started: Started[] = [];
  afterEach(async () => {
    for (const one of started.splice(0)) await one.kill();
  });

  async function record(name: string, port: number, command: readonly string[]): Promise<string> {
    const file = join(folder.path, name);
    const traced = new Started(process.execPath, [CLI, 'trace', '--record', file, '--', ...command]);
    started.push(traced);
    const { pid } = await listens(traced);
    await serveTwo(traced, port, /^\[\d+\] waitpid\(-1, WNOHANG\) = -1 ECHILD$/, true);
    process.kill(pid, 'SIGKILL');
    expect((await traced.end()).status).toBe(137);
    return file;
  }

  test('in C and under realfork: the same calls in the same order, but for those that Node makes for itself', async () => {
    const [portC, portNode] = [await freePort(), await freePort()];
    const c = await record('c', portC, [program('tcpserv04'), String(portC)]);
    const serve = [process.execPath, CLI, 'serve', 'tcpserv04', '--quiet', '--port', String(portNode)];
    const node = await record('node', portNode, serve);
    const { stdout } = await realfork(['compare', '--json', c, node]);
    const { processes } = JSON.parse(stdout) as { processes: ComparedProcess[] };
    expect(processes.map(({ a, b }) => [a, b])).toEqual([
      ['server', 'server'],
      ['child 1', 'child 1'],
      ['child 2', 'child 2'],
    ]);
    for (const { steps } of processes) {
      expect(steps.filter(({ b }) => b === undefined)).toEqual([]);
      expect(steps.filter(({ isOtherwise }) => isOtherwise)).toEqual([]);
      const onlyNode = steps.flatMap(({ a, b }) => (a === undefined && b !== undefined ? b : []));
      expect(onlyNode.filter((step) => !isNodesOwn(step))).toEqual([]);
    }
    const names = processes.map(({ steps }) => steps.flatMap(({ a }) => a?.name ?? []));
    const reaps = ['SIGCHLD handler', 'waitpid', 'write', 'waitpid'];
    expect(names).toEqual([
      [
        ...['execve', 'socket', 'setsockopt', 'bind', 'listen', 'getsockname', 'sigaction'],
        ...['accept', 'fork', 'close', 'accept', ...reaps],
        ...['fork', 'close', 'accept', ...reaps, 'killed'],
      ],
      ['close', 'read', 'write', 'read', 'exit'],
      ['close', 'read', 'write', 'read', 'exit'],
    ]);
    expect(readFileSync(c, 'utf8')).toContain('"shown":"-1","errno":"ECHILD"');
  });
});
