import { log, story, traceOf } from './support/traced';

/** What a signal does to the call that it comes into, as the kernel's own words for it tell. */

const ACCEPT = 'accept(3, NULL, NULL)';
const RESTARTSYS = `${ACCEPT} = ? ERESTARTSYS (To be restarted if SA_RESTART is set)`;
const SIGCHLD =
  '--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=12, si_uid=0, si_status=0, si_utime=0, si_stime=0} ---';

const processOf = (text: string): readonly string[] => story(traceOf(log(text)).events)['process'] ?? [];

const HANDLED = `
  rt_sigaction(SIGCHLD, {sa_handler=0x1, sa_mask=[], sa_flags=0}, NULL, 8) = 0
  ${RESTARTSYS}
  ${SIGCHLD}
  write(1, "x", 1) = 1`;

describe('a handler is known', () => {
  test('EINTR: sigreturn gives it', () => {
    expect(
      processOf(`${HANDLED}\nrt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call)\n${ACCEPT} = 4`),
    ).toEqual([
      ...['sigaction(SIGCHLD, handler, 0): 0', 'accept(3): EINTR', '> SIGCHLD: returned', '> > write(1, 1 bytes): 1'],
      'accept(3): 4',
    ]);
  });

  test('restarted: sigreturn gives the number of the call, and the call is made again', () => {
    const text = `${HANDLED}\nrt_sigreturn({mask=[]}) = 43\n${RESTARTSYS}\n${SIGCHLD}\nrt_sigreturn({mask=[]}) = 43\n${ACCEPT} = 4`;
    expect(processOf(text)).toEqual([
      ...['sigaction(SIGCHLD, handler, 0): 0', 'accept(3): 4', '> SIGCHLD: returned', '> > write(1, 1 bytes): 1'],
      '> SIGCHLD: returned',
    ]);
    expect(traceOf(log(text)).lines.filter((line) => line.includes('restarted'))).toHaveLength(2);
  });

  test('two signals at once: the handler of the second runs within that of the first, and the first knows of accept', () => {
    const text = `${HANDLED.replace('write(1, "x", 1) = 1', SIGCHLD)}
      rt_sigreturn({mask=[]}) = 0
      rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call)`;
    expect(processOf(text).slice(1)).toEqual(['accept(3): EINTR', '> SIGCHLD: returned', '> > SIGCHLD: returned']);
  });

  test('a handler that ends its process, and one that is left by longjmp', () => {
    expect(processOf(`${HANDLED}\nexit_group(1) = ?\n+++ exited with 1 +++`).slice(1)).toEqual([
      ...['accept(3): did not return', '> SIGCHLD: left', '> > write(1, 1 bytes): 1', 'exit(1)'],
    ]);
    const jumped = `${HANDLED}\nrt_sigreturn({mask=[]}) = 43\nclose(3) = 0`;
    expect(processOf(jumped).slice(1)).toEqual([
      ...['accept(3): ?', '> SIGCHLD: returned', '> > write(1, 1 bytes): 1', 'close(3): 0'],
    ]);
  });

  test('a child that is forked in a handler leaves it too, and has no part in the call of its parent', () => {
    const told = story(
      traceOf(
        log(`
        1 rt_sigaction(SIGCHLD, {sa_handler=0x1, sa_mask=[], sa_flags=0}, NULL, 8) = 0
        1 ${RESTARTSYS}
        1 ${SIGCHLD}
        1 clone(child_stack=NULL, flags=SIGCHLD) = 2
        2 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call)
        2 close(3) = 0
        1 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call)`),
      ).events,
    );
    expect(told).toEqual({
      process: ['sigaction(SIGCHLD, handler, 0): 0', 'accept(3): EINTR', '> SIGCHLD: returned', '> > fork(): 2'],
      'child 1': ['SIGCHLD: returned', 'close(3): 0'],
    });
  });

  test('exec takes handlers away', () => {
    const text = `${HANDLED.split('\n')[1]}\nexecve("/bin/a", ["a"], NULL) = 0\n${RESTARTSYS}\n${SIGCHLD}\n${ACCEPT} = 4`;
    expect(processOf(text).slice(1)).toEqual(['execve("/bin/a", ["a"]): 0', 'accept(3): 4']);
  });
});

