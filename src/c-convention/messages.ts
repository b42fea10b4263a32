import type { Calls } from '../native';
import type { ByteView, Message, MessageBuffers, ReceivedFrom, ReceivedMessage, SocketAddress } from '../types';
import type { Convention, OrMinusOne } from './convention';

/** recv(2), send(2) and their kin, as C has them. */
export interface MessageCalls {
  recv(fd: number, buffer: ByteView, flags?: number): number;
  send(fd: number, data: ByteView | string, flags?: number): number;
  recvfrom(fd: number, buffer: ByteView, flags?: number): OrMinusOne<ReceivedFrom>;
  sendto(fd: number, data: ByteView | string, flags: number, address: SocketAddress): number;
  recvmsg(fd: number, message: MessageBuffers, flags?: number): OrMinusOne<ReceivedMessage>;
  sendmsg(fd: number, message: Message, flags?: number): number;
}

export function messageCalls(calls: Calls, { number, struct }: Convention): MessageCalls {
  return {
    recv: number(calls.recv),
    send: number(calls.send),
    recvfrom: struct(calls.recvfrom),
    sendto: number(calls.sendto),
    recvmsg: struct(calls.recvmsg),
    sendmsg: number(calls.sendmsg),
  };
}
