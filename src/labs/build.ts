import type { CheckOptions } from './check';
import type { Line } from './lab';
import type { CommandLine, Submission } from './submission';
import { Trial } from './trial';

/** How long a compiler may take, in seconds. */
const BUILD_SECONDS = 60;
/** How much of the compiler's words is shown, in characters: its first error tells most. */
const MOST_SHOWN = 4000;

/** What became of building a program. */
export interface Build {
  /** What a test is to say, if there is no program: the compiler's words the first time, then where they are. */
  next(): Line | undefined;
}

const shown = (command: CommandLine): string => (typeof command === 'string' ? command : command.join(' '));

/** The beginning of a compiler's words, whole lines of it. */
function beginning(text: string): string {
  const words = text.trim();
  if (words.length <= MOST_SHOWN) return words;
  const cut = words.slice(0, MOST_SHOWN);
  return `${cut.slice(0, cut.lastIndexOf('\n') + 1)}…`;
}

/** Runs the build command of a submission, held in as its program is. Undefined if it has none. */
export async function built(submission: Submission, { user, signal }: CheckOptions): Promise<Build | undefined> {
  if (submission.kind !== 'command' || submission.build === undefined) return undefined;
  const { build: command, directory } = submission;
  const expected = `it is built: ${shown(command)}`;
  const trial = new Trial(submission, user);
  const lines = await trial.performUnless(
    signal,
    {
      ...{ name: 'build', what: 'the program is built', points: 0 },
      async run({ expect }) {
        const compiler = await trial.build(command, directory);
        const { status, signal: killer } = await compiler.ended();
        const how = killer === null ? `exit status ${status}` : `killed by ${killer}`;
        const said = beginning(`${compiler.stdout}${compiler.stderr}`);
        expect(status === 0, { expected, seen: said === '' ? how : `${how}\n${said}` });
      },
    },
    BUILD_SECONDS,
  );
  const bad = lines.find(({ verdict }) => verdict !== 'GOOD');
  let isTold = false;
  return {
    next() {
      if (bad === undefined || !isTold) {
        isTold = true;
        return bad;
      }
      return { verdict: 'MISSING', expected: 'a program', seen: 'it could not be built: see the first test' };
    },
  };
}
