import { type Body, LineError, parseLine } from '#src/trace/strace/line.js';
import { decorationOf, fieldsOf, scanArguments, stripped } from '#src/trace/strace/scan.js';

/** The grammar of strace's lines. Those that no recorded log has are of its manual, its sources and reports of its users. */

const body = (line: string): Body => parseLine(line).body;

describe('which process and when', () => {
  const exit = '+++ exited with 0 +++';
  test.each<[string, object]>([
    [`4711 ${exit}`, { pid: 4711 }],
    [`[pid  4711] ${exit}`, { pid: 4711 }],
    [`4711<server> ${exit}`, { pid: 4711 }],
    [`12:00:01 ${exit}`, { time: { clock: 'day', t: 43_201_000_000, unit: 1e6 } }],
    [`4711  12:00:01.000002 ${exit}`, { pid: 4711, time: { clock: 'day', t: 43_201_000_002, unit: 1 } }],
    [
      `[pid 4711] 1700000000.000001 ${exit}`,
      { pid: 4711, time: { clock: 'epoch', t: 1_700_000_000_000_001, unit: 1 } },
    ],
    [`1700000000.5 ${exit}`, { time: { clock: 'epoch', t: 1_700_000_000_500_000, unit: 1e5 } }],
    [`1700000000 ${exit}`, { time: { clock: 'epoch', t: 1_700_000_000_000_000, unit: 1e6 } }],
    [`     0.000123 ${exit}`, { time: { clock: 'relative', t: 123, unit: 1 } }],
    [`4711      0.000123 ${exit}`, { pid: 4711, time: { clock: 'relative', t: 123, unit: 1 } }],
    [`12:00:01 (+     0.000123) ${exit}`, { time: { clock: 'day', t: 43_201_000_000, unit: 1e6 } }],
    [exit, {}],
  ])('%s', (line, expected) => {
    expect(parseLine(line)).toEqual({ ...expected, body: { kind: 'exited', status: 0 } });
  });

  test('of -n and -i, which are in between, nothing is kept', () => {
    expect(body('4711 [  43] [00007f5a89234740] accept(3, NULL, NULL) = 4')).toMatchObject({
      kind: 'call',
      call: 'accept',
    });
  });
});

describe('calls', () => {
  test.each<[string, readonly string[], object]>([
    [
      'accept(3<socket:[4711]>, NULL, NULL) = 4<socket:[4712]> <0.5>',
      ['3<socket:[4711]>', 'NULL', 'NULL'],
      { value: '4' },
    ],
    [
      'read(0, 0x7ffff72cf5cf, 1) = ? ERESTARTSYS (To be restarted)',
      ['0', '0x7ffff72cf5cf', '1'],
      { error: 'ERESTARTSYS' },
    ],
    [
      'pause()                                 = ? ERESTARTNOHAND (To be restarted if no handler)',
      [],
      { error: 'ERESTARTNOHAND' },
    ],
    [
      'accept(3, NULL, NULL) = -1 EINTR (Interrupted system call)',
      ['3', 'NULL', 'NULL'],
      { value: '-1', error: 'EINTR' },
    ],
    ['fork() = -1 EAGAIN (Resource temporarily unavailable) (INJECTED)', [], { value: '-1', error: 'EAGAIN' }],
    [
      'select(4, [3], NULL, NULL, NULL) = 1 (in [3])',
      ['4', '[3]', 'NULL', 'NULL', 'NULL'],
      { value: '1', remark: 'in [3]' },
    ],
    [
      'poll([{fd=3, events=POLLIN}], 1, 5) = 0 (Timeout)',
      ['[{fd=3, events=POLLIN}]', '1', '5'],
      { value: '0', remark: 'Timeout' },
    ],
    [
      'fcntl(1</tmp/a b (c)>, F_GETFL) = 0x8001 (flags O_WRONLY)',
      ['1</tmp/a b (c)>', 'F_GETFL'],
      { value: '0x8001', remark: 'flags O_WRONLY' },
    ],
    ['open("/tmp/a, b) = \\"c\\"", O_RDONLY) = 3</tmp/x>', ['"/tmp/a, b) = \\"c\\""', 'O_RDONLY'], { value: '3' }],
    [
      'read(4<TCP:[127.0.0.1:80->127.0.0.1:5432]>, "a"..., 9) = 1',
      ['4<TCP:[127.0.0.1:80->127.0.0.1:5432]>', '"a"...', '9'],
      { value: '1' },
    ],
    ['write(1</dev/pts/0<char 136:0>>, "x", 1) = 1', ['1</dev/pts/0<char 136:0>>', '"x"', '1'], { value: '1' }],
    [
      'restart_syscall(<... resuming interrupted nanosleep ...>) = 0',
      ['<... resuming interrupted nanosleep ...>'],
      { value: '0' },
    ],
    ['capset({}, {effective=1<<CAP_CHOWN}) = 0', ['{}', '{effective=1<<CAP_CHOWN}'], { value: '0' }],
    [
      'execve("./a", ["./a"], 0x7ff /* 3 (three) vars, all */) = 0',
      ['"./a"', '["./a"]', '0x7ff /* 3 (three) vars, all */'],
      { value: '0' },
    ],
    ['exit_group(0)                           = ?', ['0'], {}],
    ['exit_group(0)                           = ? <unavailable>', ['0'], {}],
    [
      'syscall_0x1c3(0x1, 0x2) = -1 ENOSYS (Function not implemented)',
      ['0x1', '0x2'],
      { value: '-1', error: 'ENOSYS' },
    ],
    [
      'wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 5',
      ['-1', '[{WIFEXITED(s) && WEXITSTATUS(s) == 0}]', '0', 'NULL'],
      { value: '5' },
    ],
  ])('%s', (line, args, result) => {
    expect(body(line)).toMatchObject({ kind: 'call', args, result });
    expect(body(line)).toEqual(expect.objectContaining({ result }));
  });

  test('-T is how long it took, in microseconds', () => {
    expect(body('close(3</tmp/x>) = 0 <0.000012>')).toMatchObject({ duration: 12 });
    expect(body('dup(3</tmp/x>) = 4</tmp/x>')).not.toHaveProperty('duration');
  });

  test.each<[string, Body]>([
    [
      'accept(3, NULL, NULL <unfinished ...>',
      { kind: 'unfinished', call: 'accept', text: '3, NULL, NULL', detached: false },
    ],
    ['pause( <unfinished ...>', { kind: 'unfinished', call: 'pause', text: '', detached: false }],
    [
      'accept(3, NULL, NULL <detached ...>',
      { kind: 'unfinished', call: 'accept', text: '3, NULL, NULL', detached: true },
    ],
    ['????( <unfinished ...>', { kind: 'unfinished', call: '????', text: '', detached: false }],
    ['<... select resumed> )      = 1 (in [3])', { kind: 'resumed', call: 'select', text: ' )      = 1 (in [3])' }],
    ['<... ???? resumed>) = ?', { kind: 'resumed', call: '????', text: ') = ?' }],
    ['<... resumed>) = 0', { kind: 'resumed', call: '????', text: ') = 0' }],
  ])('%s', (line, expected) => {
    expect(body(line)).toEqual(expected);
  });
});

