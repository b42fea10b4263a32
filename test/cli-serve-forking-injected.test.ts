import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { NetConnectOpts } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { client, ownServers, Server } from './support/cli';
import { NativeLibraries } from './support/native-libraries';
import { ownDirectory } from './support/own-directory';
import { blocked } from './support/proc';
import { Started } from './support/run-program';
import { testWhere, whereStraceAttaches } from './support/systems';

/**
 * The kernel refuses what the running server asks of it: strace has the calls fail. Then fifty clients are served, and the
 * server has what it had before.
 */

const own = ownDirectory();

interface Refusal {
  /** Of the server alone, or of its children too. */
  readonly of: 'server' | 'all';
  /** What clients hear meanwhile: what they said, or nothing. */
  readonly heard: string;
  /** What the log says. */
  readonly says?: RegExp;
  /** Of the command line. */
  readonly options?: readonly string[];
}

/** How often in each process. */
const TIMES = 3;

const told = (call: string, errno: string): RegExp => new RegExp(`^realfork: ${call}: ${errno}\\b`, 'm');

/** A program that is not started. */
const start = (call: string, errno: string, of: Refusal['of']): Refusal => ({
  ...{ of, heard: '', says: told(call, errno), options: ['--exec', 'cat'] },
});

const accept = (errno: string): Refusal => ({ of: 'server', heard: 'hello', says: told('accept', errno) });

/** Of no client's making, and nothing that anybody could mend. */
const passing: Refusal = { of: 'server', heard: 'hello' };

type Errnos = Readonly<Record<string, Refusal>>;

/** By system call, and by errno. */
const REFUSALS: Readonly<Record<string, Errnos>> = {
  accept4: {
    ...{ EMFILE: accept('EMFILE'), ENFILE: accept('ENFILE'), ENOMEM: accept('ENOMEM'), ENOBUFS: accept('ENOBUFS') },
    ...{ EIO: accept('EIO'), ECONNABORTED: passing, EPROTO: passing, EPERM: passing, EINTR: passing, EAGAIN: passing },
  },
  clone: {
    EAGAIN: { of: 'server', heard: '', says: told('fork', 'EAGAIN') },
    ENOMEM: { of: 'server', heard: '', says: told('fork', 'ENOMEM') },
  },
  vfork: { EAGAIN: start('vfork', 'EAGAIN', 'server'), ENOMEM: start('vfork', 'ENOMEM', 'server') },
  execve: { EAGAIN: start('execve', 'EAGAIN', 'all'), ETXTBSY: start('execve', 'ETXTBSY', 'all') },
  dup2: { EBUSY: start('dup2', 'EBUSY', 'all') },
  read: { EINTR: { of: 'all', heard: 'hello' }, ECONNRESET: { of: 'all', heard: '' } },
  write: { EPIPE: { of: 'all', heard: '' }, ENOSPC: { of: 'all', heard: '' }, EAGAIN: { of: 'all', heard: '' } },
  wait4: { EINTR: passing },
  ppoll: { EINTR: passing, ENOMEM: { ...passing, says: told('ppoll', 'ENOMEM') } },
  getpeername: { ENOTCONN: { of: 'server', heard: '' }, ENOBUFS: { of: 'server', heard: '' } },
  setpgid: { EPERM: passing, EACCES: passing },
};

/** strace at work on a process that runs. */
class Injection {
  private readonly trace: string;
  private readonly started: Started;

  constructor(pid: number, call: string, errno: string, which: Refusal['of'], log: string) {
    this.trace = log;
    const rules = ['-e', `trace=${call}`, '-e', `inject=${call}:error=${errno}:when=1..${TIMES}`, '-e', 'signal=none'];
    this.started = new Started('strace', ['-o', log, ...(which === 'all' ? ['-f'] : []), ...rules, '-p', String(pid)]);
  }

  async attached(): Promise<void> {
    await this.started.stderr.match(/attached/);
  }

  /** So many calls have failed until now. */
  get times(): number {
    return readFileSync(this.trace, 'utf8').split('(INJECTED)').length - 1;
  }

