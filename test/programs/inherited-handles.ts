/** fork({ inheritHandles: false }): what a child has not, and what it has all the same. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { rmSync, watch, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { _exit, fork, getpid, kill, SIGUSR1 } from 'realfork';
import { errorFacts, thrownBy } from '../support/errors';
import { reap, report, scenarios, Word } from '../support/scenarios';

async function listening(server: Server): Promise<number> {
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

scenarios({
  /** The parent has one of each, and each tells if it is called in the child. */
  async dropped() {
    const main = getpid();
    const unlessParent = (what: string) => (): void => {
      if (getpid() !== main) report({ called: what });
    };
    const server = createServer((socket) => void socket.on('close', unlessParent('close of a connection')));
    server.on('close', unlessParent('close of a server')).listen(0, '127.0.0.1').unref();
    const client = connect(await listening(server), '127.0.0.1').on('close', unlessParent('close of a client'));
    const [[connection]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
    const datagrams = createSocket('udp4').on('close', unlessParent('close of a datagram socket'));
    datagrams.bind(0, '127.0.0.1');
    await once(datagrams, 'listening');
    const watcher = watch('.', unlessParent('a watcher'));
    const timer = setInterval(unlessParent('a timer'), 1);
    const immediate = setImmediate(unlessParent('an immediate'));

    const child = fork({ inheritHandles: false });
    if (child === 0) {
      writeFileSync('file', ''); // which the watcher would see
      setTimeout(() => report('a timer of its own'), 5);
      process.exitCode = 3;
      return; // and its loop runs dry
    }
    const status = reap(child);
    client.write('a');
    const [said] = await once(connection, 'data');
    report({ status, said: String(said) });
    for (const socket of [client, connection]) socket.destroy();
    for (const handle of [server, datagrams, watcher]) handle.close();
    clearInterval(timer);
    clearImmediate(immediate);
    rmSync('file');
  },

  /** As in C, a handler of a signal stays. */
  signals() {
    const main = getpid();
    process.on('SIGUSR1', () => {
      report({ signal: getpid() === main ? 'in the parent' : 'in the child' });
      process.exit(4);
    });
    const child = fork({ inheritHandles: false });
    if (child === 0) {
      setInterval(() => {}, 1000);
      kill(getpid(), SIGUSR1);
      return;
    }
    report(reap(child));
    process.removeAllListeners('SIGUSR1');
  },

  /** Whether the parent's port is free, once it has closed its server, while the child lives on. */
  async port(inherited = '') {
    const server = createServer().listen(0, '127.0.0.1');
    const port = await listening(server);
    const ready = new Word();
    const go = new Word();
    const child = fork({ inheritHandles: inherited === 'inherited' });
    if (child === 0) {
      ready.send();
      go.await();
      _exit(0);
    }
    ready.await();
    server.close();
    await once(server, 'close');
    const second = createServer().listen(port, '127.0.0.1');
    const found = await listening(second).then(
      () => 'free',
      (error: unknown) => errorFacts(error).code,
    );
    second.close();
    go.send();
    report({ port: found, child: reap(child) });
  },

  badOptions() {
    const anyFork = fork as (options: unknown) => number;
    const misspelt = [{ inheritHandle: false }, { inheritHandles: false, no: 1 }];
    for (const options of [null, 1, 'x', { inheritHandles: 0 }, { inheritHandles: 'no' }, ...misspelt]) {
      report(thrownBy(() => anyFork(options)));
    }
  },
});
