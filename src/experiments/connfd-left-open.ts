import { AF_INET, EMFILE, RLIMIT_NOFILE, SOCK_STREAM } from '../constants';
import { errnoName } from '../errno';
import { EchoClient } from './client';
import { type Experiment, everywhere } from './experiment';

const CLIENTS = 3;
/** Descriptors above what the server has open when it begins. */
const ROOM = 8;

export const connfdLeftOpen: Experiment = {
  question:
    'The parent of a concurrent server does not close connfd. What does a client notice whose child has served it and exited?',
  choices: ['Nothing: the child has closed it', 'It sees no end of the connection', 'The connection is reset'],
  answer: everywhere(1),
  why: 'A connection ends when the last descriptor of its socket is closed, and the parent has one. And it has one more for each client, until accept fails with EMFILE.',
  source: "UNP 4.8, Figures 4.16 and 4.17; FreeBSD Handbook 7.7; Let's Build A Web Server 3",
  setUps: {
    closed: 'the parent closes connfd',
    open: 'it does not',
    exhausted: 'it does not, and clients keep coming',
  },
  programs: {
    server({ unp, note }, how) {
      const listenfd = unp.Socket(AF_INET, SOCK_STREAM, 0);
      unp.Bind(listenfd, unp.sockaddr_in('127.0.0.1', 0));
      unp.Listen(listenfd, 64);
      const { rlim_max } = unp.getrlimit(RLIMIT_NOFILE) as { rlim_max: number };
      if (how === 'exhausted') unp.setrlimit(RLIMIT_NOFILE, { rlim_cur: listenfd + 1 + ROOM, rlim_max });
      const address = unp.Getsockname(listenfd);
      note('port', 'port' in address ? address.port : 0);
      for (;;) {
        const connfd = unp.accept(listenfd);
        if (connfd === -1) {
          note('accept', errnoName(unp.errno()));
          unp.Readline(0);
          unp.exit(unp.errno() === EMFILE ? 0 : 1);
        }
        note('connfd', connfd);
        const pid = unp.Fork();
        if (pid === 0) {
          unp.Close(listenfd);
          unp.str_echo(connfd);
          unp.Close(connfd);
          unp.exit(0);
        }
        if (how === 'closed') unp.Close(connfd);
      }
    },
  },
  async observe(setUp, scene) {
    const server = scene.start('server', setUp);
    const port = Number(await server.noted('port'));
    const first: number[] = [];
    let endsSeen = 0;
    const count = setUp === 'exhausted' ? ROOM : CLIENTS;
    const clients: EchoClient[] = [];
    try {
      for (let nth = 1; nth <= count; ++nth) {
        const client = await EchoClient.connect(port, '127.0.0.1', scene.clientSink);
        clients.push(client);
        await client.echo('hello\n');
        client.sendEnd();
        first.push(Number(await server.noted('connfd', nth)));
        await server.ended(await server.child(nth));
        if (setUp !== 'exhausted') await server.blockedIn('accept', nth + 1);
        if (await client.hasEnded(setUp === 'closed')) endsSeen += 1;
      }
      if (setUp === 'exhausted') clients.push(await EchoClient.connect(port, '127.0.0.1', scene.clientSink));
      const accept = setUp === 'exhausted' ? await server.noted('accept') : 'a connection';
      const used = Math.max(...first) - Math.min(...first) + 1;
      return { 'clients that see the end': `${endsSeen} of ${count}`, 'descriptors used for them': used, accept };
    } finally {
      for (const client of clients) client.destroy();
    }
  },
  expected: everywhere({
    closed: {
      'clients that see the end': `${CLIENTS} of ${CLIENTS}`,
      'descriptors used for them': 1,
      accept: 'a connection',
    },
    open: {
      'clients that see the end': `0 of ${CLIENTS}`,
      'descriptors used for them': CLIENTS,
      accept: 'a connection',
    },
    exhausted: { 'clients that see the end': `0 of ${ROOM}`, 'descriptors used for them': ROOM, accept: 'EMFILE' },
  }),
};
