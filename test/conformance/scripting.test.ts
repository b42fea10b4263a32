import { conformance } from '../support/conformance';

conformance('CPython', 'cpython', {
  'SiginterruptTest.test_without_siginterrupt': 'a handler without flags interrupts a read, again and again',
  'SiginterruptTest.test_siginterrupt_on': 'so does one after siginterrupt(true)',
  'SiginterruptTest.test_siginterrupt_off': 'after siginterrupt(false) the read goes on',
  'OSEINTRTest.test_wait': 'wait, called again after EINTR, gives the child',
  'OSEINTRTest.test_waitpid': 'so does waitpid',
  'OSEINTRTest.test_wait3': 'so does wait3',
  'OSEINTRTest.test_wait4': 'so does wait4',
  'OSEINTRTest.test_read': 'read, called again, gets all that is written while a timer runs',
  'OSEINTRTest.test_write': 'write, called again, writes all while a timer runs',
  'SocketEINTRTest.test_recv': 'recv, called again, gets all',
  'SocketEINTRTest.test_send': 'send, called again, sends all',
  'TimeEINTRTest.test_sleep': 'nanosleep, called again for what is left, takes its time',
  'SelectEINTRTest.test_select': 'select is interrupted by each signal',
  'ForkTests.test_register_at_fork': 'hooks run before in reverse order, afterwards in order, on both sides',
  'Wait3Test.test_wait3_rusage_initialized': 'rusage of a wait3 that finds nothing is zero',
  'PendingSignalsTests.test_pthread_sigmask': 'what is blocked is pending, and is handled when it is unblocked',
  'PendingSignalsTests.test_sigpending': 'sigpending tells of a signal that is blocked and sent',
  'SocketServerTest.test_ForkingTCPServer':
    'a server that forks for each connection answers several clients, and reaps',
});

conformance('PHP pcntl', 'php', {
  '001': 'waitpid and its macros: exited, killed, stopped',
  '002': 'sigprocmask, sigwaitinfo of a SIGTERM and of a SIGCHLD with pid and uid, and wrong arguments',
  pcntl_waitid: 'EINVAL without options; WSTOPPED, WCONTINUED, WEXITED with status 42',
  signal_return_interrupt_syscall: 'without SA_RESTART a sleep is interrupted',
  signal_restart_syscall: 'with SA_RESTART a wait goes on',
});

conformance('Perl', 'perl', {
  'POSIX sigaction': 'old actions, SIG_IGN, SIG_DFL, failures that leave the mask alone, real-time signals, SA_SIGINFO',
  'POSIX waitpid': 'WNOHANG while the child runs, its status in the end',
  sigdispatch:
    'signals come when they are unblocked, sigsuspend lets one in, and a handler is not entered by its own signal',
  errnosig: 'the error of a call is its own, whatever the handler that interrupted it met',
});
