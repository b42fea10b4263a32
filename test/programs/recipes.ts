/** realfork/children: snapshot(), daemonize(), reapOrphans(), spawnPty(). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { _exit, describeStatus, fork, getppid, posix_spawnp } from 'realfork';
import { daemonize, inChild, reapOrphans, snapshot, spawnPty } from 'realfork/children';
import { openDescriptors } from '../support/processes-of-a-run';
import { forever, rejection } from '../support/rejection';
import { reap, report, scenarios } from '../support/scenarios';

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code ?? String(error);

scenarios({
  async snapshots() {
    const heard: unknown[] = [];
    const data = ['before'];
    const made = snapshot(
      async ({ write, progress }) => {
        progress({ at: 0 });
        write(new Uint8Array([91]));
        await delay(30);
        write(`${JSON.stringify(data[0])}]`);
        progress({ at: 1 });
        return data.length;
      },
      { file: 'saved', onProgress: (word) => heard.push(word) },
    );
    await delay(20);
    report([await made, readFileSync('saved', 'utf8'), heard]);
    const failed = await rejection(
      snapshot(
        ({ write }) => {
          write('half');
          throw new RangeError('no more');
        },
        { file: 'saved' },
      ),
    );
    const killed = rejection(
      snapshot(({ write, progress }) => [write('half'), progress('written'), forever()][2], {
        file: 'saved',
        timeout: 200,
      }),
    );
    report([String(failed), codeOf(await killed), readFileSync('saved', 'utf8'), readdirSync('.')]);
    rmSync('saved');
    report(codeOf(await rejection(snapshot(({ write }) => write('x')))));
    report([codeOf(await rejection(snapshot(() => 1, { file: '/no/such/directory/file' }))), await snapshot(() => 5)]);
    const call = snapshot as (...args: unknown[]) => Promise<unknown>;
    for (const args of [
      [1],
      [() => 1, { file: 1 }],
      [() => 1, { onProgress: 1 }],
      [() => 1, { path: 'x' }],
      [() => 1, null],
    ]) {
      report(codeOf(await rejection(call(...args))));
    }
  },

  async daemonsThatCannotBe() {
    await inChild(() => 1); // what is made once is there
    const before = openDescriptors().size;
    report(codeOf(await rejection(daemonize({ cwd: '/no/such/directory' }))));
    report(codeOf(await rejection(daemonize({ stdout: '/no/such/directory/log' }))));
    writeFileSync('pid', '');
    report(codeOf(await rejection(daemonize({ pidfile: 'pid', cwd: '/no/such/directory' }))));
    rmSync('pid', { force: true });
    const call = daemonize as (...args: unknown[]) => Promise<unknown>;
    for (const options of [null, { umask: -1 }, { umask: '0' }, { pidFile: 'x' }, { cwd: 1 }]) {
      report(codeOf(await rejection(call(options))));
    }
    report(openDescriptors().size - before);
  },

  async orphans() {
    const heard: string[] = [];
    const isHeard = new Promise<void>((resolve) => {
      const stop = reapOrphans({
        onReaped({ status }) {
          heard.push(describeStatus(status));
          stop();
          resolve();
        },
      });
    });
    const own = fork();
    if (own === 0) _exit(5);
    const started = posix_spawnp('false', ['false']);
    const program = spawn('sh', ['-c', 'exit 6']);
    // Its child ends after it, and is nobody's.
    const parent = fork();
    if (parent === 0) {
      const self = process.pid;
      if (fork() > 0) _exit(7);
      while (getppid() === self) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      _exit(8);
    }
    const [status] = (await once(program, 'exit')) as [number];
    const stays = setInterval(() => {}, 1000); // who reaps orphans does not keep a program for that
    await isHeard;
    clearInterval(stays);
    report([await inChild(() => 'inChild'), status, heard]);
    report([reap(own), reap(started), reap(parent), process.listenerCount('SIGCHLD')]);
  },

  async terminal() {
    const before = openDescriptors().size;
    const script = 'test -t 0 && test -t 1 && stty size && read line && echo "got $line" && pwd && echo "$WORD"';
    const pty = await spawnPty('sh', ['-c', script], {
      rows: 30,
      cols: 90,
      cwd: '/',
      env: { PATH: process.env['PATH'], WORD: 'w' },
    });
    await once(pty.output, 'readable'); // it asks: what is typed earlier the terminal shows earlier
    pty.write('hello\n');
    const [said, { status }] = await Promise.all([text(pty.output), pty.ended]);
    report([said.replaceAll('\r', ''), describeStatus(status), pty.name.startsWith('/dev/')]);
    const killed = await spawnPty('cat');
    killed.kill();
    killed.output.resume();
    report(describeStatus((await killed.ended).status));
    report(codeOf(await rejection(spawnPty('no-such-program'))));
    report(codeOf(await rejection(spawnPty('cat', [], { cwd: '/no/such/directory' }))));
    const call = spawnPty as (...args: unknown[]) => Promise<unknown>;
    for (const args of [
      [1],
      ['cat', 'x'],
      ['cat', [1]],
      ['cat', [], { rows: 0 }],
      ['cat', [], { columns: 1 }],
      ['cat', [], { env: 1 }],
    ]) {
      report(codeOf(await rejection(call(...args))));
    }
    await delay(20);
    report([openDescriptors().size - before <= 1, existsSync('core')]);
  },
});
