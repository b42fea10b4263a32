import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AF_UNIX, O_CREAT, O_EXCL, O_RDWR, POLLIN, SEEK_CUR, SEEK_SET, SOCK_STREAM } from '../constants';
import { type Experiment, everywhere } from './experiment';

export const sharedFile: Experiment = {
  question:
    'A child reads 10 bytes of a file that its parent had opened before the fork. Where does the parent read next?',
  choices: ['At byte 0: each has its own place', 'At byte 10: they share it', 'It fails'],
  answer: everywhere(1),
  why: 'fork copies descriptors, not what they refer to: the open file description, with its offset, is one and the same. That is also why the end is seen only when the last of them is closed.',
  source: 'fork(2), open(2), "Open file descriptions"; APUE 8.3; UNP 4.8',
  setUps: {
    inherited: 'opened before the fork',
    'opened-twice': 'opened by the child again',
    'closed-by-one': 'a socket: the child closes it, the parent has it',
    'closed-by-both': 'and the parent closes it as well',
  },
  programs: {
    file({ unp, note }, how, path = '') {
      const fd = unp.open(path, O_RDWR | O_CREAT | O_EXCL, 0o600);
      unp.Write(fd, 'x'.repeat(100));
      unp.lseek(fd, 0, SEEK_SET);
      const pid = unp.Fork();
      if (pid === 0) {
        unp.Read(how === 'inherited' ? fd : unp.open(path, O_RDWR), Buffer.alloc(10));
        unp._exit(0);
      }
      unp.Waitpid(pid);
      note('offset', unp.lseek(fd, 0, SEEK_CUR));
    },
    socket({ unp, note }, how) {
      const [here, there] = unp.Socketpair(AF_UNIX, SOCK_STREAM, 0);
      const pid = unp.Fork();
      if (pid === 0) {
        unp.Close(there);
        unp._exit(0);
      }
      unp.Waitpid(pid);
      if (how === 'closed-by-both') unp.Close(there);
      const polled = unp.poll([{ fd: here, events: POLLIN }], 0);
      note('end', polled !== -1 && (polled[0]?.revents ?? 0) !== 0);
    },
  },
  async observe(setUp, scene) {
    if (setUp.startsWith('closed')) {
      const end = await scene.start('socket', setUp).noted('end');
      return { "the parent's offset": '', 'the other end sees the end': end };
    }
    const directory = mkdtempSync(join(tmpdir(), 'realfork-'));
    try {
      const offset = await scene.start('file', setUp, join(directory, 'file')).noted('offset');
      return { "the parent's offset": offset, 'the other end sees the end': '' };
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
  expected: everywhere({
    inherited: { "the parent's offset": 10 },
    'opened-twice': { "the parent's offset": 0 },
    'closed-by-one': { 'the other end sees the end': false },
    'closed-by-both': { 'the other end sees the end': true },
  }),
};
