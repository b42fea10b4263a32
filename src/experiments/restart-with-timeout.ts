import { AF_INET, SA_RESTART, SIGUSR1, SO_RCVTIMEO, SOCK_STREAM, SOL_SOCKET } from '../constants';
import { errnoName } from '../errno';
import { signalProcess } from '../signalling';
import type { Experiment } from './experiment';

/** What a call gave: "EINTR", or what it gave in the end, when it had something to give. */
export const restartWithTimeout: Experiment = {
  question:
    'A handler has SA_RESTART, and the socket has a time limit (SO_RCVTIMEO) that has not run out: does the call go on after the signal?',
  choices: ['Yes: SA_RESTART restarts it', 'No: it fails with EINTR', 'It fails with EAGAIN'],
  answer: { linux: 1, freebsd: 0 },
  why: 'A restarted call waits for the whole limit again. So Linux never restarts a socket call with a time limit. FreeBSD does, and the limit begins again; its accept has none.',
  source: 'signal(7), "Interruption of system calls"; socket(7), SO_RCVTIMEO',
  setUps: {
    accept: 'accept, no limit',
    'accept-limit': 'accept, SO_RCVTIMEO 60 s',
    read: 'read, no limit',
    'read-limit': 'read, SO_RCVTIMEO 60 s',
  },
  programs: {
    blocked({ unp, note }, call = '', limit = '') {
      unp.Sigaction(SIGUSR1, { handler: () => {}, flags: SA_RESTART });
      const listenfd = unp.Socket(AF_INET, SOCK_STREAM, 0);
      unp.Bind(listenfd, unp.sockaddr_in('127.0.0.1', 0));
      unp.Listen(listenfd, 5);
      const client = unp.Socket(AF_INET, SOCK_STREAM, 0);
      const isRead = call === 'read';
      if (isRead) unp.Connect(client, unp.Getsockname(listenfd));
      const fd = isRead ? unp.Accept(listenfd) : listenfd;
      if (limit !== '') unp.Setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, { tv_sec: Number(limit), tv_usec: 0 });
      // A child makes the call end, if the signal has not: it is told when the handler has run.
      if (unp.Fork() === 0) {
        unp.Readline(0);
        if (isRead) unp.Write(client, '!');
        else unp.Connect(client, unp.Getsockname(listenfd));
        unp.exit(0);
      }
      const result = isRead ? unp.read(fd, Buffer.alloc(1)) : unp.accept(fd);
      note('result', result >= 0 ? 'goes on' : errnoName(unp.errno()));
      unp.Wait();
    },
  },
  async observe(setUp, scene) {
    const [call = '', hasLimit] = setUp.split('-');
    const program = scene.start('blocked', call, hasLimit === undefined ? '' : '60');
    await program.blockedIn(call, call === 'read' ? 1 : 1);
    signalProcess(program.pid, 'SIGUSR1');
    await program.handlerReturned(1);
    program.input('\n');
    return { 'the call': await program.noted('result') };
  },
  expected: {
    linux: {
      accept: { 'the call': 'goes on' },
      'accept-limit': { 'the call': 'EINTR' },
      read: { 'the call': 'goes on' },
      'read-limit': { 'the call': 'EINTR' },
    },
    freebsd: {
      accept: { 'the call': 'goes on' },
      'accept-limit': { 'the call': 'goes on' },
      read: { 'the call': 'goes on' },
      'read-limit': { 'the call': 'goes on' },
    },
  },
};
