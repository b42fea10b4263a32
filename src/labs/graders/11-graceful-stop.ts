import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Client } from '../client';
import type { Attempt, Lab, Student } from '../lab';
import { listener, livesOn } from '../looks';

const CONFIGURATION = 'server.json';
/** A client may be accepted before the server has handled the signal that was sent before it came: so many may. */
const MOST_EARLY = 20;

function configure({ directory }: Attempt, text: string | undefined): void {
  const path = join(directory, CONFIGURATION);
  if (text === undefined) rmSync(path);
  else writeFileSync(path, text);
}

const configurationOf = (greeting: string): string => JSON.stringify({ greeting });

async function serve(attempt: Attempt): Promise<Student> {
  configure(attempt, configurationOf('Welcome.'));
  const student = await attempt.start(['0', CONFIGURATION]);
  await student.listening();
  return student;
}

async function welcomed(student: Student): Promise<Client> {
  const client = await student.client();
  await client.receives('Welcome.\n');
  return client;
}

/** "ECONNREFUSED", or what else connect(2) gives; "connected". */
function connectTo(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

async function exitsWell(attempt: Attempt, student: Student, when: string): Promise<void> {
  const { status, signal } = await attempt.within(`the server exits ${when}`, student.ended(), 'exit(3), sigaction(2)');
  attempt.expect(status === 0, {
    expected: `the server exits with status 0 ${when}`,
    seen: signal === null ? `status ${status}` : `killed by ${signal}`,
    see: 'exit(3), sigaction(2)',
  });
  const left = student.processes().filter(({ state }) => state !== 'zombie').length;
  attempt.expect(left === 0, { expected: 'it leaves no process behind', seen: `${left} are left`, see: 'waitpid(2)' });
}

async function listensNoMore(attempt: Attempt, student: Student): Promise<void> {
  await attempt.until(
    'after SIGTERM nobody holds the listening socket any more',
    () => !student.alive || listener(student.observe()) === undefined,
    'close(2), UNP 4.8',
  );
}

export const lab: Lab = {
  number: '11',
  name: 'graceful-stop',
  title: 'Stop without cutting anybody off, and read the configuration again',
  source: "FreeBSD Developers' Handbook 7.7; APUE 10.16; UNP 6.9, 16.6",
  file: 'graceful.ts',
  tests: [
    {
      name: 'reload',
      what: 'after SIGHUP the next client gets the new greeting, and those that are there notice nothing',
      points: 3,
      async run(attempt) {
        const student = await serve(attempt);
        const was = listener(student.observe())?.name;
        const old = await welcomed(student);
        configure(attempt, configurationOf('Good evening.'));
        student.signal('SIGHUP');
        let greeting = '';
        for (let i = 0; i < MOST_EARLY && greeting !== 'Good evening.\n' && student.alive; ++i) {
          const client = await student.client();
          greeting = await client.receives(/^.*\n/);
          client.destroy();
        }
        if (!livesOn(attempt, student, 'the server lives after SIGHUP', 'signal(7); Handbook 7.7')) return;
        attempt.expect(greeting === 'Good evening.\n', {
          expected: 'after SIGHUP a client is greeted as the file says now',
          seen: JSON.stringify(greeting),
          see: 'sigaction(2)',
        });
        await old.echo('still here\n');
        attempt.good('a client that was there before is echoed to as before');
        attempt.expect(listener(student.observe())?.name === was, {
          expected: 'the listening socket is the same',
          seen: 'another one: clients in its queue were lost',
        });
      },
    },
    {
      name: 'bad-configuration',
      what: 'a configuration that cannot be used changes nothing, and the server says why',
      points: 1,
      async run(attempt) {
        const student = await serve(attempt);
        const faults = { 'is not there': undefined, 'is not JSON': '{ "greeting": ', 'names no greeting': '{}' };
        for (const [fault, text] of Object.entries(faults)) {
          configure(attempt, text);
          const said = student.stderr.length;
          student.signal('SIGHUP');
          await attempt.until(
            `SIGHUP, and the file ${fault}: a line on standard error`,
            () => !student.alive || student.stderr.length > said,
          );
          if (!livesOn(attempt, student, `the server lives when the file ${fault}`, 'signal(7)')) return;
          (await welcomed(student)).destroy();
          attempt.good(`when the file ${fault}, the server says so, and the old greeting stays`);
        }
      },
    },
    {
      name: 'stop',
      what: 'after SIGTERM clients are refused, the one that is there may finish, and then the server exits with status 0',
      points: 3,
      async run(attempt) {
        const student = await serve(attempt);
        const port = await student.listening();
        const client = await welcomed(student);
        student.signal('SIGTERM');
        await listensNoMore(attempt, student);
        if (!livesOn(attempt, student, 'the server lives as long as a child does', 'waitpid(2)')) return;
        const said = await attempt.within('connect, after SIGTERM', connectTo(port));
        attempt.expect(said === 'ECONNREFUSED', {
          expected: 'the kernel refuses further clients',
          seen: said,
          see: 'listen(2)',
        });
        await client.echo('still here\n');
        attempt.good('the client that was there is echoed to as before');
        await client.close();
        await exitsWell(attempt, student, 'when the last client has left');
      },
    },
    {
      name: 'stop-at-rest',
      what: 'without a client the server exits at once on SIGTERM, with status 0',
      points: 1,
      async run(attempt) {
        const student = await serve(attempt);
        await (await welcomed(student)).close();
        await attempt.until('the child has ended and was reaped', () => student.processes().length === 1, 'waitpid(2)');
        student.signal('SIGTERM');
        await exitsWell(attempt, student, 'on SIGTERM');
      },
    },
    {
      name: 'second-term',
      what: 'a second SIGTERM ends the children as well',
      points: 1,
      async run(attempt) {
        const student = await serve(attempt);
        const clients = [await welcomed(student), await welcomed(student)];
        student.signal('SIGTERM');
        await listensNoMore(attempt, student);
        if (!livesOn(attempt, student, 'the server lives as long as a child does', 'waitpid(2)')) return;
        student.signal('SIGTERM');
        for (const client of clients) await client.serverCloses();
        attempt.good('both clients see the end of their connection');
        await exitsWell(attempt, student, 'after the second SIGTERM');
      },
    },
    {
      name: 'awkward-moment',
      what: 'SIGTERM is not lost when a client comes at the same moment',
      points: 1,
      async run(attempt) {
        const student = await serve(attempt);
        // Stopped, it finds both when it goes on: a client in the queue, and a signal.
        student.signal('SIGSTOP');
        await attempt.until('the server is stopped', () =>
          student.processes().some(({ pid, state }) => pid === student.pid && state === 'stopped'),
        );
        const client = await student.client();
        student.signal('SIGTERM');
        student.signal('SIGCONT');
        client.end();
        await exitsWell(attempt, student, 'when SIGTERM and a client came at once');
      },
    },
  ],
};
