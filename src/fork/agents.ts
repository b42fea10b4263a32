import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { allHandles, dropHandle } from './handles';
import { isLoaded } from './loaded';
import { runSafely } from './run-safely';

/**
 * Connections that Node keeps for requests to come, and that no line of the program names: of http's agents and of
 * fetch's dispatcher. Parent and child would send their requests over the same ones, and read each other's answers.
 * So a child begins with none; those of the parent stay as they are. A request that is under way is the parent's.
 */

interface Agent {
  readonly requests?: Record<string, unknown>;
}

type AgentSocket = Socket & {
  _httpMessage?: (ClientRequest & { readonly agent?: Agent | false; readonly res?: NodeJS.EventEmitter }) | null;
};

/** The parent's request: in the child none of its listeners is called. */
function silence(request: NonNullable<AgentSocket['_httpMessage']>): void {
  for (const emitter of [request, request.res]) emitter?.removeAllListeners().on('error', () => {});
}

/** Agents tell a socket by this event that it is no longer theirs. */
const isOfAgent = (socket: AgentSocket): boolean => socket.listenerCount?.('agentRemove') > 0;

/** Those that wait for a socket of the agent's: they are the parent's. Without them it makes no socket for one. */
function forgetWaiting({ agent }: NonNullable<AgentSocket['_httpMessage']>): void {
  const { requests = {} } = agent || {};
  for (const [name, waiting] of Object.entries(requests)) {
    for (const request of Array.isArray(waiting) ? waiting : []) silence(request);
    delete requests[name];
  }
}

function dropAgentSocket(socket: AgentSocket): void {
  const request = socket._httpMessage;
  if (request) {
    forgetWaiting(request);
    silence(request);
  } else {
    // Asked for in this turn: the request gets its socket in the next tick.
    Object.defineProperty(socket, '_httpMessage', {
      set: (late: AgentSocket['_httpMessage']) => {
        Object.defineProperty(socket, '_httpMessage', { value: late, writable: true });
        if (!late) return;
        forgetWaiting(late);
        silence(late);
      },
      configurable: true,
    });
  }
  socket.destroy(); // or it would stay in the agent's list of free ones
  // The agent makes a socket for who waits, as it hears this: not before it is known who that is.
  if (request) socket.emit('agentRemove');
  else process.nextTick(() => socket.emit('agentRemove'));
  dropHandle(socket);
}

/** undici's own fields are symbols that it exports to nobody. */
type Fields = Record<symbol, unknown>;

function keyOf(object: object, name: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find(({ description }) => description === name);
}

function field(object: object, name: string): unknown {
  const key = keyOf(object, name);
  return key === undefined ? undefined : (object as Fields)[key];
}

function setField(object: object, name: string, value: unknown): void {
  const key = keyOf(object, name);
  if (key !== undefined) (object as Fields)[key] = value;
}

type Dispatcher = object & { readonly dispatch: unknown };

function isDispatcher(value: unknown): value is Dispatcher {
  return typeof value === 'object' && value !== null && 'dispatch' in value && typeof value.dispatch === 'function';
}

/** A client has one connection; what it was asked for and has not done is the parent's. */
function forgetRequests(client: object): void {
  const queue = field(client, 'queue');
  if (!Array.isArray(queue)) return;
  queue.length = 0;
  setField(client, 'running index', 0);
  setField(client, 'pending index', 0);
}

function retireClient(client: Dispatcher): void {
  forgetRequests(client);
  // One that is connecting closes its connection when it has it.
  Object.defineProperty(client, 'destroyed', { value: true, configurable: true });
  const socket = field(client, 'socket');
  if (typeof socket === 'object' && socket !== null) dropHandle(socket);
}

const isClient = (dispatcher: Dispatcher): boolean => keyOf(dispatcher, 'running index') !== undefined;

/** What an agent keeps of a pool or client: it, a record with it, or a weak reference. */
function dispatcherIn(entry: unknown): unknown {
  if (entry instanceof WeakRef) return entry.deref();
  return typeof entry === 'object' && entry !== null && 'dispatcher' in entry ? entry.dispatcher : entry;
}

/** Takes the clients and pools out of an agent or a pool: it makes itself new ones when it is asked for something. */
function empty(dispatcher: Dispatcher, seen: Set<object>): void {
  if (seen.has(dispatcher)) return;
  seen.add(dispatcher);
  const clients = field(dispatcher, 'clients');
  const entries = clients instanceof Map ? [...clients.values()] : Array.isArray(clients) ? [...clients] : [];
  for (const inner of entries.map(dispatcherIn).filter(isDispatcher)) {
    if (isClient(inner)) retireClient(inner);
    else empty(inner, seen);
  }
  if (clients instanceof Map) clients.clear();
  else if (Array.isArray(clients)) clients.length = 0;
  const origins = field(dispatcher, 'origins');
  if (origins instanceof Set) origins.clear();
  // One that passes on to others: through a proxy, say, or with retries.
  for (const key of Object.getOwnPropertySymbols(dispatcher)) {
    const inner = (dispatcher as Fields & Dispatcher)[key];
    if (isDispatcher(inner) && !isClient(inner)) empty(inner, seen);
  }
}

const FIRST_DISPATCHER = Symbol.for('undici.globalDispatcher.1');
const SECOND_DISPATCHER = Symbol.for('undici.globalDispatcher.2');

const globalDispatchers = (): Dispatcher[] =>
  [FIRST_DISPATCHER, SECOND_DISPATCHER].map((name) => (globalThis as unknown as Fields)[name]).filter(isDispatcher);

/** Of undici as a package, too, which is none of Node's modules. */
export const hasGlobalDispatcher = (): boolean => FIRST_DISPATCHER in globalThis || SECOND_DISPATCHER in globalThis;

/** A dispatcher that the program has made for itself: its client finds that the connection was closed. */
function dropClientSocket(socket: Socket, client: object): void {
  forgetRequests(client);
  socket.on('error', () => {}).destroy();
}

function dropConnections(): void {
  for (const dispatcher of globalDispatchers()) runSafely(() => empty(dispatcher, new Set()));
  for (const handle of allHandles() as readonly AgentSocket[]) {
    runSafely(() => {
      if (handle.destroyed) return;
      const client = field(handle, 'client');
      if (typeof client === 'object' && client !== null && isDispatcher(client)) dropClientSocket(handle, client);
      else if (isOfAgent(handle)) dropAgentSocket(handle);
    });
  }
}

/** Node's modules that keep such connections. */
export const AGENT_MODULES = ['_http_agent', 'internal/deps/undici/undici'];

/** In the parent, before the fork: how a child drops its copies of such connections, if there can be any. */
export function connectionsToDrop(): (() => void) | undefined {
  return hasGlobalDispatcher() || AGENT_MODULES.some(isLoaded) ? dropConnections : undefined;
}
