import type { Calls } from '../native';
import type { ByteView, ReceivedQueueMessage, SemaphoreOperation, Timespec } from '../types';
import { orThrow } from './or-throw';

/** What processes share: System V semaphores and message queues, and memory. */
export interface IpcCalls {
  /**
   * @param key IPC_PRIVATE: a new set, for those who inherit or are told its number
   * @param nsems how many semaphores
   * @param semflg IPC_CREAT, IPC_EXCL, or'ed with the mode (0o600). The set outlives the process: semctl, IPC_RMID
   * @throws SyscallError ENOENT, EEXIST, EACCES, ENOSPC, EINVAL
   * @see semget(2), UNPv2 11.2
   */
  semget(key: number, nsems: number, semflg: number): number;

  /**
   * Does all of the operations or, waiting until it can, none. Never restarted by SA_RESTART.
   * @throws SyscallError EINTR, EAGAIN (IPC_NOWAIT), EIDRM (removed meanwhile), EFBIG, ERANGE, EINVAL, ...
   * @see semop(2), UNPv2 11.3
   */
  semop(semid: number, sops: readonly SemaphoreOperation[]): void;

  /** semop with a time limit; null or left out: none. @throws SyscallError EAGAIN when it is over; ENOSYS on FreeBSD. semtimedop(2) */
  semtimedop(semid: number, sops: readonly SemaphoreOperation[], timeout?: Timespec | null): void;

  /**
   * @param cmd GETVAL, SETVAL (to `arg`), GETPID, GETNCNT, GETZCNT; IPC_RMID ends the set, and wakes who waits
   * @returns what GETVAL, GETPID, GETNCNT and GETZCNT ask for, else 0
   * @throws SyscallError EACCES, EPERM, ERANGE, EIDRM, EINVAL (also for every command that is not named here)
   * @see semctl(2), UNPv2 11.4
   */
  semctl(semid: number, semnum: number, cmd: number, arg?: number): number;

  /** @param key, msgflg as of semget. @throws SyscallError ENOENT, EEXIST, EACCES, ENOSPC. msgget(2), UNPv2 6.2 */
  msgget(key: number, msgflg: number): number;

  /**
   * Sends a message; waits for room. Never restarted by SA_RESTART.
   * @param mtype > 0, by which msgrcv may choose
   * @param mtext text goes as UTF-8
   * @throws SyscallError EINTR, EAGAIN (IPC_NOWAIT), EIDRM, EINVAL
   * @see msgsnd(2), UNPv2 6.3
   */
  msgsnd(msqid: number, mtype: number, mtext: ByteView | string, msgflg?: number): void;

  /**
   * Receives a message; waits for one. Never restarted by SA_RESTART.
   * @param msgtyp 0, or left out: the oldest; > 0: the oldest of that type; < 0: of the lowest type up to -msgtyp
   * @param msgflg IPC_NOWAIT, MSG_NOERROR (cuts off what does not fit) or'ed
   * @throws SyscallError EINTR, ENOMSG (IPC_NOWAIT), E2BIG, EIDRM, EINVAL
   * @see msgrcv(2), UNPv2 6.4
   */
  msgrcv(msqid: number, buffer: ByteView, msgtyp?: number, msgflg?: number): ReceivedQueueMessage;

  /** @param cmd IPC_RMID: ends the queue, and wakes who waits. @throws SyscallError EPERM, EINVAL. msgctl(2), UNPv2 6.5 */
  msgctl(msqid: number, cmd: number): void;

  /**
   * Maps memory. With MAP_SHARED | MAP_ANONYMOUS children that are forked share it: what one writes, all see, and
   * Atomics.add, compareExchange and the others of typed arrays work across them (Atomics.wait does not: it is for the
   * threads of one process). A mapped file that is cut short under it ends the process by SIGBUS.
   * @param length bytes
   * @param prot PROT_READ | PROT_WRITE: JavaScript could not be told of what it may not do
   * @param flags MAP_SHARED or MAP_PRIVATE, or'ed with MAP_ANONYMOUS
   * @param fd of a file, without MAP_ANONYMOUS
   * @param offset into it, in bytes: whole pages
   * @throws SyscallError EACCES, EBADF, ENODEV, ENOMEM, EINVAL
   * @see mmap(2), UNPv2 12.5
   */
  mmap(length: number, prot: number, flags: number, fd?: number, offset?: number): ArrayBuffer;

  /** Gives it back: the buffer is detached, and has no bytes any more. Unused ones are collected. @throws SyscallError EINVAL. munmap(2) */
  munmap(buffer: ArrayBuffer): void;
}

export function ipcCalls(calls: Calls): IpcCalls {
  return {
    semget: (key, nsems, semflg) => orThrow('semget', calls.semget(key, nsems, semflg), key, nsems, semflg),
    semop: (semid, sops) => void orThrow('semop', calls.semop(semid, sops), semid, sops),
    semtimedop: (semid, sops, timeout = null) =>
      void orThrow('semtimedop', calls.semtimedop(semid, sops, timeout), semid, sops, timeout),
    semctl: (semid, semnum, cmd, arg) => orThrow('semctl', calls.semctl(semid, semnum, cmd, arg), semid, semnum, cmd),
    msgget: (key, msgflg) => orThrow('msgget', calls.msgget(key, msgflg), key, msgflg),
    msgsnd: (msqid, mtype, mtext, msgflg = 0) =>
      void orThrow('msgsnd', calls.msgsnd(msqid, mtype, mtext, msgflg), msqid, mtype, mtext, msgflg),
    msgrcv: (msqid, buffer, msgtyp = 0, msgflg = 0) =>
      orThrow('msgrcv', calls.msgrcv(msqid, buffer, msgtyp, msgflg), msqid, buffer, msgtyp, msgflg),
    msgctl: (msqid, cmd) => void orThrow('msgctl', calls.msgctl(msqid, cmd), msqid, cmd),
    mmap: (length, prot, flags, fd, offset) =>
      orThrow(
        'mmap',
        calls.mmap(length, prot, flags, fd, offset),
        length,
        prot,
        flags,
        ...(fd === undefined ? [] : [fd]),
      ),
    munmap: (buffer) => void orThrow('munmap', calls.munmap(buffer)),
  };
}
