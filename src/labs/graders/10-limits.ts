import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import type { Client } from '../client';
import { cpuMilliseconds, takeDescriptors } from '../from-outside';
import type { Attempt, Lab, Student } from '../lab';
import { livesOn, queued, waitsIn } from '../looks';

const LIMIT = 3;
const BURST = 20;
/** How long a server that has no descriptor is watched, and how much of that it may be busy. Milliseconds. */
const WINDOW = 1000;
const MOST_BUSY = 200;

const SEE_LIMIT = "tcpserver's -c; sigsuspend(2)";

async function serve(attempt: Attempt, limit: number, inject: readonly string[] = []): Promise<Student> {
  const student = await attempt.start(['0', String(limit)], { inject });
  await student.listening();
  return student;
}

/** A client that is served by now, and stays. */
async function servedClient(student: Student, name: string): Promise<Client> {
  const client = await student.client();
  await client.echo(`${name}\n`);
  return client;
}

/** Takes all of the server's slots. */
async function occupy(attempt: Attempt, student: Student, limit: number): Promise<Client[]> {
  const clients: Client[] = [];
  for (let i = 1; i <= limit; ++i) clients.push(await servedClient(student, `client ${i}`));
  attempt.good(limit === 1 ? 'a client is served' : `${limit} clients are served at the same time`);
  return clients;
}

/** Further clients, which have sent a line, wait in the queue. @returns whether they do */
async function waitInQueue(attempt: Attempt, student: Student, limit: number, waiting: number): Promise<boolean> {
  const more = (): number => student.children().length - limit;
  const isAtRest = (): boolean => {
    const seen = student.observe();
    return queued(seen) === waiting && waitsIn(seen, student.pid) !== undefined;
  };
  await attempt.until(
    `with ${limit} children, the server sleeps, and who connects waits in the listen queue`,
    () => !student.alive || more() > 0 || isAtRest(),
    SEE_LIMIT,
  );
  const { alive } = student;
  const holds = alive && more() <= 0;
  const who = waiting === 1 ? 'one more client waits' : `${waiting} more clients wait`;
  const queue = waiting === 0 ? 'nobody waits any more' : `${who} in the listen queue`;
  attempt.expect(holds, {
    expected: `${queue}: no more than ${limit} at a time`,
    seen: alive ? `${limit + more()} children` : 'the server has ended',
    see: SEE_LIMIT,
  });
  return holds;
}

async function nextClient(student: Student): Promise<Client> {
  const client = await student.client();
  client.send('next\n');
  return client;
}

async function reaped(attempt: Attempt, student: Student): Promise<void> {
  await attempt.until(
    'all children have ended and were reaped',
    () => student.children().length === 0 && student.zombies().length === 0,
    'waitpid(2), UNP 5.10',
  );
}

export const lab: Lab = {
  number: '10',
  name: 'limits',
  title: 'A server that knows its limits',
  source: "UNP 4.8, 5.9; tcpserver's -c; fork(2), accept(2)",
  file: 'limits.ts',
  tests: [
    {
      name: 'limit',
      what: 'at the limit one more client waits in the queue, and is served when a child has ended',
      points: 2,
      async run(attempt) {
        const student = await serve(attempt, LIMIT);
        const [first] = await occupy(attempt, student, LIMIT);
        const next = await nextClient(student);
        if (!(await waitInQueue(attempt, student, LIMIT, 1))) return;
        await first?.close();
        await next.receives('next\n');
        attempt.good('it is served when a child has ended');
        await waitInQueue(attempt, student, LIMIT, 0);
      },
    },
    {
      name: 'killed',
      what: 'the slot of a child that was killed is free again',
      points: 1,
      async run(attempt) {
        const student = await serve(attempt, LIMIT);
        await occupy(attempt, student, LIMIT);
        const next = await nextClient(student);
        if (!(await waitInQueue(attempt, student, LIMIT, 1))) return;
        student.signal('SIGKILL', student.children()[0]?.pid);
        await next.receives('next\n');
        attempt.good('a child is killed, and the client that waited is served');
      },
    },
    {
      name: 'burst',
      what: `of ${LIMIT + BURST} clients at once all are served, ${LIMIT} at a time, and all children are reaped`,
      points: 2,
      async run(attempt) {
        const student = await serve(attempt, LIMIT);
        const first = await occupy(attempt, student, LIMIT);
        const others: Client[] = [];
        for (let i = 0; i < BURST; ++i) others.push(await nextClient(student));
        if (!(await waitInQueue(attempt, student, LIMIT, BURST))) return;
        for (const client of first) await client.close();
        let most = 0;
        const serveOne = async (client: Client): Promise<void> => {
          await client.receives('next\n');
          most = Math.max(most, student.children().length);
          await client.close();
        };
        await Promise.all(others.map(serveOne));
        attempt.good('all of them are served');
        attempt.expect(most <= LIMIT, {
          expected: `never more than ${LIMIT} children`,
          seen: `${most}`,
          see: SEE_LIMIT,
        });
        await reaped(attempt, student);
      },
    },
    {
      name: 'no-descriptor',
      what: 'without a descriptor left the server neither dies nor spins, and goes on when there is one',
      points: 3,
      async run(attempt) {
        const student = await serve(attempt, 1);
        const [first] = await occupy(attempt, student, 1);
        const next = await nextClient(student);
        if (!(await waitInQueue(attempt, student, 1, 1))) return;
        const putBack = takeDescriptors(student);
        await first?.close();
        await reaped(attempt, student);
        const before = cpuMilliseconds(student.pid);
        // One that says at each turn that accept has failed may be ended meanwhile, for all its output.
        await attempt.within('the server is watched without a descriptor', delay(WINDOW));
        const see = 'accept(2), EMFILE; realfork experiment emfile-spin';
        if (!livesOn(attempt, student, 'the server lives when accept fails with EMFILE', see)) return;
        const busy = cpuMilliseconds(student.pid) - before;
        attempt.expect(busy <= MOST_BUSY, {
          expected: 'it waits before it calls accept again',
          seen: `it was busy for ${busy} of ${WINDOW} ms`,
          see,
        });
        putBack();
        await next.receives('next\n');
        attempt.good('the client that waited is served when there are descriptors again');
      },
    },
    {
      name: 'fork-fails',
      what: 'when fork fails, that client is turned away, the slot is given back, and the next client is served',
      points: 2,
      async run(attempt) {
        const student = await serve(attempt, 2, ['fork:error=EAGAIN:when=2']);
        await servedClient(student, 'client 1');
        const unlucky = await student.client();
        await unlucky.serverCloses();
        const see = 'fork(2), EAGAIN';
        if (!livesOn(attempt, student, 'the server lives when fork fails with EAGAIN', see)) return;
        attempt.good('fork fails for the second client: its connection is closed');
        await servedClient(student, 'client 3');
        attempt.good('the third client is served, in the slot that was given back');
        await setImmediate(); // what was written before the third client was accepted is here by now, and is read in this turn
        if (student.stderr === '') {
          attempt.missing({ expected: 'a line on standard error that says so', seen: 'nothing', see: 'perror(3)' });
        }
      },
    },
  ],
};
