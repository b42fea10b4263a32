/**
 * realfork/children: work in forked children, as promises. A child has this program's memory as it was at its fork, so
 * nothing is loaded, sent or compiled for it; what comes back is a structured clone. docs/children.md
 */
export { type DaemonOptions, daemonize } from './daemonize';
export { ChildExited, ChildKilled } from './errors';
export type { ChildOptions } from './fork-child';
export { type ForkMapOptions, forkMap, forkMapUnordered, type MapResult } from './fork-map';
export { type InChildOptions, inChild } from './in-child';
export type { Rlimits } from './limits';
export type { PoolChild } from './pool/member';
export type { ForkPoolOptions, RunOptions, Tasks } from './pool/options';
export { ForkPool, type PoolDeath, type PoolEvents, type TaskData, type TaskResult } from './pool/pool';
export type { TimeSummary } from './pool/times';
export { type ReapOptions, reapOrphans } from './reap-orphans';
export { SharedCondition } from './shared/condition';
export { type Found, SharedMutex } from './shared/mutex';
export { SharedSemaphore } from './shared/semaphore';
export { type SnapshotOptions, type SnapshotWriter, snapshot } from './snapshot';
export { PtyProcess, type SpawnPtyOptions, spawnPty } from './spawn-pty';
export type { ChildInput, ChildOutput, ChildStdio } from './standard-streams';
export type { ErrorClass } from './thrown';
