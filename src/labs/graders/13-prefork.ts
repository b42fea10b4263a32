import { findProcess } from '../../observe/processes';
import type { Client } from '../client';
import type { Attempt, Lab, Student } from '../lab';
import { connection, connections, holdersOf, listener, livesOn, queued, settled, waitsIn } from '../looks';

const COUNT = 3;
const AGAIN = 12;

const UNP = 'UNP 30.9';

const livingPids = (student: Student): number[] => student.children().map(({ pid }) => pid);
const inWords = (pids: readonly number[]): string => (pids.length === 0 ? 'none' : pids.join(', '));

interface Prefork {
  readonly student: Student;
  readonly port: number;
  /** The pids of the children that were there before any client. */
  readonly workers: readonly number[];
}

async function serve(attempt: Attempt): Promise<Prefork> {
  const student = await attempt.start(['0', String(COUNT)]);
  const port = await student.listening();
  await settled(attempt, student, `${COUNT} children, and all wait, before there is a client`, ({ processes }) => {
    return processes.length === COUNT + 1;
  });
  return { student, port, workers: livingPids(student) };
}

async function servedClient({ student }: Prefork, name: string): Promise<Client> {
  const client = await student.client();
  await client.echo(`${name}\n`);
  return client;
}

/** Each process's descriptors. */
function descriptors(student: Student): string {
  return student
    .observe()
    .processes.map(({ pid, descriptors }) => `${pid}: ${descriptors?.length}`)
    .join(', ');
}

