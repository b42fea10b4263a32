import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { childrenOf } from '#src/observe/processes.js';
import { answer } from '#src/servers/services/http.js';
import { client, echo, ended, exchange, hangUp, ownServers, realfork } from './support/cli';
import { ownDirectory } from './support/own-directory';
import { blocked } from './support/proc';
import { testWhere } from './support/systems';

const serve = ownServers();
const { file } = ownDirectory();

describe("--doit with a student's own file", () => {
  const TYPESCRIPT = `
    import { read, write } from 'realfork';
    enum Case { Upper }
    const how: Case = Case.Upper;
    export default function doit(connfd: number): void {
      const buffer: Buffer = Buffer.alloc(100);
      for (let n = read(connfd, buffer); n > 0; n = read(connfd, buffer)) {
        const text = buffer.toString('utf8', 0, n);
        write(connfd, how === Case.Upper ? text.toUpperCase() : text);
      }
    }`;

  const FILES: Readonly<Record<string, string>> = {
    'doit.ts': TYPESCRIPT,
    'doit.mts': TYPESCRIPT.replace('export default function', 'export function'),
    'doit.js': `
      const { read, write } = require('realfork/c');
      exports.doit = (connfd) => {
        const buffer = Buffer.alloc(100);
        for (let n; (n = read(connfd, buffer)) > 0; ) write(connfd, buffer.toString('utf8', 0, n).toUpperCase());
      };`,
    'doit.mjs': `
      export function doit(connfd, { Readline, Writen }) {
        for (let line = Readline(connfd); line !== ''; line = Readline(connfd)) Writen(connfd, line.toUpperCase());
      }`,
  };

  test.each(Object.keys(FILES))('%s, as it is', async (name) => {
    const server = serve('figure-4.13', '--doit', file(name, FILES[name] ?? ''));
    const socket = await client(await server.listening());
    expect(await echo(socket, 'shout\n')).toBe('SHOUT\n');
    await hangUp(socket);
    await server.stop();
  });

  test('worker-threads runs it in the thread of each client', async () => {
    const server = serve('worker-threads', '--doit', file('doit.ts', TYPESCRIPT));
    const where = await server.listening();
    const sockets = [await client(where), await client(where)];
    for (const socket of sockets) expect(await echo(socket, 'shout\n')).toBe('SHOUT\n');
    expect(childrenOf(await server.pid())).toEqual([]);
    for (const socket of sockets) await hangUp(socket);
    await server.stop();
  });

  test('worker-threads transpiles it once, with all that it imports: no thread loads the compiler', async () => {
    file('compilers.ts', 'export const compiler: RegExp = /[/\\\\]babel\\.cjs$/;');
    const source = `
      import { createRequire } from 'node:module';
      import { write } from 'realfork';
      import { compiler } from './compilers';
      export function doit(connfd: number): void {
        const loaded = Object.keys(createRequire(__filename).cache);
        write(connfd, JSON.stringify({ jiti: loaded.some((path) => path.endsWith('jiti.cjs')), compiler: loaded.some((path) => compiler.test(path)) }));
      }`;
    const server = serve('worker-threads', '--doit', file('doit.ts', source));
    expect(JSON.parse(await exchange(await server.listening(), ''))).toEqual({ jiti: true, compiler: false });
    await server.stop();
  });

  test('that throws: its child ends with status 1 and its stack, the server lives', async () => {
    const path = file('doit.ts', 'export function doit(): void { throw new Error("as I like it"); }');
    const server = serve('figure-4.13', '--doit', path);
    for (let nth = 0; nth < 2; ++nth) await hangUp(await client(await server.listening()));
    await server.line(/Error: as I like it[\s\S]*Error: as I like it\n {4}at doit \(.*doit\.ts:1:/);
    const children = childrenOf(await server.pid());
    expect(children).toHaveLength(2); // nobody reaps them
    for (const { pid } of children) await ended(pid);
    await server.stop();
  });

  test('that gives a promise: its child ends with status 1, and says why', async () => {
    const path = file('doit.ts', 'export const doit = (): Promise<void> => Promise.resolve();');
    const server = serve('figure-4.13', '--doit', path);
    await hangUp(await client(await server.listening()));
    await server.line(/TypeError: doit must not be async, and has given a promise/);
    for (const { pid } of childrenOf(await server.pid())) await ended(pid);
    await server.stop();
  });

  describe('that says what a client sends is tried in the server, which stays as it is', () => {
    const TEXT = `
      let served = 0;
      exports.rehearse = (client, { Writen }) => Writen(client, 'hello');
      exports.doit = (connfd, { Read, Writen }) => {
        Read(connfd, Buffer.alloc(5));
        Writen(connfd, String(++served));
      };`;
    const state = (pid: number): unknown => {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
      const signals = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^Sig(Blk|Ign|Cgt):.*$/gm);
      return [stat[4] === String(pid), signals, readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8')];
    };

    /** What the first client hears, and how the server is then. */
    async function first(name: string, path: string): Promise<[said: string, state: unknown]> {
      const server = serve(name, '--doit', path);
      const { pid } = server.started;
      const said = await exchange(await server.listening(), 'hello');
      await blocked(pid); // elsewhere it blocks signals
      const seen = state(pid);
      process.kill(pid, 'SIGKILL');
      const { stderr } = await server.started.end();
      expect(stderr).not.toMatch(/socketpair|rehears/);
      return [said, seen];
    }

    for (const name of ['figure-4.13', 'forking']) {
      testWhere(process.platform === 'linux', 'needs /proc')(name, async () => {
        const [said, seen] = await first(name, file('rehearsed.js', TEXT));
        const plain = await first(name, file('plain.js', TEXT.replace('exports.rehearse', 'exports.other')));
        expect(said).toBe('17');
        expect(plain).toEqual(['1', seen]);
      });
    }

    test('not by a server that has no children: it would be served twice by one process', async () => {
      const server = serve('iterative', '--doit', file('rehearsed.js', TEXT));
      expect(await exchange(await server.listening(), 'hello')).toBe('1');
      await server.stop();
    });

    test('one that starts a program: with the signals of a program', async () => {
      const text = TEXT.replace('Read(connfd', "require('node:child_process').execSync('true');\n        Read(connfd");
      const server = serve('forking', '--doit', file('starts.js', text));
      expect(await exchange(await server.listening(), 'hello')).toBe('17');
      process.kill(server.started.pid, 'SIGTERM');
      await server.started.end();
    });

    test('one that throws in it: said before the server serves, status 1', async () => {
      const path = file(
        'throws.js',
        "exports.doit = () => {}; exports.rehearse = () => { throw new Error('not today'); };",
      );
      for (const name of ['figure-4.13', 'forking']) {
        const run = await realfork(['serve', name, '--port', '0', '--doit', path]);
        expect([run.status, run.stderr]).toEqual([1, expect.stringContaining('not today')]);
      }
    });
  });

  const WRONG: Readonly<Record<string, [string, string, number, RegExp]>> = {
    'exports no doit': ['figure-4.13', 'export const dont = 1;', 1, /exports no function "doit", which is what/],
    'blocks, in one thread': [
      'event-loop',
      'export function doit() {}',
      1,
      /exports no function "onConnection\(socket\)"/,
    ],
    'is async': [
      'figure-4.13',
      'export async function doit() {}',
      1,
      /doit\.ts: doit must not be async, .*onConnection/,
    ],
    'is async, and is served by children that live on': [
      'forking',
      'export async function doit() {}',
      1,
      /doit\.ts: doit must not be async, .*onConnection/,
    ],
    'is async, and is served by threads': ['worker-threads', 'export async function doit() {}', 1, /must not be async/],
    'is a generator': ['iterative', 'export default function* () {}', 1, /doit must not be async, nor a generator/],
    'does not compile': ['figure-4.13', 'export function doit( {', 1, /doit\.ts:1|doit\.ts.*\(1:/],
  };

  test.each(Object.keys(WRONG))('that %s: said before the server listens', async (what) => {
    const [name = '', text = '', status, said] = WRONG[what] ?? [];
    const run = await realfork(['serve', name, '--port', '0', '--doit', file('doit.ts', text)]);
    expect([run.status, run.stdout]).toEqual([status, '']);
    expect(run.stderr).toMatch(said ?? '');
    expect(run.stderr).not.toContain('listening');
  });

  test.each(['nothing.ts', 'shout'])('%s, which there is not: what there is, status 2', async (name) => {
    const run = await realfork(['serve', 'figure-4.13', '--doit', name]);
    expect([run.status, run.stderr]).toEqual([2, expect.stringContaining('echo, daytime, http, or a file')]);
  });
});

describe('handbook-7.7 --config', () => {
  test('SIGHUP: the next client is served as the file says now, the first one as before', async () => {
    const path = file('server.json', '{ "doit": "echo", "greeting": "Welcome.\\r\\n" }');
    const server = serve('handbook-7.7', '--config', path);
    const where = await server.listening();
    const pid = await server.pid();
    const first = await client(where);
    expect(String((await once(first, 'data'))[0])).toBe('Welcome.\r\n');
    expect(await echo(first, 'first\n')).toBe('first\n');

    file('server.json', '{ "doit": "daytime" }');
    const [child] = childrenOf(pid);
    for (const told of [pid, child?.pid ?? 0]) process.kill(told, 'SIGHUP'); // as kill -HUP of the whole group
    await server.line(new RegExp(`\\[${pid}\\] configuration .*server.json read again: {"doit":"daytime"}\\n`));
    const second = await client(where);
    const [said] = await once(second, 'data');
    expect(String(said)).toMatch(/\d\d:\d\d:\d\d \d{4}\r\n$/);
    await hangUp(second);
    expect(await echo(first, 'still here\n')).toBe('still here\n');
    await hangUp(first);
    const run = await server.stop();
    expect(run.stderr.match(/read again/g)).toHaveLength(1);
  });

  const MALFORMED: Readonly<Record<string, string>> = {
    '{ "doit": "echo"': 'JSON',
    '{ "doit": "finger" }': 'doit: there is no such service; there are echo, daytime, http',
    '{ "greetings": "hello" }': 'greetings: ',
    '{ "greeting": 1 }': 'greeting: ',
    '[]': 'server.json: ',
  };

  test.each(Object.keys(MALFORMED))('SIGHUP with %s: the old one stays, and one line says why', async (text) => {
    const server = serve('handbook-7.7', '--config', file('server.json', '{ "greeting": "Welcome.\\r\\n" }'));
    const where = await server.listening();
    file('server.json', text);
    process.kill(await server.pid(), 'SIGHUP');
    const [line] = await server.line(/\] configuration .*server\.json.*\n/);
    expect(line).toContain(MALFORMED[text]);
    expect(line).toContain('; the old one stays\n');
    const socket = await client(where);
    expect(String((await once(socket, 'data'))[0])).toBe('Welcome.\r\n');
    await hangUp(socket);
    await server.stop();
  });

  test.each(Object.keys(MALFORMED))('at the start with %s: one line, status 1', async (text) => {
    const run = await realfork(['serve', 'handbook-7.7', '--config', file('server.json', text)]);
    expect([run.status, run.stderr]).toEqual([1, expect.stringMatching(/^realfork: configuration .*\n$/)]);
    expect(run.stderr).toContain(MALFORMED[text]);
  });

  test('a file that there is not: one line, status 1', async () => {
    const run = await realfork(['serve', 'handbook-7.7', '--config', './none.json']);
    expect([run.status, run.stderr]).toEqual([1, expect.stringMatching(/^realfork: configuration .*ENOENT.*\n$/)]);
  });
});

describe('--doit http', () => {
  test.each(['webserver3a', 'figure-4.13', 'worker-threads', 'event-loop'])('%s answers', async (name) => {
    const server = serve(name, '--doit', 'http');
    const request = 'GET /path?query HTTP/1.1\r\nHost: here\r\n\r\n';
    expect(await exchange(await server.listening(), request)).toMatch(
      /^HTTP\/1\.1 200 OK\r\nServer: realfork \(process \d+, a child of \d+\)\r\n(.+\r\n)+\r\nHello, World!\nGET \/path\?query\n$/,
    );
    await server.stop();
  });

  test('what is no HTTP: 400', async () => {
    const server = serve('webserver3g');
    expect(await exchange(await server.listening(), 'hello\n')).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    await server.line(/waitpid\(-1, WNOHANG\) = \d+, exited 0\n/);
    await server.stop();
  });

  const REQUESTS: Readonly<Record<string, [request: string, isAll: boolean, answered: RegExp | undefined]>> = {
    'half a head': ['GET / HTTP/1.1\r\nHost: here\r\n', false, undefined],
    'half a head, and no more': ['GET / HTTP/1.1\r\nHost: here\r\n', true, /^HTTP\/1.1 200 /],
    'a whole head': ['GET / HTTP/1.1\r\nHost: here\r\n\r\n', false, /^HTTP\/1.1 200 [\s\S]*Hello, World!/],
    'lines that end as nc sends them': ['GET / HTTP/1.0\n\n', false, /^HTTP\/1.1 200 /],
    HEAD: ['HEAD / HTTP/1.0\r\n\r\n', false, /^HTTP\/1.1 200 [\s\S]*\r\n\r\n$/],
    'half a body': ['POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab', false, undefined],
    'a method that it has not': [
      'POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc',
      false,
      /^HTTP\/1.1 405 [\s\S]*Allow: GET, HEAD/,
    ],
    'a body without end': ['POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n', false, /^HTTP\/1.1 413 /],
    'a head without end': [`GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(4000)}`, false, /^HTTP\/1.1 431 /],
    'no HTTP': ['hello\r\n\r\n', false, /^HTTP\/1.1 400 /],
    bytes: ['\x16\x03\x01\x02\x00\r\n\r\n', false, /^HTTP\/1.1 400 /],
  };

  test.each(Object.keys(REQUESTS))('%s', (what) => {
    const [request = '', isAll, answered] = REQUESTS[what] ?? [];
    const said = answer(request, isAll);
    if (answered === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(answered);
  });
});

describe('realfork run', () => {
  test("a program in TypeScript, with its arguments: 'realfork' is this package", async () => {
    const path = file(
      'program.ts',
      `import { _exit, describeStatus, fork, waitpid } from 'realfork';
       import { WNOHANG } from 'realfork/c';
       import { Fork } from 'realfork/unp';
       import { observe } from 'realfork/observe';
       enum Status { Odd = 3 }
       const pid: number = fork();
       if (pid === 0) _exit(Status.Odd);
       console.log(process.argv.slice(2), describeStatus(waitpid(pid).status), typeof WNOHANG, typeof Fork, typeof observe);
       await Promise.resolve();
       process.exitCode = 7;`,
    );
    const run = await realfork(['run', path, 'one', '--two']);
    expect([run.status, run.stderr]).toEqual([7, '']);
    expect(run.stdout).toBe("[ 'one', '--two' ] exited 3 number function function\n");
  });

  test('one that throws: its stack, and status 1, as of any program', async () => {
    const run = await realfork(['run', file('program.ts', '\nthrow new TypeError("so");')]);
    expect([run.status, run.stderr]).toEqual([1, expect.stringMatching(/TypeError: so\n {4}at .*program\.ts:2:7/)]);
  });

  test('has a standard output that blocks when the pipe is full, whatever Node made of it', async () => {
    const text = `import { F_GETFL, fcntl, O_NONBLOCK } from 'realfork';
console.log(process.stdout.fd, fcntl(1, F_GETFL) & O_NONBLOCK, fcntl(2, F_GETFL) & O_NONBLOCK);`;
    expect(await realfork(['run', file('flags.ts', text)])).toMatchObject({ status: 0, stdout: '1 0 0\n' });
  });

  test('one that there is not: one line, status 1', async () => {
    const run = await realfork(['run', './none.ts']);
    expect([run.status, run.stderr]).toEqual([1, 'realfork: there is no file ./none.ts\n']);
  });
});
