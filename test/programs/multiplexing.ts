/** Waiting for several descriptors, with and without a signal mask of its own. */
import { signalName } from 'realfork';
import {
  AF_UNIX,
  close,
  errno,
  errnoName,
  getpid,
  kill,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  type PollRequest,
  type PollResult,
  pipe,
  poll,
  ppoll,
  pselect,
  type ReadyDescriptors,
  read,
  SIG_BLOCK,
  SIGUSR1,
  SIGUSR2,
  SOCK_STREAM,
  select,
  sigaction,
  sigpending,
  sigprocmask,
  socketpair,
  write,
} from 'realfork/c';
import { untilBlocked } from '../support/proc';
import { inChild, reap, report, scenarios } from '../support/scenarios';

function ok<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

const EVENTS = { POLLIN, POLLOUT, POLLERR, POLLHUP, POLLNVAL };

/** The names of each entry's revents, in the order of the entries; or the errno. */
function happened(result: readonly PollResult[] | -1): unknown {
  if (result === -1) return errnoName(errno());
  return result.map(({ revents }) =>
    Object.entries(EVENTS)
      .filter(([, bit]) => (revents & bit) !== 0)
      .map(([name]) => name)
      .join('|'),
  );
}

const pending = (): string[] => ok(sigpending()).map(signalName);
const blocked = (): string[] => ok(sigprocmask(SIG_BLOCK)).map(signalName);
const NOW = { tv_sec: 0, tv_nsec: 0 };

/** What the call gives with `fd`, if any, to be read from, under a mask that blocks nothing: "EINTR", or "ready". */
function waitOpenToAll(call: string, fd?: number): string {
  const result =
    call === 'pselect'
      ? pselect(fd === undefined ? [] : [fd], [], [], null, [])
      : ppoll(fd === undefined ? [] : [{ fd, events: POLLIN }], null, []);
  return result === -1 ? errnoName(errno()) : 'ready';
}

/** What a handler does, noted by its name. */
function noting(...signals: number[]): string[] {
  const notes: string[] = [];
  for (const signo of signals) sigaction(signo, (caught) => void notes.push(signalName(caught)));
  return notes;
}

