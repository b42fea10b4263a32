import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attempt, Lab, Student } from '../lab';
import { livesOn } from '../looks';
import { ask, type HttpAnswer, inWords, requestFor, WebClient } from './web-client';

const PAGE = Buffer.from('<h1>Hello</h1>\n');
const SECRET = 'what nobody is to see\n';
/** More than the buffers of both sockets hold: who writes it sleeps until the client reads. */
const BIG = Buffer.alloc(8_000_000, 'All work and no play makes Jack a dull boy. ');
const REQUESTS = 200;
const AT_A_TIME = 20;

interface Server {
  readonly student: Student;
  readonly port: number;
}

async function serve(attempt: Attempt): Promise<Server> {
  const root = join(attempt.directory, 'public');
  mkdirSync(join(root, 'sub'), { recursive: true });
  writeFileSync(join(root, 'index.html'), PAGE);
  writeFileSync(join(root, 'big'), BIG);
  writeFileSync(join(attempt.directory, 'secret'), SECRET);
  mkdirSync(`${root}-private`);
  writeFileSync(join(`${root}-private`, 'secret'), SECRET);
  symlinkSync('../secret', join(root, 'link'));
  const student = await attempt.start(['0', 'public']);
  return { student, port: await student.listening() };
}

const isWhole = ({ status, contentLength, body, end }: HttpAnswer, wanted: Buffer): boolean =>
  status === 200 && contentLength === wanted.length && body.equals(wanted) && end === 'end of file';

function expectWhole(attempt: Attempt, answer: HttpAnswer, wanted: Buffer, expected: string): void {
  const see = 'RFC 9112, 6.3; writen: UNP 3.9';
  attempt.expect(isWhole(answer, wanted), {
    expected: `${expected}: all ${wanted.length} bytes`,
    seen: inWords(answer),
    see,
  });
}

const lives = (attempt: Attempt, { student }: Server, when: string): boolean =>
  livesOn(attempt, student, `the server lives, ${when}`, 'accept(2), EINTR');

async function getPage(attempt: Attempt, server: Server, when: string): Promise<void> {
  if (!lives(attempt, server, when)) return;
  expectWhole(attempt, await ask(attempt, server.port, '/index.html'), PAGE, `GET /index.html, ${when}`);
}

/** Until a child sleeps in read, write and the like. */
async function childSleepsIn(attempt: Attempt, { student }: Server, calls: RegExp, what: string, orElse = () => false) {
  const isThere = (): boolean =>
    student.observe().processes.some(({ pid, state, blockedIn, waitsFor }) => {
      return pid !== student.pid && state === 'sleeping' && calls.test(blockedIn?.call ?? waitsFor ?? '');
    });
  await attempt.until(what, () => !student.alive || orElse() || isThere());
}
const READING = /^(read|recv|poll|ppoll|select|pselect|epoll)/;
const WRITING = /^(write|send|poll|ppoll|select|pselect|epoll)/;

async function allReaped(attempt: Attempt, { student }: Server): Promise<void> {
  await attempt.until(
    'all children have ended and were reaped',
    () => !student.alive || student.processes().length === 1,
    'waitpid(2), UNP 5.10',
  );
}

