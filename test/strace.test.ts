import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { client, echo, hangUp, Server } from './support/cli';
import { testWithStrace } from './support/systems';

const whereStraced = testWithStrace();

interface Traced {
  /** What the kernel did: "accept = 19", "accept = ERESTARTSYS", "rt_sigreturn = EINTR". */
  readonly kernel: readonly string[];
  /** Our own lines about accept: "accept = 19", "accept = EINTR". */
  readonly ours: readonly string[];
}

/** One line of strace about `pid`: "accept(18, NULL, NULL) = 19", or its second half, "<... accept resumed>) = 19". */
function kernelLine(line: string, pid: number): string[] {
  const [, who, call = '', result = '', error] =
    /^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed>).*\) += (-?\d+|\?)(?: ([A-Z]+))?/.exec(line) ?? [];
  return Number(who) === pid ? [`${call.replace('accept4', 'accept')} = ${error ?? result}`] : [];
}

function ourLine(line: string, pid: number): string[] {
  const [, who, result = '', error] = /^\[(\d+)\] accept\(\d+\) = (-?\d+)(?: ([A-Z]+))?$/.exec(line) ?? [];
  return Number(who) === pid ? [`accept = ${error ?? result}`] : [];
}

/** Two clients, one after the other; each one's child ends while the server is blocked in accept. */
async function trace(...options: string[]): Promise<Traced> {
  const directory = mkdtempSync(join(tmpdir(), 'realfork-strace-'));
  const output = join(directory, 'trace');
  const strace = ['strace', '-f', '-o', output, '-e', 'trace=accept,accept4,rt_sigreturn', '-e', 'signal=none'];
  const server = new Server(['--port', '0', '--sigchld', 'handler', '--on-eintr', 'retry', ...options], strace);
  try {
    const where = await server.listening();
    const pid = await server.pid();
    for (const nth of [1, 2]) {
      const socket = await client(where);
      await echo(socket, 'x');
      await server.line(new RegExp(`(\\[${pid}\\] close\\(\\d+\\) = 0\n.*){${nth}}`, 's'));
      await server.blockedInAccept();
      await hangUp(socket);
      await server.line(new RegExp(`(\\[${pid}\\] waitpid\\(-1, WNOHANG\\) = -1 ECHILD\n.*){${nth}}`, 's'));
    }
    await server.blockedInAccept();
    const { stderr } = await server.stop('SIGKILL');
    return {
      kernel: readFileSync(output, 'utf8')
        .split('\n')
        .flatMap((line) => kernelLine(line, pid))
        .filter((line) => line !== 'accept = ?'), // the one that SIGKILL ended
      ours: stderr.split('\n').flatMap((line) => ourLine(line, pid)),
    };
  } finally {
    await server.started.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What accept returned to the program, by the kernel's account: an ERESTARTSYS is no return. */
function returned(kernel: readonly string[]): string[] {
  return kernel.flatMap((line, index) => {
    if (line !== 'accept = ERESTARTSYS') return line.startsWith('accept') ? [line] : [];
    return kernel[index + 1] === 'rt_sigreturn = EINTR' ? ['accept = EINTR'] : [];
  });
}

const NUMBER = expect.stringMatching(/^accept = \d+$/);
/** rt_sigreturn gives back what was in the register of the result: here the number of the call to restart. */
const RESTARTED = expect.stringMatching(/^rt_sigreturn = \d+$/);
const INTERRUPTED = 'accept = ERESTARTSYS';

whereStraced(
  'without SA_RESTART: accept ends with ERESTARTSYS, and returns EINTR once the handler has run',
  async () => {
    const { kernel, ours } = await trace();
    const interrupted = [INTERRUPTED, 'rt_sigreturn = EINTR'];
    expect(kernel).toEqual([NUMBER, ...interrupted, NUMBER, ...interrupted]);
    expect(ours).toEqual([NUMBER, 'accept = EINTR', NUMBER, 'accept = EINTR']);
    expect(ours).toEqual(returned(kernel));
  },
);

whereStraced('with SA_RESTART: accept ends with ERESTARTSYS, and the kernel makes it again, unseen by us', async () => {
  const { kernel, ours } = await trace('--sa-restart');
  expect(kernel).toEqual([NUMBER, INTERRUPTED, RESTARTED, NUMBER, INTERRUPTED, RESTARTED]);
  expect(ours).toEqual([NUMBER, NUMBER]);
  expect(ours).toEqual(returned(kernel));
});