scenarios({
  poll() {
    const [mine, other] = ok(socketpair(AF_UNIX, SOCK_STREAM));
    const [readfd, writefd] = ok(pipe());
    const set: PollRequest[] = [
      { fd: mine, events: POLLIN | POLLOUT },
      { fd: readfd, events: POLLIN },
      { fd: -1, events: POLLIN },
      { fd: writefd, events: POLLOUT },
    ];
    report(happened(poll(set.slice(1, 3), 0)));
    report(happened(poll(set, -1)));
    write(other, 'x');
    write(writefd, 'x');
    const all = ok(poll(set, -1));
    report(happened(all));
    report(all.map(({ fd, events }, at) => fd === set[at]?.fd && events === set[at].events));
    close(other);
    close(readfd);
    report(happened(poll(all, -1)));
    report([happened(poll([], 0)), happened(poll([], 5))]);
  },

  select() {
    const [mine, other] = ok(socketpair(AF_UNIX, SOCK_STREAM));
    const [readfd] = ok(pipe());
    const none = { tv_sec: 0, tv_usec: 0 };
    const named = (fds: readonly number[]): string[] => fds.map((fd) => (fd === mine ? 'mine' : String(fd)));
    const ready = (result: ReadyDescriptors | -1): unknown =>
      result === -1 ? errnoName(errno()) : [result.readfds, result.writefds, result.exceptfds].map(named);
    report(ready(select([mine, readfd], [], [], none)));
    report(ready(select([mine, readfd], [mine], [mine], null)));
    write(other, 'x');
    report(ready(select([readfd, mine], [mine], [])));
    report(ready(select([readfd, mine, mine], [], [], none)));
    close(readfd);
    report([ready(select([readfd], [], [], none)), ready(select([], [], [], { tv_sec: 0, tv_usec: 1000 }))]);
  },

  /** The helper writes when the kernel says that this process waits. */
  wakes(call = '') {
    const [readfd, writefd] = ok(pipe());
    const main = getpid();
    const helper = inChild(() => {
      untilBlocked(main);
      write(writefd, 'x');
    });
    const set = [{ fd: readfd, events: POLLIN }];
    const WAITS: Readonly<Record<string, () => unknown>> = {
      poll: () => happened(poll(set, -1)),
      ppoll: () => happened(ppoll(set, null, [SIGUSR1])),
      select: () => ok(select([readfd], [], [])).readfds.map((fd) => (fd === readfd ? 'POLLIN' : fd)),
      pselect: () =>
        ok(pselect([readfd], [], [], null, [SIGUSR1])).readfds.map((fd) => (fd === readfd ? 'POLLIN' : fd)),
    };
    report(WAITS[call]?.());
    reap(helper);
  },

  /** A signal that came before the call and was blocked: ppoll is where it is delivered. */
  cameBefore(call = '') {
    const notes = noting(SIGUSR1);
    sigprocmask(SIG_BLOCK, [SIGUSR1]);
    kill(getpid(), SIGUSR1);
    report({ notes: [...notes], pending: pending() });
    report({ result: waitOpenToAll(call), notes, pending: pending(), blocked: blocked() });
  },

  comesMeanwhile(call = '') {
    const notes = noting(SIGUSR1);
    const [readfd] = ok(pipe());
    sigprocmask(SIG_BLOCK, [SIGUSR1]);
    const main = getpid();
    const helper = inChild(() => {
      untilBlocked(main);
      kill(main, SIGUSR1);
    });
    report({ result: waitOpenToAll(call, readfd), notes, blocked: blocked() });
    reap(helper);
  },

  /** The mask of the call blocks what the program does not. */
  blockedMeanwhile() {
    const notes = noting(SIGUSR1);
    const [readfd, writefd] = ok(pipe());
    const main = getpid();
    const helper = inChild(() => {
      untilBlocked(main);
      kill(main, SIGUSR1);
      write(writefd, 'x');
    });
    const result = ppoll([{ fd: readfd, events: POLLIN }], null, [SIGUSR1]);
    report({ ppoll: happened(result), notes, blocked: blocked() });
    reap(helper);
  },

  timeouts() {
    const notes = noting(SIGUSR1);
    sigprocmask(SIG_BLOCK, [SIGUSR1]);
    const [readfd] = ok(pipe());
    const set = [{ fd: readfd, events: POLLIN }];
    report([happened(ppoll(set, NOW)), happened(ppoll(set, NOW, [])), happened(ppoll(set, { ...NOW, tv_nsec: 5e6 }))]);
    report({ notes, blocked: blocked() });
  },

  /**
   * Two signals recorded while JavaScript runs: the first one's handler has the second blocked, and waits with it let
   * through. The kernel has delivered it long ago.
   */
  recorded(call = '', ready = '') {
    const notes: string[] = [];
    const [readfd, writefd] = ok(pipe());
    if (ready === 'ready') write(writefd, 'x');
    sigaction(SIGUSR2, () => void notes.push('SIGUSR2'));
    sigaction(SIGUSR1, {
      handler() {
        notes.push(`SIGUSR1, ${pending().join()} pending`);
        notes.push(`${waitOpenToAll(call, readfd)}, blocked ${blocked().join()}`);
      },
      mask: [SIGUSR2],
    });
    process.kill(process.pid, 'SIGUSR2');
    process.kill(process.pid, 'SIGUSR1');
    notes.push('both sent');
    read(-1, new Uint8Array(1));
    notes.push(`blocked ${blocked().join()}`);
    report(notes);
  },

  /** A storm against the window between the look and the wait: no signal may be lost, none seen while blocked. */
  storm(call = '') {
    const COUNT = 2000;
    let handled = 0;
    sigaction(SIGUSR1, () => {
      handled += 1;
    });
    sigprocmask(SIG_BLOCK, [SIGUSR1]);
    const main = getpid();
    const [readfd, writefd] = ok(pipe());
    const helper = inChild(() => {
      for (let i = 0; i < COUNT; ++i) {
        kill(main, SIGUSR1);
        read(readfd, new Uint8Array(1)); /* until it has been handled */
      }
    });
    let interrupted = 0;
    while (handled < COUNT) {
      const before = handled;
      if (waitOpenToAll(call) === 'EINTR') interrupted += 1;
      if (handled !== before + 1) throw new Error(`${handled - before} handler runs in one ${call}`);
      write(writefd, '.');
    }
    reap(helper);
    report({ handled, interrupted });
  },
});
