/** The same work in a fresh process of Node and in a forked child: docs/forked-child.md has a row for each. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID, scrypt } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, get } from 'node:http';
import { url as inspectorUrl, Session } from 'node:inspector';
import { type AddressInfo, connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { gunzip, gzip } from 'node:zlib';
import { _exit, fork, getpid, kill, SIGUSR1, SIGUSR2 } from 'realfork';
import { reap, report, scenarios } from '../support/scenarios';
import { LOADER } from '../support/web-assembly';

function portOf(server: { address(): AddressInfo | string | null }): number {
  return (server.address() as AddressInfo).port;
}

async function httpServer(): Promise<{ url: string; close: () => void }> {
  const server = createHttpServer((request, response) => response.end(`you asked for ${request.url}`));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${portOf(server)}/`, close: () => server.close().closeAllConnections() };
}

/** What comes out the same, by its row in the table. */
const SAME: Readonly<Record<string, () => Promise<unknown>>> = {
  async 'timers, immediates, ticks and promises'() {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      const later = (name: string) => (): void => {
        if (order.push(name) === 5) resolve();
      };
      setImmediate(() => {
        setTimeout(later('timer'), 0);
        setImmediate(later('immediate'));
        process.nextTick(later('tick'));
        void Promise.resolve().then(later('promise'));
        queueMicrotask(later('microtask'));
      });
    });
    return order.sort((a, b) => Number(a === 'timer') - Number(b === 'timer')); // which may come before or after
  },
  async 'fs.promises'() {
    const name = `file-of-${getpid()}`;
    await writeFile(name, 'written');
    const read = await readFile(name, 'utf8');
    await rm(name);
    return read;
  },
  async 'net: a server and its client'() {
    const server = createServer((socket) => socket.pipe(socket));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = connect(portOf(server), '127.0.0.1');
    client.end('echo');
    const said = await text(client);
    server.close();
    return said;
  },
  async 'http: a server and its client'() {
    const server = await httpServer();
    const [response] = await once(get(`${server.url}http`, { agent: false }), 'response');
    const said = await text(response);
    server.close();
    return [response.statusCode, said];
  },
  async fetch() {
    const server = await httpServer();
    const said = await (await fetch(`${server.url}fetch`)).text();
    server.close();
    return said;
  },
  'dns.lookup': async () => (await lookup('127.0.0.1')).address,
  'crypto.scrypt': async () => (await promisify<string, string, number, Buffer>(scrypt)('a', 'b', 8)).toString('hex'),
  zlib: async () => String(await promisify(gunzip)(await promisify(gzip)('squeezed'))),
  'child_process.execFile': async () => (await promisify(execFile)('echo', ['executed'])).stdout,
  async 'process.on(signal)'() {
    const received = once(process, 'SIGUSR2');
    kill(getpid(), SIGUSR2);
    return received;
  },
  'process.stdin': () => text(process.stdin),
  async 'a worker_thread'() {
    const worker = new Worker("require('node:worker_threads').parentPort.postMessage('said')", { eval: true });
    const [[said], [status]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
    return { said, status };
  },
  async 'WebAssembly.compile'() {
    const module = await WebAssembly.compile(LOADER);
    return Object.prototype.toString.call(module);
  },
  'import()': async () => (await import(`data:text/javascript,export default ${'6 * 7'}`)).default,
  async AsyncLocalStorage() {
    const storage = new AsyncLocalStorage<string>();
    return storage.run('stored', async () => {
      await readFile(__filename);
      return storage.getStore();
    });
  },
  async 'MessageChannel and structuredClone'() {
    const { port1, port2 } = new MessageChannel();
    const cloned = new Promise((resolve) => {
      port2.on('message', (data) => resolve(structuredClone(data)));
    });
    port1.postMessage(new Map([['key', [1, 2]]]));
    const value = (await cloned) as Map<string, number[]>;
    port1.close();
    return [...value];
  },
};

/** Runs in a child; `inParent` is what the parent had found. */
async function compared<Facts>(find: () => Promise<Facts> | Facts, compare: (inParent: Facts, here: Facts) => unknown) {
  const inParent = await find();
  const child = fork();
  if (child === 0) {
    report(compare(inParent, await find()));
    return;
  }
  reap(child);
}

/** What differs, by its row in the table: the child tells how. */
const DIFFERENT: Readonly<Record<string, () => Promise<void> | void>> = {
  'process.pid': () =>
    compared(
      () => process.pid,
      (inParent, here) => ({ isItsOwn: here === getpid() && here !== inParent }),
    ),
  'process.uptime() and performance.timeOrigin': () =>
    compared(
      () => ({ origin: performance.timeOrigin, uptime: process.uptime() }),
      (inParent, here) => ({ sameOrigin: here.origin === inParent.origin, later: here.uptime >= inParent.uptime }),
    ),
  'Math.random()'() {
    const draws = [1, 2].map(() => {
      const child = fork();
      if (child === 0) {
        report(Math.random());
        _exit(0);
      }
      return reap(child);
    });
    report(draws);
  },
  'crypto.randomUUID() and randomBytes()'() {
    randomUUID(); // Node draws for many at a time
    for (let i = 0; i < 2; ++i) {
      const child = fork();
      if (child === 0) {
        report([randomUUID(), randomBytes(8).toString('hex')]);
        _exit(0);
      }
      reap(child);
    }
    report([randomUUID(), randomBytes(8).toString('hex')]);
  },
  threads: () =>
    compared(
      () => readdirSync('/proc/self/task').length,
      (inParent, here) => ({ fewer: here < inParent }),
    ),
  async 'SIGUSR1 without a listener'() {
    const child = fork();
    if (child === 0) {
      kill(getpid(), SIGUSR1);
      setImmediate(() => report({ inspector: inspectorUrl() ?? 'off' }));
      return;
    }
    reap(child);
  },
  'CPU profiles where a profiler was running at the fork'() {
    const session = new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.start');
    const child = fork();
    if (child === 0) {
      try {
        session.post('Profiler.stop');
      } catch (error) {
        report({ stop: (error as NodeJS.ErrnoException).code });
      }
      return;
    }
    report(reap(child));
    session.disconnect();
  },
  "'exit' listeners of the parent"() {
    const main = getpid();
    process.on('exit', (status) => report({ exit: status, in: getpid() === main ? 'parent' : 'child' }));
    const child = fork();
    if (child === 0) process.exit(3);
    reap(child);
  },
};

function row<Value>(table: Readonly<Record<string, Value>>, name: string): Value {
  const value = table[name];
  if (value === undefined) throw new Error(`no row ${JSON.stringify(name)}`);
  return value;
}

scenarios({
  rows: () => report({ same: Object.keys(SAME), different: Object.keys(DIFFERENT) }),
  fresh: async (name = '') => report(await row(SAME, name)()),
  async forked(name = '') {
    const child = fork();
    if (child === 0) return report(await row(SAME, name)());
    report(reap(child));
  },
  different: (name = '') => row(DIFFERENT, name)(),
});
