import { native } from '../../native';
import type { BlockedIn } from '../types';

/** Those whose first argument is a descriptor. */
const ON_DESCRIPTOR: ReadonlySet<string> = new Set([
  ...['accept', 'accept4', 'close', 'connect', 'epoll_pwait', 'epoll_pwait2', 'epoll_wait', 'fcntl', 'fdatasync'],
  ...['flock', 'fsync', 'getdents64', 'io_uring_enter', 'ioctl', 'mq_timedreceive', 'mq_timedsend', 'pread64'],
  ...['preadv', 'pwrite64', 'pwritev', 'read', 'readv', 'recvfrom', 'recvmmsg', 'recvmsg', 'sendfile', 'sendmmsg'],
  ...['sendmsg', 'sendto', 'splice', 'tee', 'vmsplice', 'write', 'writev'],
]);

/**
 * /proc/PID/syscall: "43 0x12 0x0 ...", the number of the call and its arguments; "-1 ..." outside of one; "running".
 * proc_pid_syscall(5)
 */
export function parseSyscall(text: string): BlockedIn | undefined {
  const [number = '', first = ''] = text.split(' ', 2);
  if (!/^\d+$/.test(number)) return undefined;
  const call = native.observation.linux?.systemCalls[Number(number)] ?? `system call ${number}`;
  return ON_DESCRIPTOR.has(call) ? { call, fd: Number(first) } : { call };
}