test.each<[string, Body]>([
  ['+++ killed by SIGSEGV (core dumped) +++', { kind: 'killed', signal: 'SIGSEGV', core: true }],
  ['+++ killed by SIGRT_3 +++', { kind: 'killed', signal: 'SIGRT_3', core: false }],
  ['+++ superseded by execve in pid 4712 +++', { kind: 'superseded', by: 4712 }],
  [
    '--- SIGINT {si_signo=SIGINT, si_pid=1} ---',
    { kind: 'signal', signal: 'SIGINT', siginfo: '{si_signo=SIGINT, si_pid=1}' },
  ],
  ['--- SIGCHLD (Child exited) @ 0 (0) ---', { kind: 'signal', signal: 'SIGCHLD', siginfo: '' }],
  ['--- stopped by SIGTSTP ---', { kind: 'stop', signal: 'SIGTSTP' }],
  ['strace: Process 4712 attached', { kind: 'attached', pid: 4712 }],
  ['Process 4712 attached', { kind: 'attached', pid: 4712 }],
  ['Process 4712 attached (waiting for parent)', { kind: 'attached', pid: 4712 }],
  ['strace: Process 4712 attached with 3 threads', { kind: 'attached', pid: 4712 }],
  ['strace: Process 4712 detached', { kind: 'message' }],
  ['strace: [ Process PID=4712 runs in 32 bit mode. ]', { kind: 'message' }],
  ['[ Process PID=4712 runs in x32 mode. ]', { kind: 'message' }],
])('%s', (line, expected) => {
  expect(body(line)).toEqual(expected);
});

test.each([
  'accept error: Interrupted system call',
  'accept(3, NULL',
  'accept(3, "never ended) = 4',
  'accept(3<socket:[1], NULL) = 4',
  'accept(3, NULL, NULL)',
  'accept(3, NULL, NULL) = four',
  '+++ exited +++',
  '--- SIGCHLD',
  '<... accept resumed',
  '\u0000\u0001\u0002',
  '(((((((((',
  `${'('.repeat(100_000)}`,
  `accept(${'['.repeat(100_000)}`,
  `accept(${'1<'.repeat(100_000)}`,
  `accept(3)${' '.repeat(100_000)}=${' '.repeat(100_000)}`,
  `--- SIGCHLD ${')'.repeat(100_000)}`,
  `${' '.repeat(100_000)}accept`,
])('what strace did not write is refused with a plain message, in no time: %.40s', (line) => {
  const before = performance.now();
  expect(() => parseLine(line)).toThrow(LineError);
  expect(performance.now() - before).toBeLessThan(1000);
});

test('a structure has fields, and arguments have what -y says', () => {
  expect([...fieldsOf('[{si_signo=SIGCHLD, si_utime=1 /* 0.01 s, 1 tick */}]')]).toEqual([
    ['si_signo', 'SIGCHLD'],
    ['si_utime', '1 /* 0.01 s, 1 tick */'],
  ]);
  expect(decorationOf('3</usr/lib/a.so.6>(deleted)')).toBe('/usr/lib/a.so.6');
  expect(stripped('[3<pipe:[1]>, "4<x>", 5 /* five */]')).toBe('[3, "4<x>", 5 ]');
  expect(scanArguments('a, {b, c}, "d, e") rest')).toEqual({ args: ['a', '{b, c}', '"d, e"'], end: 18 });
});
