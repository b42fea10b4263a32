import type { Calls } from '../native';
import type { ByteView, ReceivedQueueMessage, SemaphoreOperation, Timespec } from '../types';
import type { Convention, OrMinusOne } from './convention';

/** What processes share, as C has it. */
export interface IpcCalls {
  semget(key: number, nsems: number, semflg: number): number;
  semop(semid: number, sops: readonly SemaphoreOperation[]): number;
  semtimedop(semid: number, sops: readonly SemaphoreOperation[], timeout?: Timespec | null): number;
  semctl(semid: number, semnum: number, cmd: number, arg?: number): number;
  msgget(key: number, msgflg: number): number;
  msgsnd(msqid: number, mtype: number, mtext: ByteView | string, msgflg?: number): number;
  msgrcv(msqid: number, buffer: ByteView, msgtyp?: number, msgflg?: number): OrMinusOne<ReceivedQueueMessage>;
  msgctl(msqid: number, cmd: number): number;
  /** MAP_FAILED is -1. */
  mmap(length: number, prot: number, flags: number, fd?: number, offset?: number): OrMinusOne<ArrayBuffer>;
  munmap(buffer: ArrayBuffer): number;
}

export function ipcCalls(calls: Calls, { number, struct }: Convention): IpcCalls {
  return {
    semget: number(calls.semget),
    semop: number(calls.semop),
    semtimedop: number(calls.semtimedop),
    semctl: number(calls.semctl),
    msgget: number(calls.msgget),
    msgsnd: number(calls.msgsnd),
    msgrcv: struct(calls.msgrcv),
    msgctl: number(calls.msgctl),
    mmap: struct(calls.mmap),
    munmap: number(calls.munmap),
  };
}
