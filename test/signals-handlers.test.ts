import { facts, reports, reportsOf, runProgram } from './support/run-program';
import { testWhere } from './support/systems';

const onLinux = testWhere(process.platform === 'linux', 'real-time signals by kill(2) and thread IDs are Linux');

describe('flags and masks', () => {
  test('SA_RESETHAND: the handler runs once, then the default action ends the process', async () => {
    expect(await facts('handlers', 'resethand')).toEqual({ runs: 1, isDefault: true, afterwards: 'killed by SIGUSR1' });
  });

  test('a signal raised in its own handler waits until the handler has returned', async () => {
    expect(await facts('handlers', 'nodefer')).toEqual(['in 1', 'out', 'in 2', 'out', 'in 3', 'out']);
  });

  test('SA_NODEFER: a signal raised in its own handler runs it again inside', async () => {
    expect(await facts('handlers', 'nodefer', 'SA_NODEFER')).toEqual(['in 1', 'in 2', 'in 3', 'out', 'out', 'out']);
  });

  test('a handler runs with its own signal and those of its mask blocked; the mask afterwards is that of before', async () => {
    expect(await facts('handlers', 'mask')).toEqual({
      before: ['SIGTERM'],
      during: ['SIGUSR1', 'SIGUSR2', 'SIGTERM'],
      pending: ['SIGUSR2'],
      after: ['SIGTERM'],
      log: ['SIGUSR1 in', 'SIGUSR1 out', 'SIGUSR2'],
    });
  });

  test('what a handler blocks is pending while it runs, and handled when it has returned, 5000 times over', async () => {
    expect(await facts('handlers', 'pendingInHandler', '5000')).toEqual({ notPending: 0, notHandledOnReturn: 0 });
  });

  test('SA_NODEFER: a handler runs with those of its mask blocked, and not its own signal', async () => {
    expect(await facts('handlers', 'mask', 'SA_NODEFER')).toMatchObject({
      during: ['SIGUSR2', 'SIGTERM'],
      after: ['SIGTERM'],
    });
  });

  test.each(['SIGKILL', 'SIGSTOP', '9999', '0', '-1'])('sigaction on %s fails with EINVAL', async (name) => {
    expect(await facts('handlers', 'invalid')).toHaveProperty([name], 'EINVAL');
  });
});

describe('what a handler is given', () => {
  test('SA_SIGINFO: who sent the signal, and how', async () => {
    expect(await facts('handlers', 'sender', 'SA_SIGINFO')).toEqual({
      ...{ arguments: 2, signo: true, code: true, pid: true, uid: true },
    });
  });

  test('without SA_SIGINFO: the number of the signal alone', async () => {
    expect(await facts('handlers', 'sender', '0')).toEqual({
      ...{ arguments: 1, signo: false, code: false, pid: false, uid: false },
    });
  });

  test('SA_SIGINFO on SIGCHLD: what became of which child', async () => {
    expect(await reports('handlers', 'child')).toEqual([
      ['CLD_EXITED', '7', true],
      ['CLD_STOPPED', 'SIGSTOP', true],
      ['CLD_CONTINUED', 'SIGCONT', true],
      ['CLD_KILLED', 'SIGKILL', true],
    ]);
  });

  onLinux('a signal that reaches a helper thread of Node is handed on with its siginfo', async () => {
    expect(await facts('handlers', 'threads')).toEqual({ runs: 10, fromSender: true });
  });
});

describe('what a handler may do', () => {
  test('block in a call of its own and be interrupted there by another handler', async () => {
    expect(await facts('handlers', 'nested')).toEqual([
      ...['SIGUSR1 in', 'SIGUSR2', 'read EINTR', 'SIGUSR1 out', 'pause EINTR'],
    ]);
  });

  test('put another handler in its place, for the next signal', async () => {
    expect(await facts('handlers', 'replaces')).toEqual(['first in', 'old is first: true', 'first out', 'second']);
  });

  test("end the process: the 'exit' listeners run, and the status is its own", async () => {
    const run = await runProgram('handlers', ['exits']);
    expect([run.status, run.stderr, reportsOf(run)]).toEqual([5, '', [{ exit: 5 }]]);
  });

  test('fork and reap the child, inside the call that it interrupted', async () => {
    expect(await facts('handlers', 'forks')).toEqual({ result: 'EINTR', inParent: 1, status: 'exited 3' });
  });

  test('fork a child that returns from the handler and from the interrupted call as its parent does', async () => {
    expect(await reports('handlers', 'returnsTwice')).toEqual([
      { who: 'child', result: 'EINTR' },
      'handled in the child',
      { who: 'parent', result: 'EINTR', status: 'exited 0' },
    ]);
  });
});

