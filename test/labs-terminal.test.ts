import { join } from 'node:path';
import { CLI } from './support/cli';
import { ownDirectory } from './support/own-directory';
import { Tmux, testInTmux } from './support/tmux';

/** What a student does with an editor in lab 02, in a line. */
const EDIT = [
  's|^  Close,|  Close, exit, Fork,|',
  's|^  /. TODO 1.*|  if (Fork() === 0) {|',
  's|^  /. TODO 2.*|  Close(listenfd);|',
  's|^  /. TODO 3.*|  exit(0); }|',
  's|^  /. TODO 4.*|  Close(connfd);|',
]
  .map((command) => `-e '${command}'`)
  .join(' ');

const home = ownDirectory();

/** A check of a lab, on a machine that has other things to do. Milliseconds. */
const CHECKED = 250_000;
jest.setTimeout(600_000);

describe('in a terminal, a student who is new', () => {
  let terminal: Tmux;
  let commands = 0;
  beforeEach(async () => {
    terminal = new Tmux(120, 50);
    await terminal.ready('$');
    type(
      `cd ${home.path}; export HOME=$PWD XDG_STATE_HOME=$PWD/state; realfork() { ${process.execPath} ${CLI} "$@"; }; clear`,
    );
  });
  afterEach(() => terminal.close());

  function type(command: string): void {
    terminal.press('-l', command);
    terminal.press('Enter');
  }

  /**
   * Runs a command, and waits until the shell has its status. Each has a number: until the terminal is
   * cleared, it shows the status of the one before.
   */
  async function run(command: string, status: number): Promise<string> {
    commands += 1;
    type(`clear; ${command}; echo "status of ${commands}: $?"`);
    const { input } = await terminal.shows(new RegExp(`^status of ${commands}: ${status}$`, 'm'), CHECKED);
    return input;
  }

  /** Ctrl-C, after which there is the prompt again: on a line of its own, or behind what the terminal echoed. */
  async function interrupt(): Promise<void> {
    terminal.press('C-c');
    await terminal.shows(/^(?:\^C)?\$$/m);
    type('echo "status $?"');
    await terminal.shows(/^status 130$/m);
  }

  testInTmux('does a lab: list, start, check (fails), hint, edit, check (passes)', async () => {
    expect(await run('realfork lab', 0)).toMatch(/^Next: realfork lab start 01$/m);
    expect(await run('realfork lab start 02', 0)).toMatch(/edit 02-figure-4\.13\/server\.ts/);
    await run('cd 02-figure-4.13', 0);
    const failed = await run('realfork lab check 02', 1);
    expect(failed).toMatch(/^ +0\/3 +two-clients: /m);
    expect(failed).toMatch(/BAD +expected: the second client is answered while the first stays/);
    expect(failed).toMatch(/2 of 10 points/);
    expect(await run('realfork lab hint 02', 0)).toMatch(/^Hint 1 of 3[\s\S]*Fork\(\)/m);
    await run(`sed -i ${EDIT} server.ts`, 0);
    expect(await run('realfork lab check 02', 0)).toMatch(/10 of 10 points\. All of it\./);
    expect(await run('realfork lab', 0)).toMatch(/^02 +10\/10 done/m);
  });

  testInTmux('has a lab checked on save, and ends that with Ctrl-C', async () => {
    await run('realfork lab start 02', 0);
    type('clear; realfork lab watch 02');
    await terminal.shows(/2 of 10 points[\s\S]*Waiting until server\.ts is saved/, CHECKED);
    const second = new Tmux();
    try {
      await second.ready('$');
      second.press('-l', `sed -i ${EDIT} ${join(home.path, '02-figure-4.13', 'server.ts')}`);
      second.press('Enter');
      await terminal.shows(/10 of 10 points[\s\S]*Waiting until/, CHECKED);
    } finally {
      second.close();
    }
    await interrupt();
  });

  testInTmux('ends a check with Ctrl-C: nothing of the program is left', async () => {
    await run('realfork lab start 01', 0);
    type('clear; realfork lab check 01');
    await terminal.shows(/silent-client$/m, CHECKED); // the spinner: a program runs, and would for seconds
    await interrupt();
  });
});
