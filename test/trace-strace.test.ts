import { timelineOf } from '#src/observe/timeline/timeline.js';
import { Collector } from '#src/trace/collector.js';
import { log, story, straceLog, traceOf } from './support/traced';

/** Logs of strace, and what is made of them. Those of test/strace-logs were recorded, of programs in test/traced. */

/** Without pids, which differ from log to log, and without descriptors' numbers and what a loader reads where -y does not tell. */
function without(lines: readonly string[]): string[] {
  const pids = new Map<string, string>();
  const letter = (pid: string): string => {
    if (!pids.has(pid)) pids.set(pid, `<${pids.size + 1}>`);
    return pids.get(pid) ?? '';
  };
  return lines.map((line) => line.replaceAll(/\b\d{4,}(?=[\s,)]|$)(?! bytes)/g, letter));
}

const ENDINGS = [
  'execve("./endings", ["./endings"]): 0',
  'fork(): <1>',
  'kill(<1>, SIGKILL): 0',
  'waitpid(<1>, 0): <1>, killed by SIGKILL',
  'fork(): <2>',
  'waitid(P_PID, <2>, WEXITED): <2>, CLD_KILLED SIGABRT',
  'fork(): <3>',
  'kill(<3>, SIGSTOP): 0',
  'waitpid(<3>, WSTOPPED): <3>, stopped by SIGSTOP',
  'kill(<3>, SIGCONT): 0',
  'waitpid(<3>, 0): <3>, exited 3',
];

test('the log of -f -ttt -T -y: each process with its calls, handlers, end and time as a zombie', () => {
  const { events, problems, reader } = traceOf(straceLog('endings.exact'));
  expect([problems, reader.precision, new Date(reader.date ?? 0).getFullYear()]).toEqual([[], 'exact', 2026]);
  const told = story(events);
  expect(Object.keys(told)).toEqual(['process', 'child 1', 'child 2', 'child 3', 'child 4']);
  expect(told).toMatchObject({
    'child 1': ['killed by SIGKILL', 'zombie until reaped'],
    'child 2': [
      'sigprocmask(SIG_UNBLOCK, {SIGABRT}): 0',
      'raise(SIGABRT): 0',
      'killed by SIGABRT',
      'zombie until reaped',
    ],
    'child 3': [
      'clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=0, tv_nsec=200000000}, NULL): 0',
      'exit(3)',
      'zombie until reaped',
    ],
  });
  expect(told['process']?.slice(-5)).toEqual([
    'SIGUSR1: returned',
    '> raise(SIGUSR2): 0',
    '> SIGUSR2: returned',
    'raise(SIGTERM): 0',
    'killed by SIGTERM',
  ]);
  expect(told['process']).toContain('> > read(3, 1 bytes): 1'); // its thread's, below its own two rows
  expect(without(told['process'] ?? []).slice(0, 11)).toEqual(ENDINGS);
});

test.each([
  ['endings.plain', 'none'],
  ['endings.seconds', 'seconds'],
  ['endings.tt', 'exact'],
])('%s tells the same story as the log of -f -ttt -T -y', (name, precision) => {
  const { events, problems, reader } = traceOf(straceLog(name));
  expect([problems, reader.precision]).toEqual([[], precision]);
  const told = story(events);
  const exact = story(traceOf(straceLog('endings.exact')).events);
  for (const lane of ['child 1', 'child 2', 'child 3']) {
    // Whether a child came as far as its call before it was killed differs from run to run.
    const calls = (story: typeof told): string[] =>
      without(story[lane] ?? []).filter((line) => !line.includes('did not return'));
    expect(calls(told)).toEqual(calls(exact));
  }
  const own = (story: typeof told): string[] =>
    without(story['process'] ?? []).filter((line) => !/^(?:close|read)\(3(?:, 832 bytes)?\)/.test(line));
  // Threads run beside one another.
  expect(own(told).toSorted()).toEqual(own(exact).toSorted());
});

const SERVED = ['fork(): <1>', 'close(4): 0'];

