/**
 * fork() beside one package: beside.js PACKAGE CHILDREN PATIENCE-SECONDS WHERE-INSTALLED FOR-ITS-FILES
 *
 * The package is used, the process forks, the child uses it, and then the parent again; so many times. Each use has a
 * time limit. Writes outcome.ts on standard output.
 */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  _exit,
  describeStatus,
  fork,
  STDERR_FILENO,
  STDOUT_FILENO,
  WEXITSTATUS,
  WIFEXITED,
  waitpidAsync,
} from 'realfork';
import type { Outcome } from './outcome';
import type { InUse } from './subject';
import { SUBJECTS } from './subjects';

const [name = '', children = '', patience = '', installed = '', directory = ''] = process.argv.slice(2);
const limit = Number(patience) * 1000;
/** What a child ends with whose use gave something wrong, or never ended. */
const WRONG = 70;
const STUCK = 71;

const tell = (outcome: Outcome): void => {
  writeSync(STDOUT_FILENO, `${JSON.stringify(outcome)}\n`);
};

/** What `work` comes to, or 'late'. `limits`: how many of them it may take. */
async function inTime<T>(work: Promise<T>, limits = 1): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), limit * limits);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Its own time limit is half of what its parent has for it: a use that never ends is told from a child that hangs. */
async function runChild({ parent, child: use = parent, leavesBy }: InUse): Promise<never> {
  let status = 0;
  try {
    if ((await inTime(use())) === 'late') status = STUCK;
  } catch (error) {
    writeSync(STDERR_FILENO, `soak: ${name}, in a child: ${String(error)}\n`);
    status = WRONG;
  }
  return leavesBy === '_exit' ? _exit(status) : process.exit(status);
}

/** fork(), or its refusal. */
function forkOrRefused(inUse: InUse): number | Outcome {
  try {
    return fork(inUse.fork);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (!code.startsWith('ERR_FORK_')) throw error;
    return { kind: 'refused', code, why: message.split('\n')[0] ?? '' };
  }
}

async function oneChild(inUse: InUse, child: number): Promise<Outcome | undefined> {
  const pid = forkOrRefused(inUse);
  if (pid === 0) return runChild(inUse);
  let ended: Outcome | undefined;
  if (typeof pid !== 'number') {
    ended = pid;
  } else {
    const end = await inTime(waitpidAsync(pid), 2);
    if (end === 'late') return { kind: 'hung', pid, child };
    if (WIFEXITED(end.status) && WEXITSTATUS(end.status) === STUCK) ended = { kind: 'stuck', child };
    else if (end.status !== 0) ended = { kind: 'corrupt', text: `child ${child} ${describeStatus(end.status)}` };
  }
  if ((await inTime(inUse.parent())) === 'late') {
    return {
      kind: 'corrupt',
      text: `the parent's use never ends, after child ${child}${ended === undefined ? '' : `, ${ended.kind}`}`,
    };
  }
  return ended;
}

async function outcome(inUse: InUse): Promise<Outcome> {
  for (let child = 1; child <= Number(children); ++child) {
    const ended = await oneChild(inUse, child);
    if (ended !== undefined) return ended;
  }
  return { kind: 'works', children: Number(children) };
}

async function main(): Promise<void> {
  const subject = SUBJECTS[name];
  if (subject === undefined) throw new Error(`no such package: ${name}`);
  const inUse = await subject(createRequire(join(installed, 'package.json')), directory);
  await inUse.parent(); // before the first fork: what is wrong here is not for the soak to find
  const came = await outcome(inUse).catch(
    (error: unknown): Outcome => ({ kind: 'corrupt', text: `the parent: ${String(error)}` }),
  );
  tell(came);
  if (came.kind !== 'hung') await inTime(Promise.resolve(inUse.end?.()));
  _exit(0);
}

void main();
