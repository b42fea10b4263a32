import type { ProcessView } from '../../observe/types';
import { heard } from '../heard';
import type { Attempt, Lab, Student } from '../lab';
import { isEchoed, isGrandchild, settled, settledChildren, zombiesLeft } from '../looks';

const READ = 'UNP 5.9, wait(2)';

/** Has a client come and go. @returns the children of the server that are no more, or are zombies */
async function comeAndGo(attempt: Attempt, server: Student): Promise<ProcessView[]> {
  const before = server.children();
  const client = await server.client();
  await client.echo('hello\n');
  const children = (await settledChildren(attempt, server)).filter(({ pid }) => before.every((one) => one.pid !== pid));
  await client.close();
  await settled(attempt, server, 'the child ends, and the server waits for its next client', () =>
    children.every(({ pid }) => server.children().every((one) => one.pid !== pid)),
  );
  return children;
}

async function echo({ start, good }: Attempt): Promise<void> {
  const server = await start();
  const client = await server.client();
  await client.echo('one\n');
  good('a line comes back');
  await client.close();
  good('the server closes the connection when the client has');
}

async function expectNoZombies(attempt: Attempt, server: Student, clients: string): Promise<void> {
  const zombies = (await zombiesLeft(attempt, server)).map(({ pid }) => pid);
  attempt.expect(zombies.length === 0, {
    expected: `no zombie after ${clients}`,
    seen: `${zombies.length} (pid ${zombies.join(', ')}): nobody waited for them`,
    see: READ,
  });
}

async function noZombie(attempt: Attempt): Promise<void> {
  const server = await attempt.start();
  const children = await comeAndGo(attempt, server);
  attempt.expect(children.length === 1, { expected: 'a child serves the client', seen: `${children.length} children` });
  await expectNoZombies(attempt, server, 'a client has come and gone');
}

async function fiveClients(attempt: Attempt): Promise<void> {
  const server = await attempt.start();
  const children: ProcessView[] = [];
  for (let client = 0; client < 5; ++client) children.push(...(await comeAndGo(attempt, server)));
  attempt.expect(children.length === 5, { expected: 'a child for each client', seen: `${children.length} children` });
  await expectNoZombies(attempt, server, 'five clients, one after the other');
  attempt.expect(server.alive, { expected: 'the server lives', seen: 'it has ended', see: 'accept(2), EINTR' });
}

async function told(attempt: Attempt): Promise<void> {
  const server = await attempt.start();
  const [child] = await comeAndGo(attempt, server);
  if (child === undefined) {
    attempt.missing({ expected: 'a child serves the client' });
    return;
  }
  const next = await server.client();
  await next.echo('next\n');
  await heard();
  const told = [...server.stdout.matchAll(/\bchild (\d+) terminated\b/g)].map(([, pid]) => Number(pid));
  const left = server.processes().map(({ pid }) => pid);
  // Of one that forks twice, the server waits for the child in between, of which only it knew: one that is no more.
  const isTold = isGrandchild(server, child)
    ? told.some((pid) => pid !== child.pid && !left.includes(pid))
    : told.includes(child.pid);
  const who = isGrandchild(server, child) ? 'PID' : child.pid;
  attempt.expect(isTold, {
    expected: `"child ${who} terminated" on standard output`,
    seen: server.stdout === '' ? 'nothing' : JSON.stringify(server.stdout.slice(-200)),
    see: 'UNP Figure 5.7',
  });
}

async function notHeldUp(attempt: Attempt): Promise<void> {
  const server = await attempt.start();
  const first = await server.client();
  await first.echo('first\n');
  const second = await server.client();
  attempt.expect(await isEchoed(attempt, server, second, 'second\n'), {
    expected: 'the second client is answered while the child of the first lives',
    seen: 'no answer: all of the server waits for something else',
    see: 'waitpid(2), WNOHANG',
  });
}

export const lab: Lab = {
  number: '03',
  name: 'zombies',
  title: 'Zombies: find them, then reap them',
  source: 'UNP 5.8 to 5.10',
  file: 'server.ts',
  tests: [
    { name: 'echo', what: 'a client is answered', points: 1, run: echo },
    { name: 'no-zombie', what: 'a client that has come and gone leaves no zombie', points: 3, run: noZombie },
    { name: 'five-clients', what: 'nor do five, and the server lives', points: 2, run: fiveClients },
    { name: 'told', what: 'the server says which child has ended', points: 2, run: told },
    {
      ...{ name: 'not-held-up', what: 'clients do not wait for the end of a child', points: 2 },
      ...{ faultyFails: true, run: notHeldUp },
    },
  ],
};
