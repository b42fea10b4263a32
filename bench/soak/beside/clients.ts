/** Packages that ask a server, which is a process of its own: the parent's connection stays, each child opens one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type InUse, type Subject, same } from './subject';

/** stand-in.js, and the port where it listens. */
async function standIn(protocol: 'pg' | 'http'): Promise<[ChildProcess, number]> {
  const server = spawn(process.execPath, [join(__dirname, 'stand-in.js'), protocol], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  return [server, Number(line.toString())];
}

interface PgClient {
  connect(): Promise<void>;
  query(text: string): Promise<{ rows: readonly { answer: string }[] }>;
  end(): Promise<void>;
}

interface Pg {
  readonly Client: new (options: object) => PgClient;
}

export const pg: Subject = async (load) => {
  const { Client } = load('pg') as Pg;
  const [server, port] = await standIn('pg');
  const open = async (): Promise<PgClient> => {
    const client = new Client({ host: '127.0.0.1', port, user: 'soak', database: 'soak' });
    await client.connect();
    return client;
  };
  let asked = 0;
  const ask = async (client: PgClient, whose: string): Promise<void> => {
    const text = `${whose} ${++asked}`;
    same((await client.query(text)).rows[0]?.answer, text);
  };
  const client = await open();
  return {
    fork: { inheritHandles: false },
    parent: () => ask(client, 'parent'),
    async child() {
      const own = await open();
      await ask(own, 'child');
      await own.end();
    },
    async end() {
      await client.end();
      server.kill();
    },
  };
};

type Fetch = (url: string) => Promise<{ text(): Promise<string> }>;

async function fetching(fetch: Fetch): Promise<InUse> {
  const [server, port] = await standIn('http');
  let asked = 0;
  const ask = async (): Promise<void> => {
    const path = `/${process.pid}/${++asked}`;
    same(await (await fetch(`http://127.0.0.1:${port}${path}`)).text(), path);
  };
  return { fork: { inheritHandles: false }, parent: ask, end: () => server.kill() };
}

export const undici: Subject = (load) => fetching((load('undici') as { fetch: Fetch }).fetch);
/** The one that Node has built in. */
export const fetch: Subject = () => fetching(globalThis.fetch);
