/** Packages that serve: the parent's server stays, and each child has one of its own for a while. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { get, type InUse, listening, type Subject, same } from './subject';

/** A server that stays in the parent, and is asked again and again; one for each child. */
async function served(open: () => Server): Promise<InUse> {
  const ask = async (port: number): Promise<void> => same(await get(port), 'served');
  const server = open();
  const port = await listening(server);
  return {
    fork: { inheritHandles: false },
    parent: () => ask(port),
    async child() {
      const own = open();
      await ask(await listening(own));
      own.close();
    },
    end: () => server.close(),
  };
}

type Express = () => RequestListener & {
  get(path: string, handler: (request: unknown, response: { send(text: string): void }) => void): void;
};

export const express: Subject = (load) =>
  served(() => {
    const app = (load('express') as Express)();
    app.get('/', (_, response) => response.send('served'));
    return createServer(app);
  });

interface FastifyApp {
  get(path: string, handler: () => Promise<string>): void;
  listen(options: { port: number; host: string }): Promise<string>;
  close(): Promise<void>;
}

export const fastify: Subject = async (load) => {
  const make = load('fastify') as () => FastifyApp;
  const open = async (): Promise<[FastifyApp, number]> => {
    const app = make();
    app.get('/', async () => 'served');
    return [app, Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)];
  };
  const [app, port] = await open();
  return {
    fork: { inheritHandles: false },
    parent: async () => same(await get(port), 'served'),
    async child() {
      const [own, at] = await open();
      same(await get(at), 'served');
      await own.close();
    },
    end: () => app.close(),
  };
};

interface WebSocketEnd {
  on(event: string, listener: (data: { toString(): string }) => void): void;
  once(event: string, listener: (data: { toString(): string }) => void): void;
  send(text: string): void;
  close(): void;
}

interface Ws {
  new (url: string): WebSocketEnd;
  readonly WebSocketServer: new (options: {
    server: Server;
  }) => { on(event: string, listener: (client: WebSocketEnd) => void): void };
}

export const ws: Subject = async (load) => {
  const WebSocket = load('ws') as Ws;
  const open = async (): Promise<[Server, WebSocketEnd]> => {
    const server = createServer();
    new WebSocket.WebSocketServer({ server }).on('connection', (client) => {
      client.on('message', (data) => client.send(`heard ${data}`));
    });
    const client = new WebSocket(`ws://127.0.0.1:${await listening(server)}`);
    await new Promise<void>((resolve, reject) => {
      client.once('open', () => resolve());
      client.once('error', (error) => reject(error));
    });
    return [server, client];
  };
  const say = async (client: WebSocketEnd, text: string): Promise<void> => {
    const heard = new Promise<string>((resolve) => client.once('message', (data) => resolve(data.toString())));
    client.send(text);
    same(await heard, `heard ${text}`);
  };
  const [server, client] = await open();
  let said = 0;
  return {
    fork: { inheritHandles: false },
    parent: () => say(client, `parent ${++said}`),
    async child() {
      const [, own] = await open();
      await say(own, 'child');
    },
    end() {
      client.close();
      server.close();
    },
  };
};
