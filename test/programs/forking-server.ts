/** createForkingServer as a library. */
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AF_INET,
  createForkingServer,
  getrlimit,
  RLIMIT_NPROC,
  SIG_BLOCK,
  SIGHUP,
  SIGTERM,
  SOCK_STREAM,
  STDERR_FILENO,
  serverLine,
  setrlimit,
  sigaction,
  sigprocmask,
  textLog,
  write,
} from 'realfork';
import { calls } from '#src/calls.js';
import { createUnp } from '#src/unp/wrappers.js';
import { report, scenarios } from '../support/scenarios';

const unp = createUnp(calls);

scenarios({
  /** Runs as a user of its own, whose limit on processes each SIGHUP lowers to nothing and the next one lifts. */
  limited() {
    const { rlim_cur, rlim_max } = getrlimit(RLIMIT_NPROC);
    let isLow = false;
    createForkingServer({
      listen: { family: AF_INET, address: '127.0.0.1', port: 0 },
      user: '54321:54321',
      doit: (connfd) => unp.str_echo(connfd),
      reload() {
        isLow = !isLow;
        setrlimit(RLIMIT_NPROC, { rlim_cur: isLow ? 1 : rlim_cur, rlim_max });
        return {};
      },
      log: textLog(STDERR_FILENO, 'realfork'),
    }).run();
  },

  /** An http server of Node's in its children, whose handler is async. */
  async http() {
    const timer = setInterval(() => {}, 60_000); // it would keep a child alive
    process.on('exit', () => console.log(`exit of ${process.pid}`));
    const server = createServer(async (request, response) => {
      if (request.url === '/throws') throw new Error('as I like it');
      let body = '';
      for await (const chunk of request) body += String(chunk);
      await delay(1);
      response.end(`${process.pid} ${request.method} ${body}`);
    });
    await createForkingServer({
      listen: { family: AF_INET, address: '127.0.0.1', port: 0 },
      onConnection: (socket, { peer }) => {
        if (!('port' in peer) || peer.port !== socket.remotePort) throw new Error('another client');
        server.emit('connection', socket);
      },
      log: textLog(STDERR_FILENO, 'realfork'),
    }).run();
    clearInterval(timer);
    console.log(`${process.pid} has ended`);
  },

  /** Serves one client, whose child tells its parent to stop; and is a program as before. */
  once() {
    const said: string[] = [];
    const mine = (): void => {};
    sigaction(SIGHUP, mine);
    const server = createForkingServer({
      listen: { family: AF_INET, address: '127.0.0.1', port: 0 },
      doit(connfd, { peer }) {
        write(connfd, 'port' in peer ? `you are ${peer.address}\n` : 'who?\n');
        unp.kill(unp.getppid(), SIGTERM);
        return 7;
      },
      log: (event) => void said.push(serverLine(event).replace(/(?<=^pid |^start |^end |127\.0\.0\.1:)\d+/g, 'N')),
    });
    const [address] = server.listen();
    const client = unp.Socket(AF_INET, SOCK_STREAM, 0);
    if (address !== undefined) unp.Connect(client, address);
    server.run();
    report({
      said,
      heard: unp.Readline(client),
      handler: sigaction(SIGHUP).handler === mine,
      mask: sigprocmask(SIG_BLOCK, []),
    });
  },
});