  async detach(): Promise<void> {
    process.kill(this.started.pid, 'SIGINT');
    await this.started.end();
  }
}

/** What a client hears that says hello; nothing also if the connection is reset. */
async function hear(where: NetConnectOpts): Promise<string> {
  const socket = await client({ allowHalfOpen: true, ...where });
  let said = '';
  socket.on('data', (chunk) => {
    said += String(chunk);
  });
  socket.on('error', () => {});
  socket.end('hello');
  await new Promise((resolve) => socket.on('close', resolve));
  return said;
}

/** Number and file of each descriptor. */
function descriptors(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).map((fd) => `${fd} ${readlinkSync(`${directory}/${fd}`)}`);
}

const children = (pid: number): string => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');

/** Until the server has reaped all, and waits for clients. */
async function idle(pid: number): Promise<void> {
  while (children(pid) !== '') await delay(1);
  await blocked(pid);
}

async function fiftyAreServed(where: NetConnectOpts): Promise<void> {
  for (let batch = 0; batch < 5; ++batch) {
    const said = await Promise.all(Array.from({ length: 10 }, () => hear(where)));
    expect(said).toEqual(Array(10).fill('hello'));
  }
}

const inject = whereStraceAttaches();

describe.each(Object.entries(REFUSALS))('serve forking, where the kernel refuses %s', (call, errnos) => {
  const serve = ownServers();

  for (const [errno, { of, heard, says, options = [] }] of Object.entries(errnos)) {
    inject(`${errno}: clients hear ${JSON.stringify(heard)}; then fifty are served, and nothing is left`, async () => {
      const server = serve('forking', ...options);
      const where = await server.listening();
      const pid = Number((await server.line(/pid (\d+) listening/))[1]);
      expect(await hear(where)).toBe('hello');
      await idle(pid);
      const before = descriptors(pid);
      const injection = new Injection(pid, call, errno, of, join(own.path, 'trace'));
      await injection.attached();
      const meanwhile = [await hear(where)];
      while (injection.times < TIMES) meanwhile.push(await hear(where));
      await injection.detach();
      expect(meanwhile).toEqual(meanwhile.map(() => heard));
      await fiftyAreServed(where);
      await idle(pid);
      expect(descriptors(pid)).toEqual(before);
      if (says !== undefined) await server.line(says);
      process.kill(pid, 'SIGTERM');
      expect(await server.started.end()).toMatchObject({ status: 0, signal: null });
    });
  }
});

const isCompiled = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

describe('serve forking, where close of a connection says that it failed', () => {
  const libraries = new NativeLibraries();
  afterAll(() => libraries.remove());
  const { EIO, EINTR } = constants.errno;
  const cases = Object.entries({ EIO, EINTR }).flatMap(([name, errno]) =>
    [
      ['--doit', 'echo'],
      ['--exec', 'cat'],
      ['--tuned', '--doit', 'echo'],
    ].map((args) => [name, errno, args] as const),
  );

  for (const [name, errno, args] of cases) {
    testWhere(isCompiled, 'needs Linux and a C compiler (cc)')(
      `${name}, ${args.join(' ')}: fifty are served, and nothing is left`,
      async () => {
        const preload = `LD_PRELOAD=${libraries.compile('failing-close')}`;
        const server = new Server(['--port', '0', ...args], ['env', preload, `CLOSE_ERRNO=${errno}`], 'forking');
        try {
          const where = await server.listening();
          const pid = Number((await server.line(/pid (\d+) listening/))[1]);
          await idle(pid);
          const before = descriptors(pid);
          await fiftyAreServed(where);
          await server.line(new RegExp(`^close: errno ${errno}$`, 'm')); // it has failed
          await idle(pid);
          expect(descriptors(pid)).toEqual(before);
          process.kill(pid, 'SIGTERM');
          expect(await server.started.end()).toMatchObject({ status: 0, signal: null });
        } finally {
          await server.started.kill();
        }
      },
    );
  }
});