describe('Figure 4.13 in C', () => {
  test('with SA_RESTART 0: accept fails with EINTR, and is around the handler that the child led to', () => {
    const { events, problems } = traceOf(straceLog('figure-4.13.eintr'));
    expect(problems).toEqual([]);
    const server = story(events)['server'] ?? [];
    const first = server.indexOf('accept(3): EINTR');
    expect(without(server.slice(first - 3, first + 4))).toEqual([
      'accept(3): 4',
      ...SERVED,
      'accept(3): EINTR',
      '> SIGCHLD: returned',
      '> > waitpid(-1, WNOHANG): <1>, exited 0',
      '> > waitpid(-1, WNOHANG): ECHILD',
    ]);
    expect(server.at(-1)).toBe('exit(7)');
  });

  test.each(['figure-4.13.restart', 'figure-4.13.relative-yy'])('%s: children are served and reaped', (name) => {
    const { events, problems } = traceOf(straceLog(name));
    expect(problems).toEqual([]);
    const told = story(events);
    expect(Object.keys(told)).toEqual(['server', 'child 1', 'child 2']);
    expect(told['child 1']).toEqual([
      ...['close(3): 0', 'read(4, 4096 bytes): 3', 'write(4, 3 bytes): 3', 'read(4, 4096 bytes): 0'],
      ...['exit(0)', 'zombie until reaped'],
    ]);
  });

  test('with SA_RESTART: one accept goes on through the handler, and a line says so', () => {
    const { events, lines } = traceOf(straceLog('figure-4.13.restart'));
    const server = story(events)['server'] ?? [];
    const handled = server.indexOf('> SIGCHLD: returned');
    expect(server[handled - 1]).toBe('accept(3): 4');
    expect(without(lines)).toContainEqual(expect.stringMatching(/accept: restarted after SIGCHLD$/));
    expect(lines.some((line) => line.includes('SIGCHLD from'))).toBe(true);
    expect(lines.some((line) => /accept\(3\) = -1 EINTR/.test(line))).toBe(false);
  });
});

describe('times', () => {
  const times = (text: string): number[] => traceOf(log(text)).events.map(({ t }) => t);

  test('are those of entry and return where -T is there, whatever clock', () => {
    expect(times('1 1700000000.000010 close(3) = 0 <0.000004>\n1 1700000000.000050 close(4) = 0 <0.000001>')).toEqual([
      0, 4, 40, 41,
    ]);
    expect(times('1 0.000010 close(3) = 0 <0.000004>\n1 0.000050 close(4) = 0 <0.000001>')).toEqual([0, 4, 50, 51]);
  });

  test('a call does not begin before the last of its process has returned, however -T is rounded', () => {
    expect(times('1 10.000010 close(3) = 0 <0.000014>\n1 0.000013 close(4) = 0 <0.000001>')).toEqual([0, 14, 14, 14]);
  });

  test('without -T a call returns somewhere before the next line: it is drawn to there', () => {
    expect(times('1 12:00:00.000010 close(3) = 0\n1 12:00:00.000050 close(4) = 0')).toEqual([0, 40, 40, 40]);
  });

  test('go on at midnight', () => {
    expect(times('1 23:59:59.999990 close(3) = 0 <0.000001>\n1 00:00:00.000010 close(4) = 0 <0.000001>')).toEqual([
      0, 1, 20, 21,
    ]);
  });

  test('within a second of -t, and without any, it is the order that is kept', () => {
    expect(times('1 12:00:01 close(3) = 0 <0.5>\n1 12:00:01 close(4) = 0\n1 12:00:02 close(5) = 0')).toEqual([
      0, 1, 1, 1e6, 1e6, 1e6,
    ]);
    expect(times('1 close(3) = 0\n1 close(4) = 0')).toEqual([0, 1, 1, 1]);
  });

  test('a clock that was set back does not turn the order', () => {
    expect(times('1 1700000010.000000 close(3) = 0 <0.000001>\n1 1700000000.000000 close(4) = 0 <0.000001>')).toEqual([
      0, 1, 1, 1,
    ]);
  });
});

