import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { portOf } from '#src/bench/load.js';
import type { ProcessGroup } from '#src/bench/process-group.js';
import { observe } from '#src/observe/observe.js';

/** How a server is started, and how it is learnt where it listens. */
export interface ServerProgram {
  /** @param limit after so many seconds it may end itself */
  readonly command: (limit: number) => readonly string[];
  /** Resolves when clients can connect; rejects if it ends before that. */
  readonly port: (server: ProcessGroup) => Promise<number>;
}

/** A program of bench/peers/: it is given its limit, and writes "listening PORT". */
export function announcing(command: readonly string[]): ServerProgram {
  return { command: (limit) => [...command, String(limit)], port: portOf };
}

function listeningPort(pid: number): number | undefined {
  const sockets = observe(pid).openFiles.flatMap(({ socket }) => socket ?? []);
  const local = sockets.find(({ state }) => state === 'LISTEN')?.local;
  return local !== undefined && 'port' in local ? local.port : undefined;
}

/**
 * The port of a server that says nothing, as with --quiet: its socket is looked at from outside. Not one that is found free
 * and told to it: that may be another's by then, and a client that tries it too early may be given it for its own end.
 */
async function portWithoutWord(server: ProcessGroup): Promise<number> {
  const end = server.firstLine();
  end.catch(() => {}); // of a server that has been stopped
  for (;;) {
    const port = listeningPort(server.pid);
    if (port !== undefined) return port;
    await Promise.race([end, delay(1)]); // nobody but the server is told of it
  }
}

const CLI = join(__dirname, '..', '..', '..', 'dist', 'cli', 'main.js');

/** `realfork serve`, as a user starts it. @param args "figure-4.13 --quiet" */
export function serve(args: string): ServerProgram {
  return {
    command: () => [process.execPath, CLI, 'serve', ...args.split(' '), '--port', '0'],
    port: portWithoutWord,
  };
}
