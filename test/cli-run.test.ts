import { realfork } from './support/cli';
import { ownDirectory } from './support/own-directory';

/** What `realfork run` says of a program that is wrong: before it runs, and of what it throws. */

const here = ownDirectory();

/** Runs a program of that text; what it says names it FILE, and Node's version is left out. */
async function run(text: string, name = 'program.ts', env: NodeJS.ProcessEnv = {}) {
  const file = here.file(name, text);
  const { status, stdout, stderr } = await realfork(['run', file], { env });
  return { status, stdout, stderr: stderr.replaceAll(file, 'FILE').replace(/\n+Node\.js v.*\n$/, '\n') };
}

describe('an import of what there is not', () => {
  test.each(['program.ts', 'program.mjs', 'program.js'])('%s: who has it, before anything runs', async (name) => {
    const text =
      "console.log('runs');\nimport { socket, sockaddr_in } from 'realfork/c';\nsocket(sockaddr_in('::', 0));\n";
    expect(await run(text, name)).toEqual({
      status: 1,
      stdout: '',
      stderr: [
        'FILE:2',
        "import { socket, sockaddr_in } from 'realfork/c';",
        '                 ^',
        '',
        "SyntaxError: realfork/c has no sockaddr_in; realfork/unp has: import { sockaddr_in } from 'realfork/unp'",
        '    at FILE:2:18',
        '',
      ].join('\n'),
    });
  });

  test.each([
    [
      "import { errno } from 'realfork'; errno();",
      "realfork has no errno; realfork/c and realfork/unp have: import { errno } from 'realfork/c'",
    ],
    [
      "import { acept } from 'realfork/c'; acept(3);",
      'realfork/c has no acept, and no other entry point has. Did you mean accept?',
    ],
    [
      "import { SIGCHILD } from 'realfork'; SIGCHILD;",
      'realfork has no SIGCHILD, and no other entry point has. Did you mean SIGCHLD?',
    ],
    [
      "import { sockadr_in } from 'realfork/c'; sockadr_in();",
      'realfork/c has no sockadr_in, and no other entry point has. Did you mean sockaddr_in?',
    ],
    [
      "import { getaddrinfo } from 'realfork'; getaddrinfo();",
      'realfork has no getaddrinfo, and no other entry point has.',
    ],
    [
      "import { fork as f } from 'realfork/tuned'; f();",
      "realfork/tuned has no fork; realfork and realfork/c and realfork/unp have: import { fork } from 'realfork'",
    ],
    [
      "import { Fork } from 'realfork/upn'; Fork();",
      'there is no realfork/upn, but realfork, realfork/c, realfork/unp, realfork/observe, realfork/children, realfork/tuned. Did you mean realfork/unp?',
    ],
  ])('%s', async (text, problem) => {
    const { status, stderr } = await run(text);
    expect([status, stderr.split('\n')]).toEqual([1, expect.arrayContaining([`SyntaxError: ${problem}`])]);
  });

  test('each of them is told of, and where it is in a file that is imported', async () => {
    here.file('helper.ts', "import { Accept, Close } from 'realfork';\nexport const both = [Accept, Close];\n");
    const { stderr } = await run("import { both } from './helper';\nboth.pop();\n");
    expect(stderr).toMatch(/^\S+helper\.ts:1\nimport \{ Accept, /);
    expect(stderr).toMatch(/^SyntaxError: realfork has no Accept; .*\nrealfork has no Close; realfork\/unp has: /m);
  });

  test('types are none of these, nor is what a comment or a text says', async () => {
    const text = `/* import { none } from 'realfork'; */
      import type { SocketAddress } from 'realfork';
      import { close, type Timeval, ByteView, Rlimit } from 'realfork';
      import { Message } from 'realfork/c';
      import all, { fork } from 'realfork';
      import * as c from 'realfork/c';
      export { Message };
      interface Mine { a: SocketAddress; b: Timeval; c: ByteView; d: Rlimit }
      const text = "import { none } from 'realfork'";
      console.log(typeof close, text.length, all.fork === fork, typeof c.errno);`;
    expect(await run(text)).toEqual({ status: 0, stdout: 'function 31 true function\n', stderr: '' });
  });

  test('a file of --doit: in one line', async () => {
    const file = here.file(
      'doit.ts',
      "import { Writen } from 'realfork';\nexport const doit = (fd: number) => Writen(fd, '');\n",
    );
    const { status, stderr } = await realfork(['serve', 'figure-4.13', '--port', '0', '--doit', file]);
    const problem = "realfork has no Writen; realfork/unp has: import { Writen } from 'realfork/unp'";
    expect([status, stderr]).toEqual([1, `realfork: ${file}:1:10: ${problem}\n`]);
  });
});

test('what is no TypeScript: its line', async () => {
  expect(await run('const one = 1;\nconst two = {;\n')).toEqual({
    ...{ status: 1, stdout: '' },
    stderr: 'FILE:2\nconst two = {;\n             ^\n\nSyntaxError: Unexpected token\n    at FILE:2:14\n',
  });
});

describe('an exception that ends a program', () => {
  const BAD = 'SyscallError: accept(-1): EBADF, Bad file descriptor';
  const FIELDS = " {\n  code: 'EBADF',\n  errno: -9,\n  syscall: 'accept'\n}\n";

  test('the line of the program above the stack, as it was written, and in the stack the program alone', async () => {
    const text = `import { accept } from 'realfork';
interface Options { readonly fd: number }

function serve({ fd }: Options): void {
\tif (fd < 0) accept(fd);
}
serve({ fd: -1 });
`;
    expect(await run(text)).toEqual({
      ...{ status: 1, stdout: '' },
      stderr: `FILE:5\n\tif (fd < 0) accept(fd);\n\t            ^\n\n${BAD}\n    at serve (FILE:5:14)\n    at FILE:7:1${FIELDS}`,
    });
  });

  test.each([
    ['later, called by Node', 'setTimeout(() => {\n  accept(-1);\n});', 'Timeout._onTimeout (FILE:3:3)'],
    ['of a promise', 'Promise.resolve().then(() => {\n  accept(-1);\n});', 'FILE:3:3'],
    ['in a forked child', 'if (fork() === 0) {\n  accept(-1);\n}\nelse wait();', 'FILE:3:3'],
  ])('%s', async (_when, text, frame) => {
    const { stderr } = await run(`import { accept, fork, wait } from 'realfork';\n${text}\n`);
    expect(stderr).toBe(`FILE:3\n  accept(-1);\n  ^\n\n${BAD}\n    at ${frame}${FIELDS}`);
  });

  test('the status of a forked child that throws is 1', async () => {
    const text = `import { accept, fork, wait } from 'realfork';
      if (fork() === 0) accept(-1);
      else console.log(wait().status);`;
    expect(await run(text)).toMatchObject({ status: 0, stdout: '256\n' });
  });

  test("a handler of 'uncaughtException' has it as it was thrown, and the program goes on", async () => {
    const text = `import { accept } from 'realfork';
      process.on('uncaughtException', ({ stack }) => console.log(/^SyscallError: [^\\n]*\\n    at orThrow /.test(stack ?? '')));
      accept(-1);`;
    expect(await run(text)).toEqual({ status: 0, stdout: 'true\n', stderr: '' });
  });

  test("'exit' listeners run, and the status is theirs to say", async () => {
    const text =
      "process.on('exit', (status) => {\n  console.log(status);\n  process.exitCode = 7;\n});\nthrow new Error('so');\n";
    const { status, stdout, stderr } = await run(text);
    expect([status, stdout, stderr]).toEqual([7, '1\n', expect.stringMatching(/^FILE:5\nthrow new Error/)]);
  });

  test.each(['program.mjs', 'program.cjs', 'program.js'])('%s runs once', async (name) => {
    const { stdout, stderr } = await run("console.log('runs');\nthrow new Error('so');\n", name);
    expect([stdout, stderr]).toEqual([
      'runs\n',
      "FILE:2\nthrow new Error('so');\n      ^\n\nError: so\n    at FILE:2:7\n",
    ]);
  });

  test('what is no Error: no line of ours either', async () => {
    const { status, stderr } = await run("\nthrow 'so';\n");
    expect([status, stderr.split('\n')[0]]).toEqual([1, 'so']);
  });

  test('NODE_DEBUG=realfork: all frames', async () => {
    const { stderr } = await run("import { accept } from 'realfork';\naccept(-1);\n", undefined, {
      NODE_DEBUG: 'realfork',
    });
    expect(stderr).toMatch(
      /^FILE:2\naccept\(-1\);\n\^\n[\s\S]* at orThrow .*\n[\s\S]* at FILE:2:1\n[\s\S]*\/cli\/main\.js/,
    );
  });
});
