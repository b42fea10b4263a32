/** Types into examples/shell.ts, which has a pseudo-terminal, and reads what appears. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { close, errno, errnoName, execv, forkpty, read, tcgetpgrp, write } from 'realfork/c';
import { childrenOf, findProcess } from '#src/observe/processes.js';
import { until, untilBlocked, untilStopped } from '../support/proc';
import { reap, report, scenarios } from '../support/scenarios';

const SHELL = join(__dirname, '..', '..', 'examples', 'shell.js');
const CTRL_C = '\x03';
const CTRL_D = '\x04';
const CTRL_Z = '\x1a';

class Terminal {
  readonly shell: number;
  private readonly master: number;
  private text = '';

  constructor() {
    const pty = forkpty({ ws_row: 24, ws_col: 200 });
    if (pty === -1) throw new Error(errnoName(errno()));
    if (pty.pid === 0) execv(process.execPath, ['node', SHELL]);
    this.shell = pty.pid;
    this.master = pty.master;
  }

  /** What appears, up to `wanted`. */
  until(wanted: string): string {
    const buffer = Buffer.alloc(4096);
    while (!this.text.includes(wanted)) {
      const n = read(this.master, buffer);
      if (n <= 0) throw new Error(`${JSON.stringify(wanted)} never appeared, only ${JSON.stringify(this.text)}`);
      this.text += buffer.toString('utf8', 0, n).replaceAll('\r', '');
    }
    const end = this.text.indexOf(wanted);
    const before = this.text.slice(0, end);
    this.text = this.text.slice(end + wanted.length);
    return before;
  }

  type(text: string): void {
    write(this.master, text);
  }

  /** A line, and what it has the shell say before the next prompt. */
  command(line: string): string {
    this.type(`${line}\n`);
    this.until(`${line}\n`); /* the terminal's echo */
    return this.until('$ ');
  }

  /** A line that gives the terminal to another group. @returns that group */
  start(line: string): number {
    this.type(`${line}\n`);
    this.until(`${line}\n`);
    until(() => tcgetpgrp(this.master) !== this.shell);
    untilBlocked(this.shell); /* it waits: all of the pipeline is there */
    return tcgetpgrp(this.master);
  }

  key(key: string): string {
    this.type(key);
    return this.until('$ ').replace(/\^[CZ]/, ''); /* the terminal's echo */
  }

  zombies(): number {
    return childrenOf(this.shell).filter(({ state }) => state === 'zombie').length;
  }

  end(): void {
    report({ zombies: this.zombies(), terminalIsTheShells: tcgetpgrp(this.master) === this.shell });
    this.type(CTRL_D);
    report(reap(this.shell));
    close(this.master);
  }
}

function begin(): Terminal {
  const terminal = new Terminal();
  terminal.until('$ ');
  return terminal;
}

scenarios({
  pipelines() {
    const terminal = begin();
    report(terminal.command('echo one two | tr a-z A-Z | cat'));
    report(terminal.command("echo 'a  |  b' > file"));
    report(terminal.command('cat < file >> file2 | wc -c'));
    report(readFileSync('file2', 'utf8'));
    report(terminal.command('cat file file2 | wc -l'));
    report(terminal.command('no-such-program'));
    report(terminal.command('cat < no-such-file'));
    report(terminal.command('rm file file2'));
    report([existsSync('file'), terminal.command('cd /'), terminal.command('pwd'), terminal.command('')]);
    terminal.end();
  },

  keys() {
    const terminal = begin();
    const first = terminal.start('sleep 60 | sleep 60');
    report([terminal.key(CTRL_C), findProcess(first)?.state ?? 'gone']);
    const second = terminal.start('sleep 60');
    report(terminal.key(CTRL_Z));
    report(findProcess(second)?.state);
    report([terminal.command('jobs'), terminal.command('bg'), terminal.command('jobs')]);
    terminal.start('fg %1');
    report([terminal.key(CTRL_C), terminal.command('jobs')]);
    terminal.end();
  },

  /** In the background: reading from the terminal stops it. */
  background() {
    const terminal = begin();
    const launched = terminal.command('cat &');
    untilStopped(Number(/^\[1\] (\d+)\n/.exec(launched)?.[1]));
    /* The shell tells of it before a prompt: before this one, or, if cat was quick, before the last one. */
    const told = launched + terminal.command('echo before the prompt');
    report([told.includes('[1] stopped by SIGTTIN: cat &\n'), told.includes('before the prompt\n')]);
    terminal.start('fg');
    terminal.type(`to cat\n${CTRL_D}`);
    report(terminal.until('$ '));
    terminal.command('sleep 60 &');
    terminal.command('sleep 60 &');
    report(terminal.command('jobs'));
    terminal.end();
  },
});
