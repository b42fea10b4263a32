import { spawnSync } from 'node:child_process';
import { describeStatus } from '../describe';
import { findProcess } from '../observe/processes';
import { signalProcess } from '../signalling';
import { type Experiment, everywhere } from './experiment';

/** What ps(1) prints of it, where there is a ps: the state letter, and the command. */
function inPs(pid: number): { ps?: string } {
  const { error, stdout } = spawnSync('ps', ['-o', 'stat=', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return {};
  if (error !== undefined) throw new Error(`ps could not be started: ${error.message}`, { cause: error });
  const [state = '', ...command] = stdout.trim().split(/\s+/);
  return { ps: stdout === '' ? 'nothing' : `${state[0]}${command.includes('<defunct>') ? ' <defunct>' : ''}` };
}

export const zombies: Experiment = {
  question: 'A child has ended and its parent has not waited for it: what does SIGKILL do to it?',
  choices: ['It goes away', 'Nothing: it is dead already', 'Its parent is killed'],
  answer: everywhere(1),
  why: 'What is left of a child is its exit status, and it is left until the parent takes it: a signal finds nobody there. When the parent ends, init takes over, and waits.',
  source: 'wait(2), NOTES; UNP 5.9; Let\'s Build A Web Server 3: "You can\'t kill a zombie"',
  setUps: {
    ended: 'the child has exited with 3',
    killed: 'and is sent SIGKILL',
    waited: 'the parent calls waitpid',
    orphaned: 'the parent is killed instead',
  },
  programs: {
    parent({ unp, note }) {
      const pid = unp.Fork();
      if (pid === 0) unp.exit(3);
      unp.Readline(0); /* until told */
      note('status', describeStatus(unp.Waitpid(pid).status));
      unp.Readline(0);
    },
  },
  async observe(setUp, scene) {
    const parent = scene.start('parent');
    const child = await parent.child(1);
    await parent.ended(child);
    let status = 'not asked for';
    switch (setUp) {
      case 'killed':
        signalProcess(child, 'SIGKILL');
        break;
      case 'waited':
        parent.input('\n');
        status = String(await parent.noted('status'));
        break;
      case 'orphaned':
        signalProcess(parent.pid, 'SIGKILL');
        await parent.isGone(child);
        break;
    }
    return { state: findProcess(child)?.state ?? 'gone', ...inPs(child), 'its status': status };
  },
  whereThere: ['ps'],
  // ps of FreeBSD: "<defunct>" in place of the arguments as well. bin/ps/ps.c, saveuser
  expected: everywhere({
    ended: { state: 'zombie', ps: 'Z <defunct>', 'its status': 'not asked for' },
    killed: { state: 'zombie', ps: 'Z <defunct>', 'its status': 'not asked for' },
    waited: { state: 'gone', ps: 'nothing', 'its status': 'exited 3' },
    orphaned: { state: 'gone', ps: 'nothing', 'its status': 'not asked for' },
  }),
};
