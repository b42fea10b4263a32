/** What a child has of its parent that must not be in two processes: numbers drawn in advance, kept connections, streams. */
import { AsyncResource } from 'node:async_hooks';
import * as crypto from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, read as readFile, readFileSync, rmSync } from 'node:fs';
import { Agent, createServer, get, type RequestOptions } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createGzip, gunzipSync } from 'node:zlib';
import {
  _exit,
  close,
  dup,
  fork,
  getpid,
  getrlimit,
  kill,
  pipe,
  RLIMIT_NOFILE,
  read,
  SIGKILL,
  STDOUT_FILENO,
  seteuid,
  setrlimit,
  waitpidAsync,
  write,
} from 'realfork';
import { errorFacts, thrownBy } from '../support/errors';
import { reap, report, scenarios, Word } from '../support/scenarios';

/** Runs `find` in three children, one after the other, and then here. */
function inAll(find: () => unknown, options?: { inheritHandles: boolean }): void {
  for (let i = 0; i < 3; ++i) {
    const child = fork(options);
    if (child === 0) {
      report(find());
      _exit(0);
    }
    reap(child);
  }
  report(find());
}

/** Until there is word, without stopping the event loop. */
const arrival = ({ readfd }: Word): Promise<unknown> => promisify(readFile)(readfd, Buffer.alloc(1), 0, 1, null);

/** A server in a process of its own. It says which path was asked for, when it is told to. */
class ServerApart {
  readonly port: number;
  private readonly asked = new Word();
  private readonly answer = new Word();
  private readonly pid: number;

  constructor() {
    const [readfd, writefd] = pipe();
    this.pid = fork();
    if (this.pid === 0) {
      this.port = 0;
      this.serve(writefd);
      return;
    }
    close(writefd);
    const port = Buffer.alloc(8);
    this.port = Number(port.toString('utf8', 0, read(readfd, port)));
    close(readfd);
  }

  get isHere(): boolean {
    return this.pid === 0;
  }

  private serve(writefd: number): void {
    const server = createServer(async (request, response) => {
      if (request.url === '/held') {
        this.asked.send();
        await arrival(this.answer);
      }
      response.end(`for ${request.url}`);
    });
    server.keepAliveTimeout = 60_000;
    server.listen(0, '127.0.0.1', () => void write(writefd, String((server.address() as AddressInfo).port)));
  }

  /** Until a request for /held has reached the server. */
  whenAsked(): Promise<unknown> {
    return arrival(this.asked);
  }

  letAnswer(): void {
    this.answer.send();
  }

  end(): void {
    kill(this.pid, SIGKILL);
    reap(this.pid);
  }
}

/** As much of RFC 6455 as it takes: the handshake, and an answer whose four bytes are the mask of the frame that came. */
async function serveWebSocket(socket: Socket): Promise<void> {
  socket.on('error', () => {}); // of a client that has ended
  const [request] = await once(socket, 'data');
  const [, key = ''] = /sec-websocket-key: (.*)\r\n/i.exec(String(request)) ?? [];
  const accept = crypto.createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const headers = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
  socket.write(['HTTP/1.1 101 Switching Protocols', ...headers, '', ''].join('\r\n'));
  const [frame] = (await once(socket, 'data')) as [Buffer];
  socket.write(Buffer.concat([Buffer.from([0x82, 4]), frame.subarray(2, 6)]));
}

async function maskOf(url: string): Promise<string> {
  const client = new WebSocket(url);
  client.binaryType = 'arraybuffer';
  await once(client, 'open');
  client.send('x');
  const [{ data }] = await once(client, 'message');
  client.close();
  return Buffer.from(data).toString('hex');
}

type Ask = (path: string) => Promise<string>;

function asking(kind: string, { port }: ServerApart): Ask {
  if (kind === 'fetch') return async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  const own: RequestOptions = kind === 'own' ? { agent: new Agent({ keepAlive: true, maxSockets: 1 }) } : {};
  return async (path) => {
    const [response] = await once(get({ host: '127.0.0.1', port, path, ...own }), 'response');
    return text(response);
  };
}

const inheritsHandles = (how: string): { inheritHandles: boolean } => ({ inheritHandles: how !== 'dropped' });

