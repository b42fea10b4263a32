import type { LabResult } from '#src/labs/check.js';
import { type Change, checkChanged, complaints, labsToVerify, type Version } from './support/labs';

/** What a busy machine does now and then, done on purpose: somebody is not scheduled for a while. The points stay the same. */

jest.setTimeout(300_000);

/** Without a call, as a process that could run and does not. */
const late = (milliseconds: number): string =>
  `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${milliseconds});`;

/** One test of a lab, on a version of its program in which something is put before or in the place of something else. */
async function checkLate(
  number: string,
  version: Version,
  test: string,
  changes: readonly Change[],
): Promise<LabResult> {
  const [lab] = labsToVerify(number);
  if (lab === undefined) throw new Error(`there is no lab ${number}`);
  return await checkChanged(lab, { version, language: 'typescript' }, changes, '--filter', test);
}

test.each([
  ['04', 'retry-eintr'],
  ['05', 'accept-goes-on'],
])('lab %s, %s: a server whose child is done before it is back in accept meets EINTR still', async (number, name) => {
  const place = /^ {2}Close\(connfd\); \/\* parent/m;
  const result = await checkLate(number, 'solution', name, [[place, `  ${late(400)}\n$&`]]);
  expect(complaints(result)).toEqual([]);
});

/** At the first signal of all: the client is not signalled any more, for longer than it may be silent. */
const STOP_THE_GRADER = `{
  if (existsSync('stopped')) return;
  writeFileSync('stopped', '');
  kill(grader, SIGSTOP);
  if (fork() > 0) return;
  ${late(1500)}
  kill(grader, SIGCONT);
  _exit(0);
}`;

test('lab 05, deadline: the faulty version earns nothing where the grader is not scheduled for longer than the deadline', async () => {
  const result = await checkLate('05', 'faulty', 'deadline', [
    [
      /^import/m,
      "import { existsSync, readFileSync, writeFileSync } from 'node:fs';\nimport { _exit, fork, kill, SIGCONT, SIGSTOP } from 'realfork/c';\n$&",
    ],
    [
      /^let isStopping = false;/m,
      "$&\n/* The parent of the parent. */\nconst grader = Number(/^PPid:\\t(\\d+)$/m.exec(readFileSync('/proc/' + process.ppid + '/status', 'utf8'))?.[1]);",
    ],
    [/console\.error\(`pid \$\{process\.pid\} is well`\)/, STOP_THE_GRADER],
  ]);
  expect(result.earned).toBe(0);
});
