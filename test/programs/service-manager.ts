/** What a service manager does with a server: sockets passed, and told of its state. systemd.socket(5), sd_notify(3) */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import {
  AF_INET,
  AF_UNIX,
  bind,
  close,
  getsockname,
  kill,
  listen,
  recv,
  SIGHUP,
  SIGTERM,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_STREAM,
  socket,
} from 'realfork';
import { calls } from '#src/calls.js';
import { createUnp } from '#src/unp/wrappers.js';
import { CLI } from '../support/cli';
import { report, scenarios } from '../support/scenarios';

const unp = createUnp(calls);

/** Starts `serve forking` as the process that LISTEN_PID names, with a socket that listens as its descriptor 3. */
async function manage(notifyPath: string, ...args: readonly string[]): Promise<void> {
  const notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bind(notify, { family: AF_UNIX, path: notifyPath.replace(/^@/, '\0') });
  const listenfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bind(listenfd, { family: AF_INET, address: '127.0.0.1', port: 0 });
  listen(listenfd, 5);
  const address = getsockname(listenfd);
  const command = [process.execPath, CLI, 'serve', 'forking', ...args];
  const server = spawn('sh', ['-c', 'LISTEN_PID=$$ exec "$0" "$@"', ...command], {
    stdio: ['ignore', 'inherit', 'inherit', listenfd],
    env: { ...process.env, LISTEN_FDS: '1', NOTIFY_SOCKET: notifyPath },
  });
  close(listenfd);
  const hear = (): string => {
    const buffer = Buffer.alloc(200);
    return buffer.toString('utf8', 0, recv(notify, buffer)).replace(/\d{2,}/g, 'N');
  };
  const heard = [hear()];
  const client = unp.Socket(AF_INET, SOCK_STREAM, 0);
  unp.Connect(client, address);
  const said = unp.Readline(client);
  unp.Close(client);
  const pid = server.pid ?? 0;
  if (pid < 2) throw new Error('the server was not started');
  kill(pid, SIGHUP);
  heard.push(hear(), hear());
  kill(pid, SIGTERM);
  heard.push(hear());
  const [status] = await once(server, 'exit');
  if (!notifyPath.startsWith('@')) rmSync(notifyPath);
  report({ said, heard, status });
}

scenarios({ manage });
