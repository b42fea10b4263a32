import { conformance, onLinuxOnly } from '../support/conformance';

conformance('Open POSIX Test Suite', 'open-posix', {
  'fork 3-1': onLinuxOnly('the ID of the child is that of no other process and of no group'),
  'fork 4-1': 'the parent of the child is the caller',
  'fork 12-1': 'the child has no pending signals',
  'fork 21-1': onLinuxOnly('the child has one thread'),
  'sigaction 2': 'the old action is given, for each signal that can be caught',
  'sigaction 3': 'without a new action nothing is changed, for each signal',
  'sigaction 9-1': 'SA_NOCLDSTOP: no SIGCHLD when children stop or go on',
  'sigaction 10-1': 'without SA_NOCLDSTOP: a SIGCHLD when a child stops',
  'sigaction 11-1': 'without SA_NOCLDSTOP: a SIGCHLD when a stopped child goes on',
  'sigaction 16': 'SA_RESTART: what can be interrupted goes on, for each signal',
  'sigaction 17': 'without SA_RESTART: EINTR, for each signal',
  'sigaction 22': 'SA_NODEFER: the signal is not masked in its handler, for each signal',
  'sigaction 23': 'without SA_NODEFER it is, for each signal',
  'sigaction 25': 'in the handler the mask is the union of the mask, sa_mask and the signal',
});
