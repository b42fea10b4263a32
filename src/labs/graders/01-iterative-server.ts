import type { Attempt, Lab } from '../lab';
import { connection, listener, settled } from '../looks';

/** So long that a client which says something at once is never cut off, on a busy machine either. */
const LONG = '600';

async function echo({ start, good }: Attempt): Promise<void> {
  const server = await start(['0', LONG]);
  const client = await server.client();
  await client.echo('one\n');
  await client.echo('two\n');
  good('each line comes back');
  await client.close();
  good('the server closes the connection when the client has');
}

async function oneProcess(attempt: Attempt): Promise<void> {
  const { start, good, expect } = attempt;
  const server = await start(['0', LONG]);
  const first = await server.client();
  await first.echo('first\n');
  const second = await server.client();
  second.send('second\n');
  const seen = await settled(attempt, server, 'the server waits for its first client');
  expect(server.children().length === 0, {
    expected: 'one process serves all clients, one after the other',
    seen: `${server.children().length + 1} processes: concurrency is for lab 02`,
  });
  const queued = listener(seen)?.socket?.queued ?? 0;
  expect(queued === 1, {
    expected: 'the second client is connected, and waits in the queue of the listening socket',
    seen: `${queued} in the queue`,
    see: 'listen(2)',
  });
  expect(connection(seen, first) !== undefined && second.received === '', {
    expected: 'the server has the connection of the first, and has not answered the second',
    seen: second.received === '' ? 'it has closed that of the first' : 'an answer to the second',
  });
  good('accept takes the clients one by one');
}

async function nextInLine({ start, good }: Attempt): Promise<void> {
  const server = await start(['0', LONG]);
  const first = await server.client();
  const second = await server.client();
  second.send('sent while the first was served\n');
  await first.echo('first\n');
  await first.close();
  await second.receives('sent while the first was served\n');
  good('the second client is answered when the first has left, to what it sent before');
  await second.close();
}

async function silentClient({ start, good }: Attempt): Promise<void> {
  const server = await start(['0', '1']);
  const silent = await server.client();
  const second = await server.client();
  second.send('second\n');
  await silent.serverCloses();
  good('a client that says nothing is told that it is over');
  await second.receives('second\n');
  good('the next one is answered');
}

async function reset({ start, good, expect }: Attempt): Promise<void> {
  const server = await start(['0', LONG]);
  const first = await server.client();
  await first.echo('first\n');
  const second = await server.client();
  first.reset();
  await second.echo('second\n');
  good('the client after one that broke off is answered');
  expect(server.alive, { expected: 'the server lives', seen: 'it has ended', see: 'read(2), ECONNRESET' });
}

export const lab: Lab = {
  number: '01',
  name: 'iterative-server',
  title: 'The second client waits',
  source: 'UNP 4.6, Figure 4.11',
  file: 'server.ts',
  tests: [
    { name: 'echo', what: 'a client is answered, and its end is the end of the connection', points: 1, run: echo },
    { name: 'one-process', what: 'one process, one client at a time: the next is queued', points: 2, run: oneProcess },
    { name: 'next-in-line', what: 'when a client leaves, the next is served', points: 1, run: nextInLine },
    {
      name: 'silent-client',
      what: 'a client that says nothing for SECONDS loses its turn',
      seconds: 6,
      points: 3,
      run: silentClient,
    },
    { name: 'reset', what: 'a client that breaks off does not end the server', points: 3, run: reset },
  ],
};
