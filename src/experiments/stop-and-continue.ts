import { AF_INET, SO_RCVTIMEO, SOCK_STREAM, SOL_SOCKET } from '../constants';
import { errnoName } from '../errno';
import { signalProcess } from '../signalling';
import type { Experiment } from './experiment';

export const stopAndContinue: Experiment = {
  question:
    'A process without any handler is stopped (Ctrl-Z, SIGSTOP) and goes on (fg, SIGCONT). Can its accept fail with EINTR?',
  choices: ['No: without a handler there is no EINTR', 'Always', 'On Linux, if the socket has a time limit'],
  answer: { linux: 2, freebsd: 0 },
  why: 'Linux ends some blocked calls when a process goes on after a stop, handler or not: socket calls with a time limit, epoll_wait, semop and others. So EINTR must be thought of at every blocking call.',
  source: 'signal(7), "Interruption of system calls and library functions by stop signals"',
  setUps: { accept: 'accept, no limit', limit: 'accept, SO_RCVTIMEO 60 s' },
  programs: {
    server({ unp, note }, limit = '') {
      const listenfd = unp.Socket(AF_INET, SOCK_STREAM, 0);
      unp.Bind(listenfd, unp.sockaddr_in('127.0.0.1', 0));
      unp.Listen(listenfd, 5);
      if (limit !== '') unp.Setsockopt(listenfd, SOL_SOCKET, SO_RCVTIMEO, { tv_sec: Number(limit), tv_usec: 0 });
      if (unp.Fork() === 0) {
        unp.Readline(0); /* until the server has been stopped, and goes on */
        unp.Connect(unp.Socket(AF_INET, SOCK_STREAM, 0), unp.Getsockname(listenfd));
        unp.exit(0);
      }
      note('accept', unp.accept(listenfd) >= 0 ? 'goes on' : errnoName(unp.errno()));
      unp.Wait();
    },
  },
  async observe(setUp, scene) {
    const server = scene.start('server', setUp === 'limit' ? '60' : '');
    await server.blockedIn('accept');
    signalProcess(server.pid, 'SIGSTOP');
    await server.stopped();
    signalProcess(server.pid, 'SIGCONT');
    // It has come to its senses: back in accept, or out of it.
    await Promise.race([server.noted('accept'), server.blockedIn('accept')]);
    server.input('\n');
    return { accept: await server.noted('accept') };
  },
  expected: {
    linux: { accept: { accept: 'goes on' }, limit: { accept: 'EINTR' } },
    freebsd: { accept: { accept: 'goes on' }, limit: { accept: 'goes on' } },
  },
};