describe('names of other architectures and versions', () => {
  test.each([
    ['fork() = 12', '[11] fork() = 12'],
    ['vfork() = 12', '[11] vfork() = 12'],
    ['clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 12', '[11] fork() = 12'],
    [
      'clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD, stack=0x7f, stack_size=0x9000}, 88) = 12',
      '[11] vfork() = 12',
    ],
    ['clone3({flags=0, exit_signal=SIGCHLD}, 88) = 12', '[11] fork() = 12'],
    [
      'accept4(3, {sa_family=AF_INET, sin_port=htons(5), sin_addr=inet_addr("1.2.3.4")}, [128 => 16], SOCK_CLOEXEC) = 4',
      '[11] accept(3) = 4',
    ],
    ['waitpid(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 1}], WNOHANG) = 12', '[11] waitpid(-1, WNOHANG) = 12, exited 1'],
    [
      'wait4(-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}], 0, NULL) = 12',
      '[11] waitpid(-1, 0) = 12, killed by SIGSEGV (core dumped)',
    ],
    [
      'wait4(-1, [{WIFCONTINUED(s)}], WCONTINUED, {ru_utime={tv_sec=0, tv_usec=0}, ...}) = 12',
      '[11] wait4(-1, WCONTINUED) = 12, continued',
    ],
    [
      'waitid(P_ALL, 0, {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=12, si_uid=0, si_status=3, si_utime=0, si_stime=0}, WEXITED, NULL) = 0',
      '[11] waitid(P_ALL, 0, WEXITED) = 12, CLD_EXITED 3',
    ],
    [
      'rt_sigaction(SIGCHLD, {0x4005f6, [CHLD], SA_RESTORER|SA_RESTART, 0x7f}, {SIG_DFL, [], 0}, 8) = 0',
      '[11] sigaction(SIGCHLD, handler, SA_RESTART, {SIGCHLD}) = 0',
    ],
    [
      'sigaction(SIGCHLD, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=0}, NULL) = 0',
      '[11] sigaction(SIGCHLD, SIG_IGN, 0) = 0',
    ],
    ['rt_sigprocmask(SIG_BLOCK, [CHLD RT_2], [], 8) = 0', '[11] sigprocmask(SIG_BLOCK, {SIGCHLD SIGRTMIN}) = 0'],
    ['tgkill(11, 11, SIGRT_3) = 0', '[11] raise(SIGRTMIN+1) = 0'],
    [
      'connect(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = -1 EINPROGRESS (Operation now in progress)',
      '[11] connect(3, [::1]:80) = -1 EINPROGRESS',
    ],
    ['bind(3, {sa_family=AF_UNIX, sun_path=@"abstract"}, 12) = 0', '[11] bind(3, @abstract) = 0'],
    ['execve("/bin/a", ["a", "b, c"], 0x7ffc /* 39 vars */) = 0', '[11] execve("/bin/a", ["a", "b, c"]) = 0'],
  ])('%s', (call, line) => {
    const { lines, problems } = traceOf(`11 ${call}`);
    expect([lines[0], problems]).toEqual([line, []]);
  });
});

test('what only asks, and the reading of files, is left out unless all is asked for', () => {
  const text = log(`
    1 rt_sigaction(SIGINT, NULL, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, 8) = 0
    1 rt_sigprocmask(SIG_BLOCK, NULL, [], 8) = 0
    1 fcntl(0</dev/pts/0>, F_GETFL) = 0x2 (flags O_RDWR)
    1 mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, 3</lib/a.so>, 0) = 0x7f
    1 read(3</usr/lib/python3/os.py>, "import", 4096) = 6
    1 close(3</usr/lib/python3/os.py>) = 0
    1 read(0</home/stevens/input>, "text", 4096) = 4
    1 read(4</dev/null>, "", 1) = 0
    1 write(5</home/stevens/log>, "x", 1) = 1
    1 read(6<pipe:[7]>, "x", 1) = 1`);
  expect(traceOf(text).lines).toEqual([
    ...[
      '[1] read(0, 4096 bytes) = 4',
      '[1] read(4, 1 bytes) = 0',
      '[1] write(5, 1 bytes) = 1',
      '[1] read(6, 1 bytes) = 1',
    ],
  ]);
  expect(traceOf(text, { calls: 'all' }).lines).toHaveLength(10);
});

test('sockets that accept connections are told with their address, also where it was asked for later', () => {
  const { events } = traceOf(
    log(`
      1 bind(3, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
      1 listen(3, 5) = 0
      1 getsockname(3, {sa_family=AF_INET, sin_port=htons(9877), sin_addr=inet_addr("127.0.0.1")}, [16]) = 0`),
  );
  expect(events.filter(({ kind }) => kind === 'listening')).toMatchObject([
    { address: '127.0.0.1:0', port: undefined },
    { address: '127.0.0.1:9877', port: 9877 },
  ]);
});

test('a child is known by what its parent is told, also where it was seen before its fork returned', () => {
  const { lines } = traceOf(
    log(`
      1 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>
      2 close(3) = 0
      2 exit_group(4) = ?
      2 +++ exited with 4 +++
      1 <... clone resumed>, child_tidptr=0x7f) = 2
      1 wait4(-1, NULL, 0, NULL) = 2`),
  );
  expect(lines).toEqual([
    ...['[1] fork() = 2', '[2] fork() = 0', '[2] close(3) = 0', '[2] exit(4)', '[1] waitpid(-1, 0) = 2, exited 4'],
  ]);
});

test('exec of a thread that is not the first: the process goes on under its own number', () => {
  const { lines, problems } = traceOf(
    log(`
      1 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD, child_tidptr=0x7f) = 2
      1 pause( <unfinished ...>
      2 execve("/bin/a", ["a"], NULL <unfinished ...>
      1 <... pause resumed>) = ?
      1 +++ superseded by execve in pid 2 +++
      1 <... execve resumed>) = 0
      1 exit_group(0) = ?
      1 +++ exited with 0 +++`),
  );
  expect([lines, problems]).toEqual([
    ['[1] clone(CLONE_THREAD) = 2', '[1] execve("/bin/a", ["a"]) = 0', '[1] exit(0)'],
    [],
  ]);
});

