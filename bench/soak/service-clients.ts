import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { pidOf, signalIfThere } from '#src/signalling.js';
import { sumOf } from './service-sum';

/** What a client of the service does. Rejects, or gives what is wrong, where it was not served as it must be. */
export type ServiceClient = (port: number, signal: AbortSignal) => Promise<string | undefined>;

const PART = randomBytes(1 << 16);
/** Bytes that are sent in one turn of the event loop. */
const TURN = 1 << 20;

async function connected(port: number, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', signal });
  await once(socket, 'connect', { signal });
  return socket;
}

/** Sends so many bytes, and must hear of each. */
export const sends =
  (size: () => number, pause?: { readonly bytes: number; readonly milliseconds: number }): ServiceClient =>
  async (port, signal) => {
    const socket = await connected(port, signal);
    const answer = text(socket);
    answer.catch(() => {}); // it is waited for below, unless sending fails before
    const total = size();
    socket.write(`${total}\n`);
    let sum = 0;
    for (let sent = 0; sent < total; ) {
      const part = PART.subarray(0, Math.min(pause?.bytes ?? PART.length, total - sent));
      sent += part.length;
      sum = sumOf(part, sum);
      const isTaken = socket.write(part);
      if (!isTaken) await once(socket, 'drain', { signal });
      else if (sent % TURN === 0) await nextTurn(); // other clients have their turn
      if (pause !== undefined) await delay(pause.milliseconds);
    }
    const heard = await answer;
    return heard === `${total} ${sum}\n` ? undefined : `sent ${total} bytes, and heard ${JSON.stringify(heard)}`;
  };

/** Who must be served, whatever the others do. */
export const HEALTHY = {
  quick: sends(() => Math.floor(Math.random() * (1 << 16))),
  slow: sends(() => 10, { bytes: 1, milliseconds: 200 }),
} as const satisfies Readonly<Record<string, ServiceClient>>;

/** What becomes of it is its own affair, as it does not keep to the service. */
const careless =
  (behave: (socket: Socket, signal: AbortSignal) => Promise<void>): ServiceClient =>
  async (port, signal) => {
    const socket = await connected(port, signal);
    socket.on('error', () => {}).resume();
    try {
      await behave(socket, signal);
    } finally {
      socket.destroy();
    }
    return undefined;
  };

export const OTHERS = {
  reset: careless(async (socket) => {
    socket.write('1000\nabc');
    await delay(Math.random() * 20);
    socket.resetAndDestroy();
    // What is reset stays in the queue until it is accepted. Twenty that come back at once fill it on a slow machine, and
    // the kernel lets nobody in who lives. listen(2)
    await delay(500);
  }),
  'half-open': careless(async () => void (await delay(3000))),
  garbage: careless(async (socket) => {
    socket.end(randomBytes(1000));
    if (!socket.closed) await once(socket, 'close');
  }),
  /** Its child is killed. */
  victim: async (port, signal) => {
    const socket = await connected(port, signal);
    socket.write('pid\n');
    const [said] = (await once(socket, 'data', { signal })) as [Buffer];
    socket.on('error', () => {});
    signalIfThere(pidOf(Number(said.toString()), 'the child of a victim'), 'SIGKILL');
    if (!socket.closed) await once(socket, 'close', { signal });
    return undefined;
  },
} as const satisfies Readonly<Record<string, ServiceClient>>;
