import type { Session } from 'node:inspector';
import { syncBuiltinESMExports } from 'node:module';
import { runSafely } from './run-safely';
import { withScopes } from './scopes';

/**
 * V8's sampling profiler has a thread, which a child has not. To stop it V8 takes a lock that the thread may have held at
 * the fork, and to start another one a lock that all profilers have together: the child would wait for ever. So both are
 * refused there.
 */

/** Of Node: what a Session is connected by. */
interface Connection {
  dispatch(message: string): void;
  disconnect(): void;
}

type ConnectionClass = { readonly prototype: Connection };

/** Of Node 24 and later. */
type V8 = { startCpuProfile?: () => unknown };

const REFUSED = ['Profiler.start', 'Profiler.stop', 'Profiler.disable'];

function profilerRefusal(what: string): Error {
  const error = new Error(
    `${what}: a profiler was running when this process was forked. Its thread is the parent's, and may have held a lock ` +
      'that V8 would wait for here, for ever. Fork before it is started or after it has ended.',
  );
  return Object.assign(error, { code: 'ERR_FORK_PROFILER', syscall: 'fork' });
}

const isConnectionClass = (value: unknown): value is ConnectionClass =>
  typeof value === 'function' && typeof (value.prototype as Partial<Connection> | undefined)?.dispatch === 'function';

type ConnectingSession = Session & Record<'connect' | 'connectToMainThread', (this: Session) => void>;

function guardSessions(): void {
  const { Session: ofNode } = require('node:inspector') as { Session: { readonly prototype: ConnectingSession } };
  const sessions = ofNode.prototype;
  const post: (this: Session, method: string) => void = sessions.post;
  const ofThisChild = new WeakSet<Connection>();
  let isConnecting = false;
  const classes = withScopes((variablesOf) => Object.values(variablesOf(sessions.connect)));
  for (const { prototype } of (classes ?? []).filter(isConnectionClass)) {
    const { dispatch, disconnect } = prototype;
    prototype.dispatch = function guarded(message) {
      if (isConnecting) {
        ofThisChild.add(this);
        return;
      }
      const { method } = JSON.parse(message) as { method: string };
      if (REFUSED.includes(method)) throw profilerRefusal(method);
      dispatch.call(this, message);
    };
    // The end of a session ends its profiler: one of the parent's stays as it is, and nobody hears of it any more.
    prototype.disconnect = function guarded() {
      if (ofThisChild.has(this)) disconnect.call(this);
    };
  }
  for (const name of ['connect', 'connectToMainThread'] as const) {
    const connect = sessions[name];
    sessions[name] = function guarded() {
      connect.call(this);
      isConnecting = true; // a session shows its connection to nobody: the next message is for its name alone
      try {
        post.call(this, 'Profiler.enable');
      } finally {
        isConnecting = false;
      }
    };
  }
}

function guardHandles(): void {
  const v8 = require('node:v8') as V8;
  const { startCpuProfile: start } = v8;
  if (start === undefined) return;
  v8.startCpuProfile = () => {
    throw profilerRefusal('startCpuProfile()');
  };
  syncBuiltinESMExports();
  const { SyncCPUProfileHandle: handles } = withScopes((variablesOf) => variablesOf(start)) ?? {};
  if (typeof handles !== 'function') return;
  (handles.prototype as { stop(): unknown }).stop = () => {
    throw profilerRefusal('stop()');
  };
}

/** In a child whose parent's profiler was running: none is stopped or started here. */
export function guardProfilers(): void {
  if (process.features.inspector !== true) return;
  runSafely(guardSessions);
  runSafely(guardHandles);
}
