import type { Event } from '#src/observe/events.js';
import type { Lane, Timeline } from '#src/observe/timeline/model.js';
import { timelineOf } from '#src/observe/timeline/timeline.js';
import {
  CHILD,
  enter,
  exits,
  failed,
  gave,
  handler,
  REAPED_IN_HANDLER,
  role,
  SERVER,
  servedOne,
} from './support/recordings';

const ofEvents = (events: readonly Event[]): Timeline => timelineOf({ title: 'a run', events });

function lane(timeline: Timeline, name: string): Lane {
  const found = timeline.lanes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no lane ${name}, only ${timeline.lanes.map((one) => one.name).join(', ')}`);
  return found;
}

/** A server that makes a child at 20, which exits at 100; then what is given. */
function withChild(first: readonly Event[], last: readonly Event[]): Timeline {
  return ofEvents([
    ...first,
    enter(20, SERVER, 'fork'),
    gave(40, CHILD, 'fork', '', 0),
    gave(45, SERVER, 'fork', '', CHILD),
    exits(100, CHILD),
    ...last,
  ]);
}

describe('a child that is reaped in the SIGCHLD handler', () => {
  const timeline = ofEvents(REAPED_IN_HANDLER);

  test('has a lane after its parent, from the return of fork to its exit', () => {
    expect([timeline.start, timeline.end]).toEqual([0, 160]);
    expect(timeline.lanes).toMatchObject([
      { id: 0, pid: SERVER, name: 'server', parent: undefined, start: 0, end: 160, ending: undefined, rows: 3 },
      { id: 1, pid: CHILD, name: 'child 1', parent: 0, start: 40, end: 100, ending: { t: 100, how: 'exit(7)' } },
    ]);
  });

  test('interrupts accept: the handler is a bar in that of accept, and waitpid one in that of the handler', () => {
    const call = { kind: 'call', shown: '-1' };
    expect(lane(timeline, 'server').bars.slice(2)).toEqual([
      { ...call, call: 'accept', args: '19', start: 50, end: 150, errno: 'EINTR', depth: 0 },
      { kind: 'handler', signal: 'SIGCHLD', start: 120, end: 140, returned: true, depth: 1 },
      {
        ...{ ...call, call: 'waitpid', args: '-1, WNOHANG', start: 125, end: 130 },
        ...{ shown: `${CHILD}, exited 7`, errno: undefined, depth: 2 },
      },
      { ...call, call: 'accept', args: '19', start: 160, end: 160, shown: undefined, errno: undefined, depth: 0 },
    ]);
  });

  test('is a zombie from its exit to the return of waitpid', () => {
    expect(lane(timeline, 'child 1').zombie).toEqual({ start: 100, end: 130, until: 'reaped' });
  });

  test('is led to by fork, and leads to the handler and from there to waitpid', () => {
    expect(timeline.arrows).toEqual([
      { kind: 'fork', about: 1, from: { lane: 0, t: 40, depth: 0 }, to: { lane: 1, t: 40, depth: 0 } },
      { kind: 'sigchld', about: 1, from: { lane: 1, t: 100, depth: 0 }, to: { lane: 0, t: 120, depth: 1 } },
      { kind: 'reap', about: 1, from: { lane: 0, t: 120, depth: 1 }, to: { lane: 0, t: 125, depth: 2 } },
    ]);
  });
});

test.each<[string, Event]>([
  ['sigaction SIG_IGN', gave(10, SERVER, 'sigaction', 'SIGCHLD, SIG_IGN, 0', 0)],
  ['sigaction SA_NOCLDWAIT', gave(10, SERVER, 'sigaction', 'SIGCHLD, handler, SA_RESTART|SA_NOCLDWAIT', 0)],
  ['signal SIG_IGN', gave(10, SERVER, 'signal', 'SIGCHLD, SIG_IGN', 0)],
])('%s: no zombie', (_, event) => {
  expect(lane(withChild([event], []), 'child 1').zombie).toBeUndefined();
});

test.each<[string, Event]>([
  ['sigaction that only asks', gave(10, SERVER, 'sigaction', 'SIGCHLD, NULL', 0)],
  ['sigaction that fails', failed(10, SERVER, 'sigaction', 'SIGCHLD, SIG_IGN, 0', 'EINVAL')],
  ['SIG_IGN of another signal', gave(10, SERVER, 'sigaction', 'SIGPIPE, SIG_IGN, 0', 0)],
])('%s: the child is a zombie to the end of the run', (_, event) => {
  const timeline = withChild([event], [enter(200, SERVER, 'pause')]);
  expect(lane(timeline, 'child 1').zombie).toEqual({ start: 100, end: 200, until: 'end of run' });
});

test('the exit of the parent ends the zombie, and an orphan is none', () => {
  const left = withChild([], [exits(150, SERVER), enter(200, 99, 'pause')]);
  expect(lane(left, 'child 1').zombie).toEqual({ start: 100, end: 150, until: 'parent ended' });
  const orphan = ofEvents([
    enter(20, SERVER, 'fork'),
    gave(40, SERVER, 'fork', '', CHILD),
    exits(50, SERVER),
    enter(60, CHILD, 'pause'),
    exits(100, CHILD),
    enter(200, 99, 'pause'),
  ]);
  expect(lane(orphan, 'child 1').zombie).toBeUndefined();
});

test('the parent was killed: nobody said when, and no zombie of its child is claimed', () => {
  const timeline = ofEvents([
    ...[enter(10, 99, 'fork'), gave(12, 99, 'fork', '', SERVER), gave(14, SERVER, 'fork', '', 0)],
    ...[enter(20, SERVER, 'fork'), gave(40, SERVER, 'fork', '', CHILD), gave(45, CHILD, 'fork', '', 0)],
    ...[exits(100, CHILD), gave(150, 99, 'wait', '', SERVER, `${SERVER}, killed by SIGKILL`), enter(200, 99, 'pause')],
  ]);
  expect(lane(timeline, 'child 1.1')).toMatchObject({ pid: CHILD, end: 100, zombie: undefined });
});

test('waitpid that blocks: the exit leads to it without a handler, and its lane shows no arrow backwards', () => {
  const waits = [
    enter(60, SERVER, 'waitpid', '-1, 0'),
    gave(110, SERVER, 'waitpid', '-1, 0', CHILD, `${CHILD}, exited 0`),
  ];
  const { arrows } = withChild([], waits);
  expect(arrows.map(({ kind, from, to }) => [kind, from.t, to.t])).toEqual([
    ['fork', 40, 40],
    ['reap', 100, 100],
  ]);
});

test.each([
  ['waitpid', '-1, WUNTRACED', `${CHILD}, stopped by SIGSTOP`],
  ['waitpid', '-1, WCONTINUED', `${CHILD}, continued`],
  ['waitid', 'P_ALL, 0, WEXITED|WNOWAIT', `${CHILD}, CLD_EXITED 0`],
])('%s(%s) = %s reaps nothing', (call, args, shown) => {
  const timeline = withChild([], [gave(120, SERVER, call, args, CHILD, shown), enter(200, SERVER, 'pause')]);
  expect(lane(timeline, 'child 1').zombie?.until).toBe('end of run');
});

test.each([
  ['wait', '', `${CHILD}, exited 0`],
  ['wait4', '-1, 0', `${CHILD}, killed by SIGSEGV (core dumped)`],
  ['waitid', 'P_ALL, 0, WEXITED', `${CHILD}, CLD_DUMPED SIGSEGV`],
])('%s(%s) = %s reaps', (call, args, shown) => {
  const timeline = withChild([], [gave(120, SERVER, call, args, CHILD, shown), enter(200, SERVER, 'pause')]);
  expect(lane(timeline, 'child 1').zombie).toEqual({ start: 100, end: 120, until: 'reaped' });
});

test('a child that was killed: its end is what its parent was told, and no zombie is claimed', () => {
  const timeline = ofEvents([
    enter(20, SERVER, 'fork'),
    gave(40, SERVER, 'fork', '', CHILD),
    enter(50, CHILD, 'pause'),
    gave(120, SERVER, 'wait', '', CHILD, `${CHILD}, killed by SIGKILL`),
  ]);
  const child = lane(timeline, 'child 1');
  expect([child.end, child.ending, child.zombie]).toEqual([
    120,
    { t: 120, how: 'killed by SIGKILL', seen: false },
    undefined,
  ]);
  expect(child.bars).toMatchObject([{ call: 'pause', start: 50, end: 120, shown: undefined }]);
});

test('a child that says nothing of itself has a lane from the return of fork', () => {
  const timeline = ofEvents([
    enter(20, SERVER, 'fork'),
    gave(40, SERVER, 'fork', '', CHILD),
    enter(60, SERVER, 'pause'),
  ]);
  expect(lane(timeline, 'child 1')).toMatchObject({ pid: CHILD, start: 40, end: 60, bars: [], ending: undefined });
});

test('_exit is an ending as exit is', () => {
  const timeline = ofEvents([enter(10, SERVER, '_exit', '3'), enter(50, 99, 'pause')]);
  expect(lane(timeline, 'process')).toMatchObject({ end: 10, ending: { t: 10, how: '_exit(3)', seen: true } });
});

test('handlers nest; one that does not return ends with its process', () => {
  const timeline = ofEvents([
    enter(10, SERVER, 'pause'),
    handler(20, SERVER, 'SIGUSR1'),
    handler(30, SERVER, 'SIGUSR2'),
    handler(40, SERVER, 'SIGUSR2', 'return'),
    exits(50, SERVER),
  ]);
  expect(lane(timeline, 'process').bars).toMatchObject([
    { call: 'pause', start: 10, end: 50, shown: undefined, depth: 0 },
    { signal: 'SIGUSR1', start: 20, end: 50, returned: false, depth: 1 },
    { signal: 'SIGUSR2', start: 30, end: 40, returned: true, depth: 2 },
  ]);
});

test('a handler that an exception left ends with the call that it interrupted', () => {
  const timeline = ofEvents([
    enter(10, SERVER, 'pause'),
    handler(20, SERVER, 'SIGUSR1'),
    failed(30, SERVER, 'pause', '', 'EINTR'),
    enter(40, SERVER, 'accept', '3'),
  ]);
  expect(lane(timeline, 'process').bars).toMatchObject([
    { call: 'pause', end: 30, errno: 'EINTR' },
    { signal: 'SIGUSR1', end: 30, returned: false },
    { call: 'accept', depth: 0 },
  ]);
});

test('calls of two threads of one process do not close one another', () => {
  const timeline = ofEvents([
    enter(10, SERVER, 'accept', '3'),
    enter(20, SERVER, 'read', '4, 10 bytes'),
    gave(30, SERVER, 'accept', '3', 5),
    gave(40, SERVER, 'read', '4, 10 bytes', 2),
  ]);
  expect(lane(timeline, 'process').bars).toMatchObject([
    { call: 'accept', start: 10, end: 30 },
    { call: 'read', start: 20, end: 40 },
  ]);
});

test('a child that was forked in a handler returns from it', () => {
  const timeline = ofEvents([
    handler(10, SERVER, 'SIGUSR1'),
    enter(20, SERVER, 'fork'),
    gave(40, CHILD, 'fork', '', 0),
    gave(45, SERVER, 'fork', '', CHILD),
    handler(50, CHILD, 'SIGUSR1', 'return'),
  ]);
  expect(lane(timeline, 'child 1').bars).toMatchObject([{ signal: 'SIGUSR1', start: 40, end: 50, returned: true }]);
});

test('five exits, one waitpid for each of two handler runs: two reaped, three zombies', () => {
  const children = [1, 2, 3, 4, 5];
  const forked = children.flatMap((n) => [enter(n, SERVER, 'fork'), gave(n + 0.5, SERVER, 'fork', '', n)]);
  const gone = children.map((n) => exits(100 + n, n));
  const reap = (t: number, pid: number): Event[] => [
    handler(t, SERVER, 'SIGCHLD'),
    gave(t + 1, SERVER, 'waitpid', '-1, 0', pid, `${pid}, exited 0`),
    handler(t + 2, SERVER, 'SIGCHLD', 'return'),
  ];
  const timeline = ofEvents([...forked, ...gone, ...reap(200, 1), ...reap(210, 2)]);
  const untils = timeline.lanes.slice(1).map((one) => one.zombie?.until);
  expect(untils).toEqual(['reaped', 'reaped', 'end of run', 'end of run', 'end of run']);
});

test('kill leads to the next run of its handler; two signals that merged lead to the same', () => {
  const timeline = ofEvents([
    role(0, SERVER, 'server'),
    role(1, 99, 'client'),
    enter(5, SERVER, 'pause'),
    enter(10, 99, 'kill', `${SERVER}, SIGUSR1`),
    gave(12, 99, 'kill', `${SERVER}, SIGUSR1`, 0),
    gave(16, 99, 'kill', `${SERVER}, SIGUSR1`, 0),
    gave(17, 99, 'kill', `${SERVER}, SIGUSR2`, 0),
    failed(18, 99, 'kill', `${SERVER}, SIGUSR1`, 'EPERM'),
    handler(20, SERVER, 'SIGUSR1'),
    enter(22, SERVER, 'raise', 'SIGTERM'),
    handler(23, SERVER, 'SIGTERM'),
    handler(24, SERVER, 'SIGTERM', 'return'),
    gave(25, SERVER, 'raise', 'SIGTERM', 0),
    handler(30, SERVER, 'SIGUSR1', 'return'),
  ]);
  expect(timeline.arrows).toEqual([
    { kind: 'signal', about: 0, from: { lane: 0, t: 23, depth: 2 }, to: { lane: 0, t: 23, depth: 3 } },
    { kind: 'signal', about: 0, from: { lane: 1, t: 12, depth: 0 }, to: { lane: 0, t: 20, depth: 1 } },
    { kind: 'signal', about: 0, from: { lane: 1, t: 16, depth: 0 }, to: { lane: 0, t: 20, depth: 1 } },
  ]);
});

test('names: roles, and the number of a child; a grandchild has both; a pid that is used again is another process', () => {
  const fork = (t: number, parent: number, child: number): Event[] => [
    enter(t, parent, 'fork'),
    gave(t + 1, child, 'fork', '', 0),
    gave(t + 2, parent, 'fork', '', child),
  ];
  const timeline = ofEvents([
    role(0, SERVER, 'server'),
    ...[...fork(10, SERVER, 1), ...fork(20, 1, 2), ...fork(30, 1, 3)],
    ...[exits(40, 1), gave(50, SERVER, 'wait', '', 1, '1, exited 0')],
    ...[...fork(60, SERVER, 1), role(70, 1, 'helper'), ...fork(80, 1, 4), role(90, 9, 'client')],
  ]);
  const names = timeline.lanes.map((one) => `${one.pid} ${one.name}`);
  expect(names).toEqual([
    ...[`${SERVER} server`, '1 child 1', '2 child 1.1', '3 child 1.2'],
    ...['1 helper', '4 child 1', '9 client'],
  ]);
});

test('no events, no lanes', () => {
  expect(ofEvents([])).toEqual({ title: 'a run', start: 0, end: 0, lanes: [], arrows: [] });
});

test('a real server: its child is made, becomes a zombie and is reaped in the handler', async () => {
  const timeline = ofEvents(await servedOne());
  const [server, child] = timeline.lanes;
  expect(server).toMatchObject({ name: 'server', parent: undefined, ending: undefined });
  expect(child).toMatchObject({ name: 'child 1', parent: 0, ending: { how: 'exit(0)' }, zombie: { until: 'reaped' } });
  expect(timeline.arrows.map(({ kind }) => kind)).toEqual(['fork', 'sigchld', 'reap']);
  for (const { from, to } of timeline.arrows) expect(to.t).toBeGreaterThanOrEqual(from.t);
  const bars = timeline.lanes.flatMap((lane) => lane.bars);
  for (const bar of bars) expect(bar.end).toBeGreaterThanOrEqual(bar.start);
});
