import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProcess } from '#src/observe/processes.js';
import { isErrno } from './errors';
import { blocked } from './proc';
import { type Run, type RunOptions, runCommand, Started } from './run-program';

/** The command `realfork`, as a user runs it. */
export const CLI = join(__dirname, '..', '..', '..', 'dist', 'cli', 'main.js');

export function realfork(args: readonly string[], options?: RunOptions): Promise<Run> {
  return runCommand(process.execPath, [CLI, ...args], options);
}

/** `realfork serve`, until it is stopped. */
export class Server {
  readonly started: Started;

  /** @param wrapper a command to run it under: strace and its options */
  constructor(args: readonly string[], wrapper: readonly string[] = [], name = 'figure-4.13') {
    const [command = '', ...rest] = [...wrapper, process.execPath, CLI, 'serve', name, ...args];
    this.started = new Started(command, rest);
  }

  /** Where clients find it. */
  async listening(): Promise<NetConnectOpts> {
    const [, address = ''] = await this.started.stderr.match(/listening on (\S+)\n/);
    const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
    return port === undefined ? { path: address } : { host: host ?? '', port: Number(port) };
  }

  /** The number of its port, as text: for a command line. */
  async port(): Promise<string> {
    const where = await this.listening();
    return 'port' in where ? String(where.port) : '';
  }

  line(pattern: RegExp): Promise<RegExpExecArray> {
    return this.started.stderr.match(pattern);
  }

  /** The server's own process, which strace is not. */
  async pid(): Promise<number> {
    const [, pid] = await this.line(/\[(\d+)\] socket\(/);
    return Number(pid);
  }

  /** Until the server is blocked in accept: the descriptor is that of its socket. */
  async blockedInAccept(): Promise<void> {
    const [, listenfd] = await this.line(/\] socket\(.*\) = (\d+)\n/);
    await blocked(await this.pid(), Number(listenfd));
  }

  /** Ends it as a user does, with a signal, and gives what it said. Its children must have ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Run> {
    process.kill(await this.pid(), signal);
    return this.started.end();
  }
}

/** Starts servers for a test; after it all of them are killed, whatever came. Call where the tests are described. */
export function ownServers(): (name: string, ...args: string[]) => Server {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.started.kill();
  });
  return (name, ...args) => {
    const server = new Server(['--port', '0', ...args], [], name);
    servers.push(server);
    return server;
  };
}

export async function client(where: NetConnectOpts): Promise<Socket> {
  const socket = connect(where);
  await once(socket, 'connect');
  return socket;
}

/** Sends text and reads as much back. */
export async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  let back = '';
  while (back.length < text.length) {
    const [chunk] = await once(socket, 'data');
    back += String(chunk);
  }
  return back;
}

/** Ends the connection, and waits until the server has ended it as well. */
export async function hangUp(socket: Socket): Promise<void> {
  socket.resume();
  socket.end();
  await once(socket, 'close');
}

/** Sends text, says that it is all, and gives what the server says until the end of the connection. */
export async function exchange(where: NetConnectOpts, text: string): Promise<string> {
  const socket = await client({ allowHalfOpen: true, ...where });
  socket.setEncoding('utf8').end(text);
  let said = '';
  for await (const chunk of socket) said += String(chunk);
  return said;
}

/** The error of connect, or "connected". */
export async function connectError(where: NetConnectOpts): Promise<string> {
  try {
    (await client(where)).destroy();
    return 'connected';
  } catch (error) {
    for (const code of ['ECONNREFUSED', 'ENOENT']) if (isErrno(error, code)) return code;
    throw error;
  }
}

/** Until a process is a zombie or gone. */
export async function ended(pid: number): Promise<void> {
  while ((findProcess(pid)?.state ?? 'zombie') !== 'zombie') await delay(1);
}

/** A port that nobody listens on at this moment: for a server that does not say which it has. */
export async function freePort(): Promise<number> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  holder.close();
  await once(holder, 'close');
  return port;
}