scenarios({
  numbers() {
    const { randomUUIDv7 } = crypto as { randomUUIDv7?: () => string };
    const draw = (): unknown[] => [
      crypto.randomInt(2 ** 47),
      crypto.randomUUID(),
      crypto.randomBytes(8).toString('hex'),
      // All but the time in it, and its version.
      ...(randomUUIDv7 === undefined ? [] : [randomUUIDv7().slice(15)]),
    ];
    draw();
    inAll(draw);
    const child = fork();
    if (child === 0) {
      inAll(draw); // its own children, in turn
      _exit(0);
    }
    report(reap(child));
  },

  /** None was ever drawn before the first fork. */
  untouched: () => inAll(() => [crypto.randomInt(2 ** 47), crypto.randomUUID()]),

  /** Node fills its cache for a callback, in the thread pool, while the fork is made. */
  async filling() {
    const draw = promisify<number, number>(crypto.randomInt);
    const waits = Array.from({ length: 1030 }, () => draw(2 ** 47)); // more than there can be in the cache
    const child = fork();
    if (child === 0) {
      const drawn = new Set<number>();
      for (let i = 0; i < 2100; ++i) drawn.add(await draw(2 ** 47));
      report({ drawn: drawn.size });
      return;
    }
    const status = reap(child);
    report({ status, parent: new Set(await Promise.all(waits)).size });
  },

  /** The masks of WebSocket's frames, as a server sees them that gives each back. */
  async masks() {
    const [readfd, writefd] = pipe();
    const server = fork();
    if (server === 0) {
      const echo = createNetServer((socket) => void serveWebSocket(socket));
      echo.listen(0, '127.0.0.1', () => void write(writefd, String((echo.address() as AddressInfo).port)));
      return;
    }
    close(writefd);
    const port = Buffer.alloc(8);
    const url = `ws://127.0.0.1:${port.toString('utf8', 0, read(readfd, port))}/`;
    report(await maskOf(url));
    for (let i = 0; i < 2; ++i) {
      const child = fork();
      if (child === 0) {
        report(await maskOf(url));
        process.exit(0);
      }
      await waitpidAsync(child);
    }
    report(await maskOf(url));
    kill(server, SIGKILL);
    reap(server);
  },

  /** Both sides ask, over an agent that has kept a connection. */
  async kept(kind = '', how = '') {
    const server = new ServerApart();
    if (server.isHere) return;
    const ask = asking(kind, server);
    await ask('/first');
    const child = fork(inheritsHandles(how));
    if (child === 0) {
      for (let i = 0; i < 5; ++i) report({ child: await ask(`/child${i}`) });
      process.exit(3);
    }
    for (let i = 0; i < 5; ++i) report({ parent: await ask(`/parent${i}`) });
    const { status } = await waitpidAsync(child);
    report({ status });
    server.end();
  },

  /** A request is under way, and one waits behind it, when the fork is made. */
  async underWay(kind = '', how = '') {
    const server = new ServerApart();
    if (server.isHere) return;
    const ask = asking(kind, server);
    const main = getpid();
    const told = (path: string) => (said: unknown) =>
      report({ [path]: said, in: getpid() === main ? 'parent' : 'child' });
    const tell = (path: string) =>
      ask(path).then(told(path), (error: unknown) => told(path)(errorFacts(error).message));
    const waits = [tell('/held')];
    await server.whenAsked();
    if (kind === 'own') waits.push(tell('/behind'));
    const child = fork(inheritsHandles(how));
    if (child === 0) {
      report({ child: await ask('/child') });
      process.exit(3);
    }
    server.letAnswer();
    await Promise.all(waits);
    report({ status: (await waitpidAsync(child)).status });
    server.end();
  },

  /** The child is forked in the callback of a timer or an immediate; none of the parent's is called in it. */
  async timers(where = '') {
    const main = getpid();
    let isDone = false;
    const unlessParent = (what: string) => (): void => {
      if (getpid() !== main) report({ called: what });
    };
    const waits: NodeJS.Timeout[] = [];
    const forkHere = (): void => {
      if (isDone) return;
      isDone = true;
      setImmediate(unlessParent('an immediate'));
      for (const delay of [0, 1, 1, 2, 5]) waits.push(setInterval(unlessParent(`a timer of ${delay}`), delay));
      const unreferenced = setTimeout(() => report('a timer that keeps no loop alive'), 2).unref();
      const child = fork({ inheritHandles: false });
      if (child !== 0) {
        clearTimeout(unreferenced);
        for (const timer of waits) clearInterval(timer);
        report(reap(child));
        return;
      }
      setTimeout(() => report('a timer of its own'), 20);
      process.exitCode = 3;
    };
    await new Promise<void>((resolve) => {
      const resource = new AsyncResource('of a test');
      if (where === 'interval') {
        const timer = setInterval(() => {
          unlessParent('the interval')();
          forkHere();
          if (getpid() !== main) return;
          clearInterval(timer);
          resolve();
        }, 1);
      } else {
        setImmediate(() => {
          resource.runInAsyncScope(forkHere);
          if (getpid() === main) resolve();
        });
        setImmediate(unlessParent('the next immediate of the round'));
      }
    });
  },

  /** A write to a file is in the thread pool; the child's own comes after it. */
  async file() {
    const name = `stream-${getpid()}`;
    const stream = createWriteStream(name, { flags: 'a' });
    await once(stream, 'open');
    const main = getpid();
    stream.write('parent\n', () => {
      if (getpid() !== main) report('a callback of the parent');
    });
    const child = fork();
    if (child === 0) {
      stream.write('child\n');
      stream.end('and its end\n', () => process.exit(7));
      return;
    }
    const { status } = await waitpidAsync(child);
    stream.end('parent again\n');
    await once(stream, 'close');
    report({ status, file: readFileSync(name, 'utf8') });
    rmSync(name);
  },

  /** What cannot go on says so. */
  async errors(what = '') {
    const name = `errors-${getpid()}`;
    const sink = createWriteStream(`${name}.gz`);
    await once(sink, 'open');
    const stream = what === 'opening' ? createWriteStream(name) : createGzip();
    if (what !== 'opening') stream.pipe(sink);
    await new Promise((resolve) => process.nextTick(resolve)); // it opens its file
    stream.write('parent\n');
    const child = fork();
    if (child === 0) {
      stream.on('error', (error: unknown) => {
        report(errorFacts(error));
        process.exit(5);
      });
      stream.write('child\n');
      const own = createWriteStream(`${name}.own`);
      own.end('own');
      return;
    }
    const { status } = await waitpidAsync(child);
    stream.end();
    await once(what === 'opening' ? stream : sink, 'close');
    const said = what === 'opening' ? readFileSync(name, 'utf8') : String(gunzipSync(readFileSync(`${name}.gz`)));
    report({ status, said });
    for (const end of ['', '.gz', '.own']) rmSync(`${name}${end}`, { force: true });
  },

  /** A stream that the child makes and writes to, in a process that was writing to another one. */
  async ofItsOwn() {
    const name = `own-${getpid()}`;
    const busy = createWriteStream(name);
    await once(busy, 'open');
    busy.write('parent\n');
    const child = fork();
    if (child === 0) {
      const own = createWriteStream(`${name}.child`);
      own.write('written at once\n');
      own.end('and later\n', () => {
        report(readFileSync(`${name}.child`, 'utf8'));
        process.exit(0);
      });
      return;
    }
    report((await waitpidAsync(child)).status);
    busy.end();
    await once(busy, 'close');
    for (const end of ['', '.child']) rmSync(`${name}${end}`);
  },

  /** Without a descriptor to open anything with, and as somebody who may read nothing of the package. */
  poor() {
    const timer = setInterval(() => {}, 1000);
    if (process.getuid?.() === 0) seteuid(65_534);
    setrlimit(RLIMIT_NOFILE, { ...getrlimit(RLIMIT_NOFILE), rlim_cur: 64 });
    const none = thrownBy(() => {
      for (;;) dup(STDOUT_FILENO);
    });
    if (typeof none === 'object') report(none.code);
    const child = fork({ inheritHandles: false });
    if (child === 0) {
      process.exitCode = 3;
      return;
    }
    report(reap(child));
    clearInterval(timer);
  },
});
