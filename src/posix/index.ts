import type { Calls } from '../native';
import { type DescriptorCalls, descriptorCalls } from './descriptors';
import { type FileCalls, fileCalls } from './files';
import { type IpcCalls, ipcCalls } from './ipc';
import { type MessageCalls, messageCalls } from './messages';
import { type MultiplexingCalls, multiplexingCalls } from './multiplexing';
import { type ProcessCalls, processCalls } from './process';
import { type SignalCalls, signalCalls } from './signals';
import { type SocketCalls, socketCalls } from './sockets';
import { type TimeAndLimitCalls, timeAndLimitCalls } from './time-and-limits';

/** The calls as TypeScript wants them: they return values, and throw a SyscallError when they fail. */
export interface Posix
  extends ProcessCalls,
    SignalCalls,
    DescriptorCalls,
    FileCalls,
    IpcCalls,
    MessageCalls,
    MultiplexingCalls,
    SocketCalls,
    TimeAndLimitCalls {}

/** Over the real calls, or over others of the same shape: traced ones, or a test's script. */
export function createPosix(calls: Calls): Posix {
  return {
    ...processCalls(calls),
    ...signalCalls(calls),
    ...descriptorCalls(calls),
    ...fileCalls(calls),
    ...ipcCalls(calls),
    ...messageCalls(calls),
    ...multiplexingCalls(calls),
    ...socketCalls(calls),
    ...timeAndLimitCalls(calls),
  };
}