describe('an exception that leaves a handler', () => {
  test.each(['raise', 'sigprocmask'])(
    'for want of a stack to run on is thrown by the call that it interrupted, as it is: %s',
    async (call) => {
      expect(await facts('end-of-stack', 'nearTheEndOfTheStack', call)).toEqual({
        thrown: ['RangeError: Maximum call stack size exceeded'],
        hasRun: true,
      });
    },
  );

  test.each(['pause', 'kill', 'event loop'])(
    'in %s ends the process with status 1 and says what it was',
    async (where) => {
      const run = await runProgram('handlers', ['throws', where]);
      expect([run.status, run.signal, run.stdout]).toEqual([1, null, '']);
      expect(run.stderr).toContain('Error: from the handler');
    },
  );

  const uncaught = { uncaught: 'from the handler', origin: 'uncaughtException' };

  test.each([
    ['pause', { pause: 'EINTR' }],
    ['kill', { kill: 0 }],
    ['event loop', { turned: true }],
  ])("in %s goes to the listeners of 'uncaughtException', and the program goes on", async (where, then) => {
    expect(await reports('handlers', 'throws', where, 'listener')).toEqual([uncaught, then]);
  });
});

describe('an exception of a handler that interrupted a call, and that somebody hears of', () => {
  const kept = { store: 'store', sameId: true, sameResource: true, sameDomain: true, later: 'store' };
  const hooked = ['before', 'after'];

  test('leaves the interrupted code its asynchronous context', async () => {
    const heard = ['monitor: from the handler', 'uncaughtException: from the handler, store'];
    expect(await reports('handlers', 'contextKept', 'listener')).toEqual([kept, { heard, hooked }]);
  });

  test('leaves it its domain', async () => {
    const heard = ['domain: from the handler'];
    expect(await reports('handlers', 'contextKept', 'domain')).toEqual([kept, { heard, hooked }]);
  });

  test('ends the process with status 7 if the listener throws as well', async () => {
    const run = await runProgram('handlers', ['listenerThrows']);
    expect([run.status, run.stdout]).toEqual([7, '']);
    expect(run.stderr).toContain('Error: from the listener');
  });
});

describe('when a handler runs', () => {
  test('recorded, at the next call of the package, whichever it is; not where process.pid is read', async () => {
    expect(await facts('handlers', 'everyCall')).toEqual({ silent: [], inProcessPid: 0, pid: true });
  });

  test('in the event loop: at once, as a callback, with its promises and ticks after it', async () => {
    expect(await facts('handlers', 'eventLoop')).toEqual(['handler', 'nextTick', 'promise']);
  });

  test.each(['call', 'event loop'])('while JavaScript is busy: not before the next %s', async (next) => {
    expect(await facts('handlers', 'busy', next)).toEqual(['busy no more', 'handler', next]);
  });

  test('promises and ticks of a handler wait for the code that it interrupted', async () => {
    expect(await facts('handlers', 'promises')).toEqual([
      ...['handler in', 'handler out', 'after pause', 'nextTick', 'microtask'],
    ]);
  });

  test("Node's own handler comes back opaque, and works again once it is put back", async () => {
    expect(await facts('handlers', 'foreign')).toEqual({
      handler: 'object',
      backIsOurs: 'function',
      ours: 1,
      heard: 1,
    });
  });
});

describe('many signals', () => {
  test('a child ends while the handler of SIGCHLD runs: the handler runs again, and reaps it', async () => {
    expect(await facts('handlers', 'endsDuringHandler')).toEqual({ runs: 2, reaped: 2 });
  });

  onLinux('recorded at once: each handler runs, makes its calls, and the mask is that of before', async () => {
    expect(await facts('handlers', 'many')).toEqual({
      recordedNone: true,
      ran: ['SIGHUP', 'SIGRTMIN', 'SIGRTMIN+1', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'],
      bytes: 6,
      before: [],
      after: [],
    });
  });

  onLinux('of one kind while JavaScript is busy: real-time signals queue, standard ones merge', async () => {
    expect(await facts('handlers', 'queue')).toEqual({ realTime: 20, standardMerged: true, after: [], mask: [] });
  });

  onLinux('ten thousand real-time signals against a blocked read: each is handled', async () => {
    expect(await facts('handlers', 'storm')).toEqual({ runs: 10_000, interrupted: true, blocked: [] });
  });
});