/** Sends requests, so many at a time, until one is answered wrongly. @returns how many were right, and the wrong answer */
async function load(attempt: Attempt, port: number): Promise<{ right: number; wrong: string | undefined }> {
  let left = REQUESTS;
  let right = 0;
  let wrong: string | undefined;
  const clientAfterClient = async (): Promise<void> => {
    for (; left > 0 && wrong === undefined; ) {
      left -= 1;
      try {
        const answer = await ask(attempt, port, '/index.html');
        if (isWhole(answer, PAGE)) right += 1;
        else wrong = inWords(answer);
      } catch (error) {
        wrong ??= error instanceof Error ? error.message : String(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, clientAfterClient));
  return { right, wrong };
}

export const lab: Lab = {
  number: '12',
  name: 'web-server',
  title: 'A web server that survives a load test',
  source: "Let's Build A Web Server, part 3; UNP 3.9, 5.9, 5.13; RFC 9112",
  file: 'web.ts',
  tests: [
    {
      name: 'get-and-head',
      what: 'one client after the other gets the page, with its length and an end; HEAD gets no body',
      points: 1,
      async run(attempt) {
        const server = await serve(attempt);
        await getPage(attempt, server, 'the first time');
        await allReaped(attempt, server);
        await getPage(attempt, server, 'once the first child has ended');
        if (!lives(attempt, server, 'once the second one has')) return;
        const head = await ask(attempt, server.port, '/index.html', 'HEAD');
        const isRight = head.status === 200 && head.contentLength === PAGE.length && head.body.length === 0;
        attempt.expect(isRight, {
          expected: 'HEAD: the same head, and no body',
          seen: inWords(head),
          see: 'RFC 9110, 9.3.2',
        });
      },
    },
    {
      name: 'refusals',
      what: 'what is not there, or not inside the directory, is 404; what is no request is 400',
      points: 2,
      async run(attempt) {
        const server = await serve(attempt);
        const outside = ['/../secret', '/%2e%2e/secret', '/..%2fpublic-private/secret', '/link'];
        for (const target of ['/no-such-file', '/sub', '/%zz', ...outside]) {
          const answer = await ask(attempt, server.port, target);
          const isRight = answer.status === 404 && !answer.body.includes(SECRET);
          attempt.expect(isRight, { expected: `GET ${target}: 404`, seen: inWords(answer), see: 'realpath(3)' });
          if (!server.student.alive) break;
        }
        await getPage(attempt, server, 'after that');
        if (!lives(attempt, server, 'after that request as well')) return;
        const client = await WebClient.connect(attempt, server.port);
        client.send('What is the time?\r\n\r\n');
        const answer = await client.answer('what is no request');
        attempt.expect(answer.status === 400, { expected: 'what is no request: 400', seen: inWords(answer) });
      },
    },
    {
      name: 'pieces',
      what: 'a request that comes in pieces is answered when it is complete',
      points: 2,
      async run(attempt) {
        const server = await serve(attempt);
        const client = await WebClient.connect(attempt, server.port);
        for (const piece of ['GE', 'T /index.html HTTP', '/1.1\r\nHost: local', 'host\r\n', '\r']) {
          client.send(piece);
          const shown = JSON.stringify(piece);
          await childSleepsIn(
            attempt,
            server,
            READING,
            `the server waits for more after ${shown}`,
            () => client.hasHeard,
          );
          const see = 'UNP 3.9; RFC 9112, 2.1';
          const expected = `after ${shown} the server waits for the rest`;
          attempt.expect(!client.hasHeard, { expected, seen: 'an answer, or the end', see });
          if (client.hasHeard) return;
        }
        client.send('\n');
        expectWhole(attempt, await client.answer('a request in pieces'), PAGE, 'and then answers');
      },
    },
    {
      name: 'slow-reader',
      what: 'a large file arrives whole at a client that reads slowly, whatever signal comes meanwhile',
      points: 2,
      async run(attempt) {
        const server = await serve(attempt);
        const client = await WebClient.connect(attempt, server.port, { reads: false });
        client.send(requestFor('/big'));
        await childSleepsIn(attempt, server, WRITING, 'the server writes until the client must read');
        for (const { pid } of server.student.children()) server.student.signal('SIGCHLD', pid);
        await getPage(attempt, server, 'while another client reads slowly');
        expectWhole(
          attempt,
          await client.answer('GET /big'),
          BIG,
          'GET /big, read slowly, and a signal came while it was written',
        );
      },
    },
    {
      name: 'bad-clients',
      what: 'a client that says nothing, and one that resets, trouble nobody else',
      points: 1,
      async run(attempt) {
        const server = await serve(attempt);
        const silent = await WebClient.connect(attempt, server.port);
        await getPage(attempt, server, 'while another client says nothing');
        if (!lives(attempt, server, 'after that request')) return;
        const gone = await WebClient.connect(attempt, server.port, { reads: false });
        gone.send(requestFor('/big'));
        await childSleepsIn(attempt, server, WRITING, 'the server writes until the client must read');
        gone.reset();
        await getPage(attempt, server, 'after another client has reset its connection');
        silent.destroy();
        await allReaped(attempt, server);
        await getPage(attempt, server, 'after all that');
      },
    },
    {
      name: 'load',
      what: `${REQUESTS} requests, ${AT_A_TIME} at a time, are answered; no zombie and no descriptor is left`,
      points: 2,
      seconds: 40,
      async run(attempt) {
        const server = await serve(attempt);
        const { student, port } = server;
        const descriptors = (): number | undefined =>
          student.observe().processes.find(({ pid }) => pid === student.pid)?.descriptors?.length;
        const before = descriptors();
        const { right, wrong } = await load(attempt, port);
        attempt.expect(right === REQUESTS, {
          expected: `${REQUESTS} requests, ${AT_A_TIME} at a time: all are answered`,
          seen: `${right} were, then: ${wrong}`,
          see: 'accept(2), EINTR; UNP 5.9',
        });
        if (!lives(attempt, server, 'after the load')) return;
        await allReaped(attempt, server);
        attempt.good('no zombie is left');
        const after = descriptors();
        attempt.expect(after === before, {
          expected: 'the server has as many descriptors as before',
          seen: `${before} before, ${after} after`,
          see: 'UNP 4.8: the parent closes connfd',
        });
      },
    },
  ],
};
