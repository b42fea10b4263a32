import { AF_INET, EMFILE, RLIMIT_NOFILE, SOCK_STREAM } from '../constants';
import { monotonic } from '../observe/events';
import { type Experiment, everywhere } from './experiment';

/** What is counted in, and what a server waits that does. Milliseconds. */
const WINDOW_MS = 500;
const BACK_OFF_MS = 100;

/** In microseconds: of one that spins the time that it had a processor for, which others may want as well. */
function clockOf(how: string | undefined): number {
  if (how !== 'spin') return monotonic();
  const { user, system } = process.cpuUsage();
  return user + system;
}

export const emfileSpin: Experiment = {
  question:
    'A server has no descriptor left, and a client waits. It calls accept again at once when it fails with EMFILE. How often in half a second?',
  choices: ['Once: accept blocks until there is a descriptor', 'A few times', 'Many thousand times'],
  answer: everywhere(2),
  why: 'The connection stays in the queue, so accept has something to give each time, and no descriptor to give it by: it fails at once. A server waits a moment, or until a child ends.',
  source: 'accept(2), EMFILE; libev(3), "The special problem of accept()ing when you can\'t"',
  setUps: { spin: 'accept again at once', 'back-off': `wait ${BACK_OFF_MS} ms first` },
  programs: {
    server({ unp, untraced, note }, how) {
      const listenfd = unp.Socket(AF_INET, SOCK_STREAM, 0);
      unp.Bind(listenfd, unp.sockaddr_in('127.0.0.1', 0));
      unp.Listen(listenfd, 5);
      const client = unp.Socket(AF_INET, SOCK_STREAM, 0);
      unp.Connect(client, unp.Getsockname(listenfd));
      const limits = unp.getrlimit(RLIMIT_NOFILE);
      if (limits === -1) unp.err_sys('getrlimit error');
      else unp.setrlimit(RLIMIT_NOFILE, { ...limits, rlim_cur: listenfd });
      // Not traced: a line for each would be what is measured.
      const { accept, errno } = untraced;
      let failed = 0;
      for (const end = clockOf(how) + WINDOW_MS * 1000; clockOf(how) < end; ) {
        if (accept(listenfd) !== -1 || errno() !== EMFILE) unp.err_sys('accept');
        failed += 1;
        if (how === 'back-off') unp.nanosleep({ tv_sec: 0, tv_nsec: BACK_OFF_MS * 1e6 });
      }
      note('failed', failed);
    },
  },
  async observe(setUp, scene) {
    const server = scene.start('server', setUp);
    const failed = Number(await server.noted('failed'));
    return {
      'accept failed': failed,
      'many thousand times': failed > 2000,
      'a few times': failed <= WINDOW_MS / BACK_OFF_MS,
    };
  },
  expected: everywhere({
    spin: { 'many thousand times': true, 'a few times': false },
    'back-off': { 'many thousand times': false, 'a few times': true },
  }),
};