test('strace is interrupted, or the log ends: what was under way did not return', () => {
  const { events, problems } = traceOf('1 accept(3, NULL, NULL <detached ...>\n2 epoll_wait(9,  <unfinished ...>');
  expect(problems).toEqual([]);
  expect(story(events)).toEqual({
    process: ['epoll_wait(9): did not return'],
  });
  expect(events.map(({ kind, pid }) => `${kind} ${pid}`)).toEqual(['enter 1', 'enter 2']);
});

test.each([1, 7, 4096])('a log that comes in parts of %d bytes, in the middle of lines and of characters', (size) => {
  const text = Buffer.from(`${straceLog('figure-4.13.eintr')}1 execve("/tmp/söhne", ["→"], NULL) = 0`);
  const lines: string[] = [];
  const collector = new Collector({ all: false, line: (line) => void lines.push(line) });
  for (let at = 0; at < text.length; at += size) collector.take(text.subarray(at, at + size));
  collector.end();
  expect(lines).toEqual(traceOf(text.toString()).lines);
  expect(lines).toContain('[1] execve("/tmp/söhne", ["→"]) = 0');
});

describe('a log that is not whole', () => {
  test('begins in the middle of a call', () => {
    const { lines, problems } = traceOf('1 <... accept resumed>, [16]) = 4\n1 close(4) = 0');
    expect([lines, problems]).toEqual([['[1] accept(...) = 4', '[1] close(4) = 0'], []]);
  });

  test('other lines are in between: each is a problem with its number, and the rest is read', () => {
    const { lines, problems } = traceOf(
      '1 close(3) = 0\naccept error: Interrupted system call\n\n1 close(4) = 0\n1 clo',
    );
    expect(lines).toEqual(['[1] close(3) = 0', '[1] close(4) = 0']);
    expect(problems).toEqual([
      { line: 2, message: 'it is no call, no signal and no end of a process' },
      { line: 5, message: 'it is no call, no signal and no end of a process' },
    ]);
  });

  test('what resumes is not what was under way', () => {
    const { problems } = traceOf('1 accept(3,  <unfinished ...>\n1 <... read resumed>"", 1) = 0');
    expect(problems).toEqual([{ line: 2, message: 'read is resumed, where accept was under way in 1' }]);
  });

  test('what is wrong with a line is told with its number also where its process is known only later', () => {
    const { lines, problems } = traceOf(
      log(`
        accept(3,  <unfinished ...>
        <... read resumed>"", 1) = 0
        close(4) = 0
        [pid 7] close(5) = 0`),
    );
    expect(problems).toEqual([{ line: 2, message: 'read is resumed, where accept was under way in 7' }]);
    expect(lines).toEqual(['[7] close(4) = 0', '[7] close(5) = 0']);
    expect(traceOf('accept(3,  <unfinished ...>\n<... read resumed>"", 1) = 0').problems).toHaveLength(1);
  });

  test('a line without end is refused, however long', () => {
    const { problems } = traceOf(`1 write(1, "${'x'.repeat(2 ** 20)}", 1) = 1`);
    expect(problems).toEqual([{ line: 1, message: 'it is longer than 1048576 characters' }]);
  });

  test('a chain of forks that is longer than the stack is deep, and processes that have forked one another', () => {
    const deep = Array.from({ length: 20_000 }, (_, at) => `${at + 1} fork() = ${at + 2}`).join('\n');
    const { lanes } = timelineOf({ title: 'deep', events: traceOf(deep).events });
    expect(lanes).toHaveLength(20_001);
    expect(Math.max(...lanes.map(({ name }) => name.length))).toBeLessThan(50);
    const round = story(traceOf('1 fork() = 2\n2 fork() = 1\n1 close(3) = 0\n1 fork() = 1').events);
    expect(Object.keys(round)).toEqual(['process', 'child 1', 'child 1.1', 'child 1.1.1']);
  });

  test('any line cut anywhere, and any two exchanged: no exception, and no problem without a line', () => {
    const text = straceLog('endings.plain');
    for (let length = 0; length < text.length; length += 97) {
      for (const { line, message } of traceOf(text.slice(0, length)).problems) {
        expect(line).toBeGreaterThan(0);
        expect(message).toMatch(/^\S.*$/);
      }
    }
    const lines = text.split('\n');
    for (let at = 0; at < lines.length - 7; ++at) {
      const turned = lines.with(at, lines[at + 7] ?? '').with(at + 7, lines[at] ?? '');
      expect(() => story(traceOf(turned.join('\n')).events)).not.toThrow();
    }
  });
});
