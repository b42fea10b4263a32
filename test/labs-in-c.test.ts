import {
  type Change,
  checkChanged,
  checkCommand,
  complaints,
  failedIn,
  labsToVerify,
  programsIn,
  unusualSolutions,
  wrongWith,
} from './support/labs';
import { describeWithStraceAndCc } from './support/systems';

const DEFAULT = 'Sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL});';
const PARENT_CLOSES = /^ {4}Close\(connfd\);.*/m;

/** Mistakes that are seen late or never by who connects: what is otherwise in the solution, and the tests that it fails. */
const MISTAKES: readonly (readonly [
  number: string,
  title: string,
  changes: readonly Change[],
  fails: readonly string[],
])[] = [
  [
    '07',
    'SIGCHLD has its default action in the server while it forks',
    [
      [/^ {6}Sigaction\(SIGCHLD.*/m, ''],
      [/^ {4}if \(Fork/m, `    ${DEFAULT}\n    if (Fork`],
      [PARENT_CLOSES, '    Sigaction(SIGCHLD, &action);\n$&'],
    ],
    ['undisturbed'],
  ],
  ['07', 'both ways are SIG_IGN', [[/SIG_DFL, \.sa_flags = SA_NOCLDWAIT/, 'SIG_IGN']], ['disposition']],
  [
    '07',
    'no command is run, and its status made up',
    [[/^ {2}pid_t pid = Fork\(\);/m, '  dprintf(connfd, "exited %d\\n", status);\n  return;\n$&']],
    ['undisturbed'],
  ],
  [
    '08',
    'the child closes listenfd when its client has left',
    [
      [/^ {6}Close\(listenfd\);.*/m, ''],
      [/^ {6}exit\(0\);/m, '      Close(listenfd);\n$&'],
    ],
    ['listenfd', 'server-killed'],
  ],
  [
    '08',
    'the parent closes connfd when the next client has come',
    [
      [/^ {2}for \(;;\) \{/m, '  int last = -1;\n$&'],
      [PARENT_CLOSES, '    if (last >= 0) Close(last);\n    last = connfd;'],
    ],
    ['end-of-file', 'same-descriptors', 'one-holder'],
  ],
  ['08', 'another descriptor is left open for each client', [[PARENT_CLOSES, '$&\n    dup(2);']], ['same-descriptors']],
];

/** The labs in C: what `lab start` gives, what solves it, and what solves it in a way that nobody has thought of. */

describeWithStraceAndCc()('labs in C', () => {
  test.concurrent.each(programsIn('c'))(
    '$title: it earns what it should',
    async (program) => expect(await wrongWith(program)).toBeUndefined(),
    600_000,
  );

  test.concurrent.each(unusualSolutions())(
    '$title: a right solution has all points, however it is written',
    async ({ lab, file }) => {
      const result = await checkCommand(lab, file);
      expect(complaints(result)).toEqual([]);
      expect(result).toMatchObject({ earned: 10, points: 10 });
    },
    600_000,
  );

  test.concurrent.each(MISTAKES)(
    '%s: %s',
    async (number, _title, changes, fails) => {
      const [lab] = labsToVerify(number);
      if (lab === undefined) throw new Error(`there is no lab ${number}`);
      expect(failedIn(await checkChanged(lab, { version: 'solution', language: 'c' }, changes))).toEqual(fails);
    },
    600_000,
  );
});
