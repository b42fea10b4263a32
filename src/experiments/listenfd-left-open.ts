import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from '../constants';
import { errnoName } from '../errno';
import { signalProcess } from '../signalling';
import { type Experiment, everywhere } from './experiment';

export const listenfdLeftOpen: Experiment = {
  question:
    'A child does not close listenfd. Its parent, the server, is killed and started again, with SO_REUSEADDR. Can it bind its port?',
  choices: ['Yes, SO_REUSEADDR is for that', 'No, while the child lives', 'Yes, but it gets no connections'],
  answer: everywhere(1),
  why: "The listening socket is not the parent's alone: it lives as long as a descriptor refers to it. Clients even connect, and nobody accepts them. SO_REUSEADDR helps against old connections, not against a socket that listens.",
  source: 'UNP 4.8 and 7.5; FreeBSD Handbook 7.7',
  setUps: { closed: 'the child closes listenfd', open: 'it does not', ended: 'it does not, and has ended as well' },
  programs: {
    server({ unp, note }, how) {
      const listenfd = unp.Socket(AF_INET, SOCK_STREAM, 0);
      unp.Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
      unp.Bind(listenfd, unp.sockaddr_in('127.0.0.1', 0));
      unp.Listen(listenfd, 5);
      const address = unp.Getsockname(listenfd);
      if (unp.Fork() === 0) {
        if (how === 'closed') unp.Close(listenfd);
        note('port', 'port' in address ? address.port : 0);
        unp.pause(); /* serves for a long time */
      }
      unp.pause();
    },
    again({ unp, note }, port) {
      const listenfd = unp.Socket(AF_INET, SOCK_STREAM, 0);
      unp.Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
      const bound = unp.bind(listenfd, unp.sockaddr_in('127.0.0.1', Number(port)));
      note('bind', bound === 0 ? 'succeeds' : errnoName(unp.errno()));
    },
  },
  async observe(setUp, scene) {
    const server = scene.start('server', setUp);
    const port = await server.noted('port');
    const child = await server.child(1);
    signalProcess(server.pid, 'SIGKILL');
    await server.hasExited();
    if (setUp === 'ended') {
      signalProcess(child, 'SIGKILL');
      await server.ended(child);
    }
    const again = scene.start('again', String(port));
    return { 'bind of the new server': await again.noted('bind') };
  },
  expected: everywhere({
    closed: { 'bind of the new server': 'succeeds' },
    open: { 'bind of the new server': 'EADDRINUSE' },
    ended: { 'bind of the new server': 'succeeds' },
  }),
};
