import { realfork } from './support/cli';
import { ownDirectory } from './support/own-directory';

const { file } = ownDirectory();

/** Forks four times, and says what each of them gave. */
const FORKS = `
  import { _exit, errno, errnoName, fork, waitpid } from 'realfork/c';
  const said: string[] = [];
  for (let i = 0; i < 4; ++i) {
    const pid = fork();
    if (pid === 0) _exit(0);
    said.push(pid === -1 ? errnoName(errno()) : 'child');
    if (pid > 0) waitpid(pid);
  }
  console.log(said.join(' '));`;

describe('realfork run --inject', () => {
  const cases = {
    'fork:error=EAGAIN': 'EAGAIN EAGAIN EAGAIN EAGAIN',
    'fork:error=EAGAIN:when=2': 'child EAGAIN child child',
    'fork:error=ENOMEM:when=3+': 'child child ENOMEM ENOMEM',
    'fork:error=EAGAIN:when=2..3': 'child EAGAIN EAGAIN child',
  };
  test.each(Object.entries(cases))('%s: fork gives %s', async (rule, expected) => {
    const run = await realfork(['run', '--inject', rule, file('forks.ts', FORKS)]);
    expect([run.status, run.stderr, run.stdout]).toEqual([0, '', `${expected}\n`]);
  });

  test('several rules, and a program that throws what the call gives', async () => {
    const program = file('waits.ts', "import { fork, wait } from 'realfork';\nfork;\nwait();");
    const run = await realfork([...['run', '--inject', 'fork:error=EAGAIN', '--inject', 'wait:error=EINTR'], program]);
    expect([run.status, run.stderr]).toEqual([1, expect.stringContaining('SyscallError: wait(): EINTR')]);
  });

  const refused = {
    'fork=EAGAIN': 'It must be as fork:error=EAGAIN or fork:error=EAGAIN:when=2 (2+, 2..4).',
    'spoon:error=EAGAIN': 'There is no call spoon in this package.',
    'fork:error=EAGAINST': 'This system has no error EAGAINST.',
  };
  test.each(Object.entries(refused))('%s is refused before anything is run: %s', async (rule, why) => {
    const run = await realfork(['run', '--inject', rule, file('program.ts', "console.log('runs');")]);
    expect([run.status, run.stdout, run.stderr.includes(why)]).toEqual([2, '', true]);
  });
});