export const lab: Lab = {
  number: '13',
  name: 'prefork',
  title: 'Preforking, and passing descriptors',
  source: 'UNP 30.9, 15.7; unix(7), SCM_RIGHTS',
  file: 'prefork.ts',
  tests: [
    {
      name: 'children',
      what: 'the children are there before the clients, and have no descriptor that is not theirs',
      points: 2,
      async run(attempt) {
        const { student, workers } = await serve(attempt);
        attempt.good(`${COUNT} children before there is a client`);
        const seen = student.observe();
        const alsoHold = holdersOf(listener(seen)).filter((pid) => pid !== student.pid);
        attempt.expect(alsoHold.length === 0, {
          expected: "the listening socket is the parent's alone",
          seen: `${inWords(alsoHold)} have it as well`,
          see: 'UNP 4.8',
        });
        // Both ends are in the observation: standard output is a socket, too, whose other end the grader has.
        const ends = seen.openFiles.filter(
          ({ socket }) => socket?.protocol === 'unix' && socket.peerFile !== undefined,
        );
        const shared = ends.map(holdersOf).filter((pids) => pids.length > 1);
        const by = [...new Set(shared.flat())];
        attempt.expect(shared.length === 0, {
          expected: 'each end of a socket between parent and child is held by one process',
          seen: `${shared.length} are held by several: ${inWords(by.filter((pid) => workers.includes(pid)))} inherited them`,
          see: 'fork(2)',
        });
      },
    },
    {
      name: 'passed',
      what: 'a connection is passed to one child, and nobody else keeps it',
      points: 2,
      async run(attempt) {
        const prefork = await serve(attempt);
        const { student, workers } = prefork;
        const client = await servedClient(prefork, 'one');
        const [holder = 0] = await attempt.until(
          'the connection is held by one process: the parent has closed it',
          () => {
            const holders = holdersOf(connection(student.observe(), client));
            return holders.length === 1 && holders;
          },
          'UNP 15.7, 30.9',
        );
        attempt.expect(workers.includes(holder), {
          expected: 'one of the children that were there holds the connection',
          seen: holder === student.pid ? 'the parent does' : `process ${holder} does`,
          see: UNP,
        });
        client.end();
        await client.serverCloses();
        attempt.good('the client sees the end when the child is done');
      },
    },
    {
      name: 'busy',
      what: 'with all children busy a client waits in the backlog, and is served when one is free',
      points: 2,
      async run(attempt) {
        const prefork = await serve(attempt);
        const { student } = prefork;
        const clients: Client[] = [];
        for (let i = 1; i <= COUNT; ++i) clients.push(await servedClient(prefork, `client ${i}`));
        const next = await student.client();
        next.send('next\n');
        await attempt.until(
          'with all children busy, the next client waits in the listen queue, and the server sleeps',
          () => {
            const seen = student.observe();
            const isAtRest = queued(seen) === 1 && waitsIn(seen, student.pid) !== undefined;
            return isAtRest || livingPids(student).length > COUNT;
          },
          'UNP 30.9; poll(2)',
        );
        const { length } = livingPids(student);
        attempt.expect(length === COUNT, { expected: 'there is no further child for it', seen: `${length} children` });
        await clients[0]?.close();
        await next.receives('next\n');
        attempt.good('it is served when a child is free');
      },
    },
    {
      name: 'again',
      what: 'the same children serve one client after the other, without a descriptor more',
      points: 1,
      async run(attempt) {
        const prefork = await serve(attempt);
        const { student, workers } = prefork;
        await (await servedClient(prefork, 'the first')).close();
        await attempt.until('its connection is closed', () => connections(student.observe()).length === 0, 'close(2)');
        const before = descriptors(student);
        for (let i = 1; i <= AGAIN; ++i) await (await servedClient(prefork, `client ${i}`)).close();
        attempt.expect(String(livingPids(student)) === String(workers), {
          expected: `${AGAIN} clients later the children are the same`,
          seen: `${inWords(livingPids(student))}, not ${inWords(workers)}`,
          see: UNP,
        });
        await attempt.until(
          `each process has as many descriptors as before (${before})`,
          () => descriptors(student) === before,
          'UNP 15.7: a descriptor that was received is a new one',
        );
        attempt.good('each process has as many descriptors as before');
      },
    },
    {
      name: 'replaced',
      what: 'children that were killed are reaped, and replaced',
      points: 1,
      async run(attempt) {
        const prefork = await serve(attempt);
        const { student, workers } = prefork;
        await servedClient(prefork, 'of a busy child');
        for (const pid of workers) student.signal('SIGKILL', pid);
        await attempt.until(
          `${COUNT} other children in place of those that were killed, and no zombie`,
          () => !student.alive || (livingPids(student).length === COUNT && workers.every((pid) => !findProcess(pid))),
          'waitpid(2); the end of file on their sockets',
        );
        if (!livesOn(attempt, student, 'the server lives', 'send(2), EPIPE')) return;
        for (let i = 1; i <= COUNT; ++i) await servedClient(prefork, `client ${i}`);
        attempt.good(`${COUNT} others are there, and serve ${COUNT} clients at the same time`);
      },
    },
    {
      name: 'end',
      what: 'SIGTERM lets the children finish, and then all end; if the parent is killed, the children end',
      points: 2,
      async run(attempt) {
        const prefork = await serve(attempt);
        const client = await servedClient(prefork, 'one');
        prefork.student.signal('SIGTERM');
        await attempt.until(
          'after SIGTERM nobody holds the listening socket any more',
          () => listener(prefork.student.observe()) === undefined,
          'close(2)',
        );
        await client.echo('still here\n');
        attempt.good('the client that was there is echoed to as before');
        await client.close();
        const { status, signal } = await attempt.within('the server exits', prefork.student.ended(), 'waitpid(2)');
        const seen = signal === null ? `status ${status}` : `killed by ${signal}`;
        attempt.expect(status === 0, { expected: 'then the server exits with status 0', seen, see: 'exit(3)' });
        const left = prefork.student.processes().length;
        attempt.expect(left === 0, {
          expected: 'it has reaped its children',
          seen: `${left} were left`,
          see: 'waitpid(2)',
        });

        const { student, workers } = await serve(attempt);
        student.signal('SIGKILL');
        await attempt.until(
          'the parent is killed: the children get the end of file on their sockets, and end',
          () => workers.every((pid) => (findProcess(pid)?.state ?? 'zombie') === 'zombie'),
          'close(2): the end of file comes when nobody has the other end',
        );
        attempt.good('the parent is killed, and the children end');
      },
    },
  ],
};
