import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf } from '#src/observe/processes.js';
import { CLI, client, echo, hangUp } from './support/cli';
import { describeInMemoryCgroup, MemoryCgroup } from './support/memory-cgroup';
import { ownDirectory } from './support/own-directory';
import { Started } from './support/run-program';
import { describeWhere } from './support/systems';

/** Who is killed when memory is at its end. proc_pid_oom_score_adj(5) */

const onLinux = describeWhere(process.platform === 'linux', 'oom_score_adj is Linux');
const scoreOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'));
const started: Started[] = [];

afterEach(async () => {
  for (const one of started.splice(0)) await one.kill();
});

function serve(wrapper: readonly string[], ...args: string[]): Started {
  const [command = '', ...rest] = [...wrapper, process.execPath, CLI, 'serve', ...args, '--port', '0'];
  const server = new Started(command, rest);
  started.push(server);
  return server;
}

async function place(server: Started): Promise<{ host: string; port: number }> {
  const [, port] = await server.stderr.match(/listening on 127\.0\.0\.1:(\d+)\n/);
  return { host: '127.0.0.1', port: Number(port) };
}

onLinux('the oom_score_adj of children', () => {
  test.each([
    [500, ['forking']],
    [0, ['forking', '--oom-score-adj', '0']],
    [300, ['forking', '--oom-score-adj', '300']],
    [0, ['preforked', '--children', '1']],
    [300, ['preforked-passing', '--children', '1', '--oom-score-adj', '300']],
  ])("is %d higher than the server's: %j", async (more, args) => {
    const server = serve([], ...args);
    const socket = await client(await place(server));
    expect(await echo(socket, 'x\n')).toBe('x\n');
    const [child] = childrenOf(server.pid);
    const scores = [scoreOf(server.pid), scoreOf(child?.pid ?? 0)];
    await hangUp(socket);
    expect(scores).toEqual([scoreOf(process.pid), Math.min(1000, scoreOf(process.pid) + more)]);
    process.kill(server.pid, 'SIGTERM');
    expect((await server.end()).status).toBe(0);
  });
});

/** It takes memory for as long as there is any; what says "x" is served. */
const GREEDY = `
import { read, write } from 'realfork';
export function doit(connfd: number): void {
  const buffer = Buffer.alloc(2);
  read(connfd, buffer);
  if (buffer.toString() === 'x\\n') return void write(connfd, buffer);
  const taken: Buffer[] = [];
  for (;;) taken.push(Buffer.alloc(1 << 20, 1));
}
`;

describeInMemoryCgroup('in a container whose memory is at its end', () => {
  const home = ownDirectory();

  test('serve forking lives, and those of its children that have taken it are killed', async () => {
    const group = new MemoryCgroup();
    try {
      const service = join(home.path, 'greedy.ts');
      writeFileSync(service, GREEDY);
      const server = serve(group.wrapper, 'forking', '--doit', service);
      const where = await place(server);
      group.leave(24 << 20); // less than the server has mapped
      for (let i = 0; i < 5; ++i) {
        const greedy = await client(where);
        greedy.write('y\n');
        await once(greedy.resume(), 'close');
      }
      const socket = await client(where);
      expect(await echo(socket, 'x\n')).toBe('x\n');
      await hangUp(socket);
      process.kill(server.pid, 'SIGTERM');
      const run = await server.end();
      expect([run.status, run.stderr.match(/^realfork: end \d+ signal SIGKILL /gm)?.length]).toEqual([0, 5]);
    } finally {
      for (const one of started.splice(0)) await one.kill();
      group.remove();
    }
  });
});
