import type { Calls } from '../native';
import { type CredentialCalls, credentialCalls } from './credentials';
import { type DescriptorCalls, descriptorCalls } from './descriptors';
import { type FileCalls, fileCalls } from './files';
import { type IpcCalls, ipcCalls } from './ipc';
import { type MessageCalls, messageCalls } from './messages';
import { type MultiplexingCalls, multiplexingCalls } from './multiplexing';
import { type OwnCalls, ownCalls } from './own-calls';
import { type ProcessCalls, processCalls } from './process';
import { type SessionCalls, sessionCalls } from './sessions';
import { type SignalCalls, signalCalls } from './signals';
import { type SocketCalls, socketCalls } from './sockets';
import { type TimeAndLimitCalls, timeAndLimitCalls } from './time-and-limits';

/** The calls as TypeScript wants them: they return values, and throw a SyscallError when they fail. */
export interface Posix
  extends ProcessCalls,
    SignalCalls,
    DescriptorCalls,
    FileCalls,
    CredentialCalls,
    IpcCalls,
    OwnCalls,
    SessionCalls,
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
    ...credentialCalls(calls),
    ...ipcCalls(calls),
    ...ownCalls(calls),
    ...sessionCalls(calls),
    ...messageCalls(calls),
    ...multiplexingCalls(calls),
    ...socketCalls(calls),
    ...timeAndLimitCalls(calls),
  };
}
