/**
 * Children with a server each in their event loops, and a client of each in the parent's.
 *
 *   servers COUNT PATIENCE-SECONDS CHILDREN-AT-A-TIME
 *
 * Shown: a child's event loop listens, answers, writes files by a thread pool of its own, and comes to its end;
 * all that with sockets of the parent's event loop open at the fork.
 *
 * Run by soak.ts, which watches it: it writes messages.ts on standard output and ends with status 1 if
 * anything was not as it must be.
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { close, getpid, pipe, write } from 'realfork';
import { parentsHandle, soakEventLoop } from './event-loop';
import { check } from './findings';
import { forkPairs, type Pair } from './pairs';

/** Lines of the file that a child writes: more than fits in one buffer of a pipe. */
const LINES = 10_000;

const [count = 0, patience = 30, atATime = 6] = process.argv.slice(2).map(Number);
const directory = mkdtempSync(join(tmpdir(), 'realfork-soak-'));

const answerOf = (pid: number, path: string): string => `${pid} answers ${path}\n`;
const contentsOf = (pid: number): string => `written by ${pid}\n`.repeat(LINES);
const pathOf = (nth: number): string => `/child/${nth}`;
const fileOf = (nth: number): string => join(directory, String(nth));

/** In the child: one request is answered, and it listens no longer. */
async function serveOnce(nth: number, portfd: number): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  write(portfd, String(address.port));
  close(portfd);
  const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  response.end(answerOf(getpid(), request.url ?? ''));
  await writeFile(fileOf(nth), contentsOf(getpid()));
  server.close();
  await once(server, 'close');
}

/** In the parent. */
async function beClient(nth: number, pid: number, portfd: number): Promise<void> {
  const port = await text(parentsHandle(new Socket({ fd: portfd, readable: true, writable: false })));
  const path = pathOf(nth);
  const request = parentsHandle(get({ host: '127.0.0.1', port: Number(port), path, agent: false }));
  const closed = new Promise((resolve) => request.once('close', resolve));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const answer = await text(response);
  check(answer === answerOf(pid, path), `child ${nth} (${pid}) answered ${JSON.stringify(answer)}`);
  await closed;
}

async function checkFile(nth: number, pid: number): Promise<void> {
  const contents = await readFile(fileOf(nth), 'utf8');
  const line = contents.split('\n', 1)[0] ?? '';
  check(contents === contentsOf(pid), `the file of child ${nth} (${pid}): ${contents.length} characters, ${line}...`);
  await rm(fileOf(nth));
}

function pair(nth: number): Pair {
  const [readfd, writefd] = pipe();
  return {
    async inChild() {
      close(readfd);
      await serveOnce(nth, writefd);
    },
    async inParent(pid) {
      close(writefd);
      await beClient(nth, pid, readfd);
    },
    afterwards: (pid) => checkFile(nth, pid),
  };
}

/** Each file is gone when it has been looked at. */
function removeDirectory(): void {
  const files = readdirSync(directory);
  check(files.length === 0, `files are left: ${files.join(', ')}`);
  rmSync(directory, { recursive: true });
}

void soakEventLoop({
  ...{ things: 'servers', patience },
  progress: ({ waitedFor }) => `${waitedFor}/${count} servers`,
  async run(children) {
    const isParent = await forkPairs(children, count, atATime, pair);
    if (isParent) removeDirectory();
    return isParent;
  },
});
