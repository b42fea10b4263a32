import { type Experiment, everywhere } from './experiment';

/** What stdio is in C: text that is kept until there is enough of it, or the process calls exit(3). */
class Buffered {
  private text = '';
  constructor(private readonly write: (text: string) => void) {
    process.on('exit', () => this.flush());
  }

  print(text: string): void {
    this.text += text;
  }

  flush(): void {
    if (this.text !== '') this.write(this.text);
    this.text = '';
  }
}

export const exitOrUnderscoreExit: Experiment = {
  question:
    'A program has printed a line into its buffer, and forks. Child and parent call exit. How often is the line written?',
  choices: ['Once', 'Twice', 'Not at all'],
  answer: everywhere(1),
  why: 'The buffer is memory of the process, so the child has a copy of it, and exit(3) of each writes its own. A child that did not call execve leaves with _exit, or the parent flushes before it forks.',
  source: 'exit(3), _exit(2), fork(2); APUE 8.3 and 8.5',
  setUps: {
    exit: 'the child calls exit',
    _exit: 'the child calls _exit',
    flushed: 'the parent flushes, then forks; exit',
  },
  programs: {
    parent({ unp }, how) {
      const out = new Buffered((text) => unp.Writen(1, text));
      out.print('a line\n');
      if (how === 'flushed') out.flush();
      const pid = unp.Fork();
      if (pid === 0) {
        if (how === '_exit') unp._exit(0);
        else unp.exit(0);
      }
      unp.Waitpid(pid);
      unp.exit(0);
    },
  },
  async observe(setUp, scene) {
    const parent = scene.start('parent', setUp);
    await parent.hasExited();
    await parent.log.ended();
    const writes = parent.log.events.filter((event) => event.kind === 'call' && event.call === 'write');
    const byChild = writes.filter(({ pid }) => pid !== parent.pid).length;
    return { 'times written': writes.length, 'by the child': byChild };
  },
  expected: everywhere({
    exit: { 'times written': 2, 'by the child': 1 },
    _exit: { 'times written': 1, 'by the child': 0 },
    flushed: { 'times written': 1, 'by the child': 0 },
  }),
};
