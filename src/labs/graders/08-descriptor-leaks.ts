import type { OpenFile } from '../../observe/types';
import type { Client } from '../client';
import { heard } from '../heard';
import type { Attempt, Lab, Student } from '../lab';
import { connection, holdersOf, listener, settled, who } from '../looks';
import { asleepIn, childOf, childrenEnd, guest as newGuest, WAITS_FOR_CLIENTS, whileServed } from './echo-server';

const SEE = 'UNP 4.8, Figures 4.14 to 4.17';
const CLIENTS = 10;

const isConnection = ({ socket }: OpenFile): boolean => socket?.protocol === 'tcp' && socket.state !== 'LISTEN';

/** The numbers of the server's descriptors that are connections. */
function connectionsOf(student: Student): number[] {
  return student
    .observe()
    .openFiles.filter(isConnection)
    .flatMap(({ holders = [] }) => holders.filter(({ pid }) => pid === student.pid).map(({ fd }) => fd));
}

/** The descriptors of the server, by number, and what each is. */
function descriptorsOf(student: Student): Map<number, string> {
  const { processes, openFiles } = student.observe();
  const kinds = new Map(openFiles.map(({ id, kind }) => [id, kind]));
  const { descriptors = [] } = processes.find(({ pid }) => pid === student.pid) ?? {};
  return new Map(descriptors.map(({ fd, openFile }) => [fd, `${kinds.get(openFile)} ${fd}`]));
}

/** A client that has been served, and is served still when the server is done with it. */
async function guest(attempt: Attempt, student: Student): Promise<Client> {
  const expected = 'a client is echoed to, also when the server is back in accept';
  return await whileServed(
    expected,
    'UNP 4.8: close only drops a reference, shutdown ends the connection for all',
    async () => {
      const client = await newGuest(student);
      await asleepIn(attempt, student, WAITS_FOR_CLIENTS);
      await client.echo('again\n');
      return client;
    },
  );
}

async function endOfFile(attempt: Attempt): Promise<void> {
  const student = await attempt.start();
  const client = await guest(attempt, student);
  client.end();
  const expected = 'a client reads the end of the file when it has sent its own';
  // That nobody else will close it is certain once its child has ended, and the server sleeps.
  await childrenEnd(attempt, student);
  await asleepIn(attempt, student, WAITS_FOR_CLIENTS);
  const held = connectionsOf(student);
  await heard(); // the child may have shut the connection down just before
  await attempt.until(expected, () => client.ended || held.length > 0, SEE);
  attempt.expect(client.ended, {
    expected,
    seen: `its child has ended, and the server itself still has the connection, as descriptor ${held.join(', ')}`,
    see: SEE,
  });
}

async function sameDescriptors(attempt: Attempt): Promise<void> {
  const student = await attempt.start();
  await student.listening();
  await asleepIn(attempt, student, WAITS_FOR_CLIENTS);
  const before = descriptorsOf(student);
  for (let nth = 1; nth <= CLIENTS; ++nth) {
    const client = await guest(attempt, student);
    client.destroy();
    await childrenEnd(attempt, student);
  }
  await settled(attempt, student, 'the server waits'); // it may have something to close where a child has ended
  const more = [...descriptorsOf(student)].filter(([fd]) => !before.has(fd)).map(([, what]) => what);
  attempt.expect(more.length === 0, {
    expected: `after ${CLIENTS} clients the server has the descriptors that it had before`,
    seen: `${more.length} more: ${more.join(', ')}`,
    see: `${SEE}; shutdown(2) frees no descriptor; accept(2), EMFILE`,
  });
}

async function oneHolder(attempt: Attempt): Promise<void> {
  const student = await attempt.start();
  const clients = [await guest(attempt, student), await guest(attempt, student), await guest(attempt, student)];
  const seen = await settled(attempt, student, 'the server and its children wait');
  for (const [index, client] of clients.entries()) {
    const holders = holdersOf(connection(seen, client));
    attempt.expect(holders.length === 1 && holders[0] !== student.pid, {
      expected: `connection ${index + 1} is held by the child that serves it, and nobody else`,
      seen: `by ${holders.map((pid) => who(student, pid)).join(', ')}`,
      see: SEE,
    });
  }
}

async function childHasNoListenfd(attempt: Attempt): Promise<void> {
  const student = await attempt.start();
  await guest(attempt, student);
  const seen = await settled(attempt, student, 'the server and its child wait');
  childOf(student); // there is one
  const other = listener(seen)?.holders?.find(({ pid }) => pid !== student.pid);
  attempt.expect(other === undefined, {
    expected: 'a child does not hold the listening socket',
    seen: `child ${other?.pid} has it as descriptor ${other?.fd}`,
    see: SEE,
  });
}

async function serverKilled(attempt: Attempt): Promise<void> {
  const student = await attempt.start();
  const client = await guest(attempt, student);
  student.signal('SIGKILL');
  await student.ended();
  const seen = student.observe();
  const holders = holdersOf(listener(seen));
  attempt.expect(holders.length === 0, {
    expected: 'nobody listens when the server was killed: clients are refused, and bind succeeds again',
    seen: `${holders.map((pid) => who(student, pid)).join(', ')} still does, and nobody will accept`,
    see: `${SEE}; bind(2), EADDRINUSE`,
  });
  await client.echo('still there?\n');
  attempt.good('the child goes on with its client');
}

export const lab: Lab = {
  number: '08',
  name: 'descriptor-leaks',
  title: 'Descriptor leaks: connfd and listenfd',
  source: "UNP 4.8; FreeBSD Developers' Handbook 7.7",
  file: 'leaks.ts',
  tests: [
    { name: 'end-of-file', what: 'a client reads the end of the file', points: 2, run: endOfFile },
    {
      name: 'same-descriptors',
      what: 'after ten clients the server has the descriptors that it had before',
      points: 3,
      faultyFails: true,
      run: sameDescriptors,
    },
    {
      name: 'one-holder',
      what: 'each of three connections is held by one process, its child',
      points: 2,
      faultyFails: true,
      run: oneHolder,
    },
    { name: 'listenfd', what: 'a child does not hold the listening socket', points: 1, run: childHasNoListenfd },
    { name: 'server-killed', what: 'when the server is killed, nobody listens', points: 2, run: serverKilled },
  ],
};