describe('of handlers nothing is known, as in a log of few calls or of a process that ran before', () => {
  test('the call goes on at once: no handler ran', () => {
    const text = `${RESTARTSYS}\n${SIGCHLD}\n${ACCEPT} = 4`;
    expect(processOf(text)).toEqual(['accept(3): 4']);
    expect(traceOf(log(text)).lines).toEqual([
      '[0] SIGCHLD from 12: no handler',
      '[0] accept: goes on after SIGCHLD',
      '[0] accept(3) = 4',
    ]);
  });

  test('another call comes first: it is a handler that makes it', () => {
    const text = `${RESTARTSYS}\n${SIGCHLD}\nwrite(1, "x", 1) = 1\nrt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call)`;
    expect(processOf(text)).toEqual(['accept(3): EINTR', '> SIGCHLD: returned', '> > write(1, 1 bytes): 1']);
  });

  test('nothing but sigreturn: it ran, and made no call', () => {
    expect(processOf(`${RESTARTSYS}\n${SIGCHLD}\nrt_sigreturn({mask=[]}) = 43\n${ACCEPT} = 4`)).toEqual([
      'accept(3): 4',
      '> SIGCHLD: returned',
    ]);
  });

  test('between two calls: it is known when it is left', () => {
    expect(processOf(`close(3) = 0\n${SIGCHLD}\nclose(4) = 0\nrt_sigreturn({mask=[]}) = 0\nclose(5) = 0`)).toEqual([
      ...['close(3): 0', 'SIGCHLD: returned', '> close(4): 0', 'close(5): 0'],
    ]);
  });

  test('within a handler: the mask that sigreturn puts back tells which of the two is left', () => {
    const sigusr1 = '--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=9, si_uid=0} ---';
    const within = `rt_sigaction(SIGUSR1, {sa_handler=0x1, sa_mask=[], sa_flags=0}, NULL, 8) = 0\n${sigusr1}\n${SIGCHLD}`;
    expect(processOf(`${within}\nrt_sigreturn({mask=[USR1]}) = 0\nrt_sigreturn({mask=[]}) = 0`).slice(1)).toEqual([
      ...['SIGUSR1: returned', '> SIGCHLD: returned'],
    ]);
    expect(processOf(`${within}\nrt_sigreturn({mask=[]}) = 0\nclose(3) = 0`).slice(1)).toEqual([
      ...['SIGUSR1: returned', 'close(3): 0'],
    ]);
  });

  test('a million ignored signals take no memory and no time', () => {
    const { lines } = traceOf(`1 close(3) = 0\n${`1 ${SIGCHLD}\n`.repeat(20_000)}1 close(4) = 0`);
    expect(lines).toHaveLength(20_002);
  });
});

test('calls that the kernel does not restart by itself: EINTR before the signal is told, and the handler is within', () => {
  const text = `
    rt_sigaction(SIGCHLD, {sa_handler=0x1, sa_mask=[], sa_flags=SA_RESTART}, NULL, 8) = 0
    epoll_wait(3, [], 8, -1) = -1 EINTR (Interrupted system call)
    ${SIGCHLD}
    rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call)
    epoll_wait(3, [], 8, -1) = 0`;
  expect(processOf(text).slice(1)).toEqual([
    'epoll_wait(3, [], 8, -1): EINTR',
    '> SIGCHLD: returned',
    'epoll_wait(3, [], 8, -1): 0',
  ]);
});

test('signal(2) of System V: its handler is for one signal', () => {
  const { lines } = traceOf(
    log(`
      1 execve("a", ["a"], NULL) = 0
      1 signal(SIGCHLD, 0x8048) = 0 (SIG_DFL)
      1 ${SIGCHLD}
      1 sigreturn({mask=[]}) = 0
      1 ${SIGCHLD}`),
  );
  expect(lines.slice(1)).toEqual([
    ...['[1] signal(SIGCHLD, handler) = 0', '[1] SIGCHLD from 12 → handler', '[1] SIGCHLD from 12: no handler'],
  ]);
});

test('restart_syscall is the call that was interrupted', () => {
  const text = `
    nanosleep({tv_sec=1, tv_nsec=0}, {tv_sec=0, tv_nsec=5}) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)
    --- SIGCONT {si_signo=SIGCONT, si_code=SI_USER, si_pid=9, si_uid=0} ---
    restart_syscall(<... resuming interrupted nanosleep ...>) = 0`;
  expect(processOf(text)).toEqual(['nanosleep({tv_sec=1, tv_nsec=0}, {tv_sec=0, tv_nsec=5}): 0']);
});

test('fork that a signal came into is made again, and makes one child', () => {
  const text = `
    1 clone(child_stack=NULL, flags=SIGCHLD) = ? ERESTARTNOINTR (To be restarted)
    1 ${SIGCHLD}
    1 write(1, "x", 1) = 1
    1 rt_sigreturn({mask=[]}) = 56
    1 clone(child_stack=NULL, flags=SIGCHLD) = 2
    2 exit_group(0) = ?
    2 +++ exited with 0 +++`;
  expect(story(traceOf(log(text)).events)).toEqual({
    process: ['fork(): 2', '> SIGCHLD: returned', '> > write(1, 1 bytes): 1'],
    'child 1': ['exit(0)', 'zombie until end of run'],
  });
});

test('where each sigaction is seen, a signal without a handler is told at once', () => {
  const { lines } = traceOf(`1 execve("a", ["a"], NULL) = 0\n1 ${SIGCHLD}\n1 close(3) = 0`, { seesSigaction: true });
  expect(lines.slice(1)).toEqual(['[1] SIGCHLD from 12: no handler', '[1] close(3) = 0']);
});
