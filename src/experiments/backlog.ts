import { AF_INET, EINPROGRESS, POLLOUT, SO_ERROR, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET } from '../constants';
import { errnoName } from '../errno';
import type { Unp } from '../unp/wrappers';
import type { Experiment, Observed } from './experiment';

const BACKLOGS = [0, 1, 2, 4, 8, 16];

/** How long a client waits that has no answer yet. The first retransmission of a SYN is after a second. Milliseconds. */
const NO_ANSWER_MS = 100;

const perBacklog = (value: (backlog: number) => Observed): Record<string, Observed> =>
  Object.fromEntries(BACKLOGS.map((backlog) => [String(backlog), value(backlog)]));

/** What a client sees. */
function connectOne({ Socket, connect, poll, getsockopt, errno }: Unp, address: Parameters<Unp['connect']>[1]): string {
  const sockfd = Socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (connect(sockfd, address) === 0) return 'connected';
  if (errno() !== EINPROGRESS) return errnoName(errno());
  const polled = poll([{ fd: sockfd, events: POLLOUT }], NO_ANSWER_MS);
  if (polled === -1) return errnoName(errno());
  if ((polled[0]?.revents ?? 0) === 0) return 'no answer';
  const error = getsockopt(sockfd, SOL_SOCKET, SO_ERROR);
  return error === 0 ? 'connected' : errnoName(error);
}

export const backlog: Experiment = {
  question: 'A server calls listen(fd, 4), and never accept. How many clients can connect?',
  choices: ['4', '5', 'As many as like', 'None'],
  answer: { linux: 1 },
  why: 'Linux refuses a connection when more than backlog wait: one more than its number fits. The next SYN is dropped without a word, and the client sends it again, after 1, 2, 4 seconds: it sees a slow server, not an error.',
  source: "listen(2), NOTES; UNP 4.5, Figure 4.10; Let's Build A Web Server 3, REQUEST_QUEUE_SIZE",
  setUps: Object.fromEntries(BACKLOGS.map((number) => [String(number), `listen(fd, ${number})`])),
  programs: {
    server({ unp, note }, number) {
      const listenfd = unp.Socket(AF_INET, SOCK_STREAM, 0);
      unp.Bind(listenfd, unp.sockaddr_in('127.0.0.1', 0));
      unp.Listen(listenfd, Number(number));
      const address = unp.Getsockname(listenfd);
      let connected = 0;
      let said = connectOne(unp, address);
      for (; said === 'connected' && connected < 100; said = connectOne(unp, address)) connected += 1;
      note('connected', connected);
      note('next', said);
    },
  },
  async observe(setUp, scene) {
    const server = scene.start('server', setUp);
    return { connected: await server.noted('connected'), 'the next client': await server.noted('next') };
  },
  expected: {
    linux: perBacklog((number) => ({ connected: number + 1, 'the next client': 'no answer' })),
  },
};
