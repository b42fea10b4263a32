import type { Observation } from '../../observe/types';
import type { Client } from '../client';
import type { Attempt, Lab, Student } from '../lab';
import { connection, holdersOf, isEchoed, listener, settled, settledChildren, who } from '../looks';

const READ = 'UNP 4.8, Figures 4.13 to 4.17';

async function echo({ start, good }: Attempt): Promise<void> {
  const server = await start();
  const client = await server.client();
  await client.echo('one\n');
  await client.echo('two\n');
  good('each line comes back');
}

async function twoClients(attempt: Attempt): Promise<void> {
  const server = await attempt.start();
  const first = await server.client();
  await first.echo('first\n');
  const second = await server.client();
  attempt.expect(await isEchoed(attempt, server, second, 'second\n'), {
    expected: 'the second client is answered while the first stays',
    seen: 'no answer: all of the server waits for something else',
    see: READ,
  });
  attempt.expect(await isEchoed(attempt, server, first, 'first again\n'), {
    expected: 'the first is answered as before',
    seen: 'no answer',
  });
  const children = (await settledChildren(attempt, server)).length;
  attempt.expect(children === 2, {
    expected: 'a child for each client',
    seen: `${children} children of the server`,
    see: 'fork(2)',
  });
}

/** A client that has been answered: whoever serves it is in its loop. */
async function served({ start }: Attempt): Promise<{ server: Student; client: Client }> {
  const server = await start();
  const client = await server.client();
  await client.echo('hello\n');
  return { server, client };
}

const names = (server: Student, pids: readonly number[]): string =>
  pids.length === 0 ? 'nobody' : pids.map((pid) => who(server, pid)).join(' and ');

async function parentCloses(attempt: Attempt): Promise<void> {
  const { server, client } = await served(attempt);
  const holders = holdersOf(connection(await settled(attempt, server, 'the server waits'), client));
  attempt.expect(holders.length === 1 && holders[0] !== server.pid, {
    expected: 'the connected socket is held by the child alone',
    seen: `it is held by ${names(server, holders)}`,
    see: READ,
  });
}

async function childCloses(attempt: Attempt): Promise<void> {
  const { server, client } = await served(attempt);
  const seen = await settled(attempt, server, 'the server waits');
  const isChilds = holdersOf(connection(seen, client)).some((pid) => pid !== server.pid);
  attempt.expect(isChilds, { expected: 'a child serves the client', seen: 'the parent does', see: READ });
  const holders = holdersOf(listener(seen));
  attempt.expect(holders.length === 1 && holders[0] === server.pid, {
    expected: 'the listening socket is held by the parent alone',
    seen: `it is held by ${names(server, holders)}`,
    see: READ,
  });
}

async function clientSeesEnd(attempt: Attempt): Promise<void> {
  const { server, client } = await served(attempt);
  client.end();
  // Whoever served it has read the end of file by then, and done what it does about it.
  const isRead = (seen: Observation): boolean =>
    client.ended || connection(seen, client)?.socket?.state === 'CLOSE_WAIT';
  const seen = await settled(attempt, server, 'the server reads the end of file of its client', isRead);
  const holders = holdersOf(connection(seen, client));
  if (client.ended || holders.length === 0) {
    await client.serverCloses();
    attempt.good('the client that has closed its end sees the end of the connection');
  } else {
    attempt.bad({
      expected: 'the client that has closed its end sees the end of the connection',
      seen: `the connection is open: ${names(server, holders)} has a descriptor for it`,
      see: READ,
    });
  }
}

async function childEnds(attempt: Attempt): Promise<void> {
  const { server, client } = await served(attempt);
  const children = await settledChildren(attempt, server);
  attempt.expect(children.length === 1, { expected: 'a child serves the client', seen: `${children.length} children` });
  client.end();
  const next = await server.client();
  await next.echo('next\n');
  await settled(attempt, server, 'the server has read the end of file of its client, and waits', (seen) => {
    const { socket, holders = [] } = connection(seen, client) ?? {};
    return holders.every(({ pid }) => pid === server.pid) || socket?.state === 'CLOSE_WAIT';
  });
  const left = server.children().filter(({ pid }) => children.some((child) => child.pid === pid));
  attempt.expect(left.length === 0, {
    expected: 'the child ends when its client has left',
    seen: `${names(
      server,
      left.map(({ pid }) => pid),
    )} goes on`,
    see: 'UNP 4.8: exit in the child',
  });
  attempt.expect(server.alive, { expected: 'the parent goes on', seen: 'it has ended' });
}

export const lab: Lab = {
  number: '02',
  name: 'figure-4.13',
  title: 'Figure 4.13: fork, and the closes',
  source: 'UNP 4.8, Figure 4.13',
  file: 'server.ts',
  tests: [
    { name: 'echo', what: 'a client is answered', points: 1, run: echo },
    { name: 'two-clients', what: 'a second client is answered while the first stays', points: 3, run: twoClients },
    {
      ...{ name: 'parent-closes-connfd', what: 'the parent closes the connected socket', points: 2 },
      ...{ faultyFails: true, run: parentCloses },
    },
    { name: 'child-closes-listenfd', what: 'the child closes the listening socket', points: 2, run: childCloses },
    {
      ...{ name: 'client-sees-end', what: 'a client that leaves sees the end of the connection', points: 1 },
      ...{ faultyFails: true, run: clientSeesEnd },
    },
    { name: 'child-ends', what: 'the child ends with its client, the parent does not', points: 1, run: childEnds },
  ],
};
