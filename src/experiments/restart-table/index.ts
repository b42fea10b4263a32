import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SA_RESTART, SIGUSR1 } from '../../constants';
import { errnoName } from '../../errno';
import { signalProcess } from '../../signalling';
import type { Experiment, Observed, Program } from '../experiment';
import type { Scene } from '../scene';
import { TABLE, type TableCall } from './calls';

const byTitle = (title: string): TableCall => {
  const found = TABLE.find((entry) => entry.title === title);
  if (found === undefined) throw new Error(`the table has no call ${title}`);
  return found;
};

/** Makes the call, which a child will let end; before, a signal comes. */
const blocked: Program = ({ unp, untraced, note }, title = '', flags = '', directory = '') => {
  const { manual, prepare } = byTitle(title);
  const { call, release, remove } = prepare({ unp, untraced, directory });
  unp.Sigaction(SIGUSR1, { handler: () => {}, flags: flags === 'SA_RESTART' ? SA_RESTART : 0 });
  if (unp.Fork() === 0) {
    unp.Readline(0); /* until told, by its end */
    release(unp);
    unp._exit(0);
  }
  note('ready', true);
  const result = call(unp);
  const isLeft = manual === 'returns what is left' && result > 0;
  note('result', result === -1 ? errnoName(unp.errno()) : isLeft ? manual : 'goes on');
  remove?.(unp);
};

async function once(scene: Scene, { title, call }: TableCall, flags: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'realfork-'));
  try {
    const program = scene.start('blocked', title, flags, directory);
    await program.noted('ready');
    await program.sleepsIn(call);
    signalProcess(program.pid, 'SIGUSR1');
    await program.handlerReturned();
    program.endInput();
    const result = String(await program.noted('result'));
    await program.hasExited();
    return result;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** On FreeBSD a time limit prevents no restart: it begins again; accept has none. uipc_socket.c, uipc_sockbuf.c */
const restarted: Observed = { 'with SA_RESTART': 'goes on' };
const FREEBSD: Readonly<Record<string, Observed>> = {
  'accept, SO_RCVTIMEO': restarted,
  'read, SO_RCVTIMEO': restarted,
  'recv, SO_RCVTIMEO': restarted,
  'send, SO_SNDTIMEO': restarted,
};

const expectedOfManual = ({ manual }: TableCall): Observed => ({
  'flags 0': manual === 'goes on' ? 'EINTR' : manual,
  'with SA_RESTART': manual,
});

const rows = (own: Readonly<Record<string, Observed>>): Record<string, Observed> =>
  Object.fromEntries(TABLE.map((entry) => [entry.title, { ...expectedOfManual(entry), ...own[entry.title] }]));

export const restartTable: Experiment = {
  question:
    'A signal handler runs while a call is blocked: which calls does SA_RESTART restart, and which fail with EINTR all the same?',
  choices: [
    'It restarts all of them',
    'It restarts those that wait for data, locks and children; not those that wait for time, signals or several descriptors',
    'It restarts those on slow devices only',
  ],
  answer: { linux: 1, freebsd: 1 },
  why: 'A call that is restarted begins again: one that waits for a certain time would wait too long, and one whose purpose is to be woken (poll, pause, sigsuspend) would miss it.',
  source: 'signal(7), "Interruption of system calls and library functions by signal handlers"',
  setUps: Object.fromEntries(TABLE.map(({ title }) => [title, title])),
  programs: { blocked },
  async observe(setUp, scene) {
    const entry = byTitle(setUp);
    return {
      'flags 0': await once(scene, entry, '0'),
      'with SA_RESTART': await once(scene, entry, 'SA_RESTART'),
      'signal(7)': entry.manual,
    };
  },
  expected: { linux: rows({}), freebsd: rows(FREEBSD) },
};
