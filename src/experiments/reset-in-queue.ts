import { AF_INET, SO_LINGER, SOCK_STREAM, SOL_SOCKET } from '../constants';
import { errnoName } from '../errno';
import type { Experiment } from './experiment';

export const resetInQueue: Experiment = {
  question: 'A client connects, and resets the connection while it waits in the queue. What does accept do?',
  choices: ['It gives the connection, which is dead', 'It fails with ECONNABORTED', 'It waits for the next client'],
  answer: { linux: 0, freebsd: 1 },
  why: 'POSIX wants ECONNABORTED, and BSD has it. Linux hands the socket over, and the first read tells, with ECONNRESET. A server goes on in both cases.',
  source: 'accept(2), ERRORS; UNP 5.11',
  setUps: { waits: 'the client stays', reset: 'it resets the connection' },
  programs: {
    server({ unp, note }, how) {
      const listenfd = unp.Socket(AF_INET, SOCK_STREAM, 0);
      unp.Bind(listenfd, unp.sockaddr_in('127.0.0.1', 0));
      unp.Listen(listenfd, 5);
      const client = unp.Socket(AF_INET, SOCK_STREAM, 0);
      unp.Connect(client, unp.Getsockname(listenfd));
      if (how === 'waits') unp.Write(client, 'hello');
      else {
        unp.Setsockopt(client, SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
        unp.Close(client); /* sends RST */
      }
      const connfd = unp.accept(listenfd);
      note('accept', connfd === -1 ? errnoName(unp.errno()) : 'a connection');
      const n = connfd === -1 ? -1 : unp.read(connfd, Buffer.alloc(5));
      note('read', n === -1 ? errnoName(unp.errno()) : `${n} bytes`);
    },
  },
  async observe(setUp, scene) {
    const server = scene.start('server', setUp);
    return { accept: await server.noted('accept'), read: await server.noted('read') };
  },
  expected: {
    linux: {
      waits: { accept: 'a connection', read: '5 bytes' },
      reset: { accept: 'a connection', read: 'ECONNRESET' },
    },
    freebsd: { waits: { accept: 'a connection', read: '5 bytes' }, reset: { accept: 'ECONNABORTED' } },
  },
};
