/** createForkingServer among surroundings and programs that are not kind. */
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { Worker } from 'node:worker_threads';
import {
  AF_INET,
  AF_UNIX,
  bind,
  close,
  connect,
  createForkingServer,
  F_GETFD,
  F_GETFL,
  F_SETFL,
  FD_CLOEXEC,
  type ForkingServerOptions,
  fcntl,
  fork,
  getpid,
  kill,
  listen,
  mkfifo,
  O_NONBLOCK,
  O_WRONLY,
  open,
  openpty,
  pipe,
  read,
  registerAtFork,
  type ServerEvent,
  SIG_BLOCK,
  SIGCONT,
  SIGHUP,
  SIGPIPE,
  SIGSTOP,
  SIGTERM,
  SIGTTOU,
  SIGUSR1,
  SIGUSR2,
  SIGXFSZ,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type SocketAddress,
  serverLine,
  sigaction,
  sigprocmask,
  socket,
  socketpair,
  textLog,
  waitpid,
  write,
} from 'realfork';
import { calls } from '#src/calls.js';
import { childrenOf } from '#src/observe/processes.js';
import { together } from '#src/servers/forking/line-writer.js';
import { closeListeners, type Listener, openListeners } from '#src/servers/forking/listeners.js';
import { systemCallsOf } from '#src/servers/forking/surroundings.js';
import { isErrno } from '../support/errors';
import { until, untilStopped } from '../support/proc';
import { inChild, report, scenarios, Word } from '../support/scenarios';

const ANY: SocketAddress = { family: AF_INET, address: '127.0.0.1', port: 0 };

/** What a connection to the server gives until its end; 'reset' where it is not closed but reset. */
function ask(address: SocketAddress, text = 'x'): string {
  const fd = socket(address.family, SOCK_STREAM, 0);
  try {
    connect(fd, address);
    if (text !== '') write(fd, text);
    const buffer = Buffer.alloc(256);
    let said = '';
    for (let n = read(fd, buffer); n > 0; n = read(fd, buffer)) said += buffer.toString('latin1', 0, n);
    return said;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    close(fd);
  }
}

/** One read, and what it gives back: the client is served and its child ends. */
function echoOnce(connfd: number): void {
  const buffer = Buffer.alloc(256);
  const n = read(connfd, buffer);
  write(connfd, buffer, n);
}

type Options = Partial<ForkingServerOptions>;

interface Served<Result> {
  readonly result: Result;
  /** The events, without those of the driver. */
  readonly events: readonly ServerEvent[];
}

/**
 * Runs a server in this process, and `drive` beside it in a child, which stops it in the end. What `drive` gives comes
 * back as JSON.
 */
function serve<Result>(options: Options, drive: (address: SocketAddress, server: number) => Result): Served<Result> {
  const events: ServerEvent[] = [];
  const log = (event: ServerEvent): void => {
    events.push(event);
    if (event.event === 'listening') write(told, '!'); // it hears signals from now on
  };
  const server = createForkingServer({ listen: ANY, doit: echoOnce, log, ...options });
  const [address = ANY] = server.listen();
  const [readfd, writefd] = pipe();
  const [ready, told] = pipe();
  const self = getpid();
  const driver = inChild(() => {
    close(readfd);
    write(writefd, JSON.stringify(drive(address, self) ?? null));
    if (options.log === undefined) read(ready, Buffer.alloc(1));
    kill(self, SIGTERM);
  });
  close(writefd);
  server.run();
  for (const fd of [ready, told]) close(fd);
  let said = '';
  const buffer = Buffer.alloc(65536);
  for (let n = read(readfd, buffer); n > 0; n = read(readfd, buffer)) said += buffer.toString('utf8', 0, n);
  close(readfd);
  try {
    waitpid(driver); // if it has ended after the last child: the server has not reaped it
  } catch {
    // ECHILD
  }
  const mine = events.filter((event) => !('pid' in event && event.pid === driver));
  return { result: JSON.parse(said) as Result, events: mine };
}

const of = (events: readonly ServerEvent[], ...kinds: readonly ServerEvent['event'][]): string[] =>
  events.filter(({ event }) => kinds.includes(event)).map(serverLine);

/** Until the descriptor takes no more. It is as it was afterwards. */
function fill(fd: number): void {
  const flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  try {
    for (const piece of [Buffer.alloc(4096, '-'), Buffer.alloc(1, '-')]) {
      try {
        for (;;) write(fd, piece);
      } catch {
        // EAGAIN: it is full
      }
    }
  } finally {
    fcntl(fd, F_SETFL, flags);
  }
}

/** A descriptor that a log is written to, and the other end. */
type Ends = readonly [readfd: number, writefd: number];

const LOGS: Readonly<Record<string, () => Ends>> = {
  pipe: () => pipe(),
  'pipe that does not block': () => {
    const ends = pipe();
    fcntl(ends[1], F_SETFL, fcntl(ends[1], F_GETFL) | O_NONBLOCK);
    return ends;
  },
  socket: () => socketpair(AF_UNIX, SOCK_STREAM, 0),
  terminal: () => {
    const { master, slave } = openpty();
    return [master, slave];
  },
};

/** What there is to read. */
function available(fd: number): string {
  const flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  const buffer = Buffer.alloc(65536);
  let said = '';
  try {
    for (;;) said += buffer.toString('latin1', 0, read(fd, buffer));
  } catch {
    return said; // EAGAIN: there is no more
  } finally {
    fcntl(fd, F_SETFL, flags);
  }
}

/** How clients are served while the log takes nothing, and whether it is told how much was lost when it does again. */
function servedWithFullLog([readfd, writefd]: Ends): unknown {
  const { result } = serve({ log: textLog(writefd, 'log') }, (address) => {
    const answers: string[] = [];
    let said = '';
    // The kernel's own thread takes to the other end of a terminal what it has taken in, and later: one that is full may
    // have room again, and lose nothing; and what is read may not be all.
    while (!/log: \d+ lines lost/.test(said)) {
      fill(writefd);
      answers.push(ask(address), ask(address), ask(address));
      said += available(readfd);
      answers.push(ask(address));
      said += available(readfd);
    }
    return [...new Set(answers)];
  });
  close(readfd);
  close(writefd);
  return result;
}

/** A socket that a server has left behind. */
function leaveStale(path: string): void {
  const fd = socket(AF_UNIX, SOCK_STREAM, 0);
  bind(fd, { family: AF_UNIX, path });
  close(fd);
}

scenarios({
  'full log'(kind = '') {
    const ends = LOGS[kind]?.();
    if (ends === undefined) throw new Error(`no log ${kind}`);
    report(servedWithFullLog(ends));
  },

  /** A thousand lines, to a socket that nobody reads: how many were lost, and how many are there. Then it takes nothing more. */
  'lines at once'() {
    const [readfd, writefd] = socketpair(AF_UNIX, SOCK_STREAM, 0);
    const log = textLog(writefd, 'log');
    const tell = (count: number) => (): void => {
      for (let nth = 0; nth < count; ++nth) log({ event: 'start', pid: 2, from: '10.0.0.1:4711' });
    };
    const lost = together(tell(1000));
    report([lost, available(readfd).split('\n').length - 1]);
    close(readfd);
    report(together(tell(3)));
    close(writefd);
  },

  /** The log's reader is gone, the disk is full: nothing can be told, everybody is served. */
  'no log'() {
    const [readfd, gone] = pipe();
    close(readfd);
    const full = open('/dev/full', O_WRONLY);
    const closed = open('/dev/null', O_WRONLY);
    const results = Object.entries({ gone, full, closed }).map(([name, fd]) => {
      const log = textLog(fd, 'log');
      if (name === 'closed') close(fd);
      return [name, serve({ log }, (address) => [ask(address), ask(address), ask(address)]).result];
    });
    report(Object.fromEntries(results));
  },

  /** A log of the program that throws: what was lost is told when it is told again. */
  'log throws'() {
    const said: string[] = [];
    let times = 0;
    const log = (event: ServerEvent): void => {
      times += 1;
      if (times > 1 && times < 5) throw new Error('as I like it');
      said.push(serverLine(event));
    };
    const { result } = serve({ log }, (address) => [ask(address), ask(address), ask(address)]);
    report({ result, lost: said.filter((line) => line.includes('lost')) });
  },

  /**
   * A child of the program's own and one for a client have ended, and SIGTERM has come, when the server runs again. No SIGCHLD
   * comes again for the one that it finds second.
   */
  'ends at once'() {
    const [readfd, writefd] = pipe();
    // The server's own: around one of the program's it would look for children that have ended.
    const server = createForkingServer({ listen: ANY, doit: echoOnce, log: textLog(writefd, 'log') });
    const [address = ANY] = server.listen();
    const self = getpid();
    const go = new Word();
    inChild(() => {
      if (fork() !== 0) return go.await(); // a child of the program's own, and the parent of whoever drives
      const client = socket(address.family, SOCK_STREAM, 0);
      connect(client, address);
      until(() => childrenOf(self).length === 2);
      kill(self, SIGSTOP);
      untilStopped(self);
      write(client, 'x');
      go.send();
      until(() => childrenOf(self).every(({ state }) => state === 'zombie'));
      kill(self, SIGTERM);
      kill(self, SIGCONT);
    });
    server.run();
    report(available(readfd).replace(/\d+/g, 'N').trimEnd().split('\n'));
    for (const fd of [readfd, writefd]) close(fd);
  },

  /** What is at a path, and what listen() says of it. */
  paths() {
    writeFileSync('file', 'my thesis\n');
    mkdirSync('directory');
    mkfifo('fifo');
    symlinkSync('nowhere', 'dangling link');
    symlinkSync('file', 'link to a file');
    const at = (path: string, type: number, listens: boolean): void => {
      const fd = socket(AF_UNIX, type, 0);
      bind(fd, { family: AF_UNIX, path });
      if (listens) listen(fd, 1);
    };
    at('listens', SOCK_STREAM, true);
    at('datagrams', SOCK_DGRAM, false);
    at('packets', SOCK_SEQPACKET, true);
    symlinkSync('listens', 'link to a socket');
    leaveStale('stale');
    symlinkSync('stale', 'link to a stale socket');
    const full = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(full, { family: AF_UNIX, path: 'full' });
    listen(full, 0);
    connect(socket(AF_UNIX, SOCK_STREAM, 0), { family: AF_UNIX, path: 'full' });
    const names = [
      ...['file', 'directory', 'fifo', 'dangling link', 'link to a file', 'listens', 'datagrams', 'packets', 'full'],
      ...['link to a socket', 'link to a stale socket', 'stale', 'free', '\0abstract', 'no directory/socket'],
    ];
    const outcomes = names.map((path) => {
      const before = path.includes('\0') ? undefined : lstatSync(path, { throwIfNoEntry: false })?.ino;
      let outcome: unknown;
      try {
        const { result } = serve({ listen: { family: AF_UNIX, path } }, (address) => ask(address));
        outcome = result === 'x' ? 'served' : result;
      } catch (error) {
        outcome = (error as Error).message.replace(/^.*?: /, '');
      }
      const after = path.includes('\0') ? undefined : lstatSync(path, { throwIfNoEntry: false })?.ino;
      return [path, [outcome, after === before ? 'stays' : after === undefined ? 'gone' : 'another']];
    });
    report({ ...Object.fromEntries(outcomes), text: readFileSync('file', 'utf8') });
    for (const name of readdirSync('.')) rmSync(name, { recursive: true });
  },

  /** Several servers that start at the same time where one has left its socket: one gets it. */
  'paths at once'() {
    const address = { family: AF_UNIX, path: 'socket' };
    const [begin, begun] = pipe();
    const [over, isOver] = pipe();
    const [said, say] = pipe();
    const byte = Buffer.alloc(1);
    const system = systemCallsOf(calls);
    const toldBy = (fd: number): string => {
      read(fd, byte);
      return byte.toString();
    };
    const servers = [1, 2, 3].map(() =>
      inChild(() => {
        for (const fd of [begun, isOver]) close(fd);
        while (read(begin, byte) > 0) {
          let listeners: readonly Listener[] = [];
          try {
            listeners = openListeners(system, [address], 5);
            write(say, 'l');
          } catch (error) {
            write(say, isErrno(error, 'EADDRINUSE') ? 'u' : '?');
          }
          read(over, byte);
          closeListeners(system, listeners);
          write(say, '.');
        }
      }),
    );
    const told = (): string =>
      Array.from(servers, () => toldBy(said))
        .sort()
        .join('');
    const rounds = Array.from({ length: 60 }, () => {
      leaveStale(address.path);
      write(begun, '...');
      const outcome = told();
      const fd = socket(AF_UNIX, SOCK_STREAM, 0);
      connect(fd, address); // whoever has it listens
      close(fd);
      write(isOver, '...');
      told();
      return outcome;
    });
    close(begun);
    for (const server of servers) waitpid(server);
    report({ outcomes: [...new Set(rounds)], left: existsSync(address.path) });
  },

  /** Somebody else's socket is at the path when the server ends. */
  'path of another'() {
    const path = 'socket';
    serve({ listen: { family: AF_UNIX, path } }, () => {
      rmSync(path);
      bind(socket(AF_UNIX, SOCK_STREAM, 0), { family: AF_UNIX, path });
    });
    report(existsSync(path));
    rmSync(path, { force: true });
  },

  /** A worker that is there when the server begins, or comes while it runs. */
  'with a worker'(when = '') {
    const idle = (): Worker => new Worker('setInterval(() => {}, 1000)', { eval: true });
    if (when === 'before') {
      idle().once('online', () => {
        try {
          createForkingServer({ listen: ANY, doit: echoOnce }).listen();
        } catch (error) {
          report((error as NodeJS.ErrnoException).code);
        }
        process.exit();
      });
      return;
    }
    const reload = (): object => {
      idle();
      return {};
    };
    const { result, events } = serve({ reload }, (address, server) => {
      const before = ask(address);
      kill(server, SIGHUP);
      const after: string[] = [];
      for (let nth = 0; nth < 3; ++nth) after.push(ask(address, ''));
      return { before, after };
    });
    report({ ...result, said: of(events, 'error') });
    process.exit();
  },

  'a hook that throws'() {
    let isWell = true;
    const takeBack = registerAtFork({
      before() {
        if (!isWell) throw new RangeError('not now. Later, perhaps');
      },
    });
    const reload = (): object => {
      isWell = !isWell;
      return {};
    };
    const { result, events } = serve({ reload }, (address, server) => {
      const answers = [ask(address)];
      kill(server, SIGHUP);
      answers.push(ask(address, ''));
      kill(server, SIGHUP);
      answers.push(ask(address));
      return answers;
    });
    takeBack();
    report({ result, said: of(events, 'error') });
  },

  /** Code of the program runs programs, and waits for them. */
  'programs of the program'() {
    const ran = { reload: '', log: '', hook: '' };
    const run = (whose: keyof typeof ran): void => {
      if (ran[whose] === '') ran[whose] = execFileSync('echo', [whose], { encoding: 'utf8' });
    };
    const takeBack = registerAtFork({ before: () => run('hook') });
    const { result } = serve(
      {
        reload() {
          run('reload');
          return {};
        },
        log: () => run('log'),
      },
      (address, server) => {
        const before = ask(address);
        kill(server, SIGHUP);
        return [before, ask(address)];
      },
    );
    takeBack();
    report({ ran, result, mask: sigprocmask(SIG_BLOCK, []) });
  },

  /** What a child has of the program that its server is. */
  'a child'(signals = '') {
    writeFileSync('pidfile', '');
    process.on('exit', () => rmSync('pidfile'));
    process.on('SIGTERM', () => {});
    process.on('SIGUSR2', () => {});
    process.on('SIGPIPE', () => {});
    const doit = (connfd: number): void => {
      process.on('exit', () => writeFileSync('own listener', ''));
      const [, ignored = '', caught = ''] =
        /^SigIgn:\s*(\w+)\nSigCgt:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
      const how = ([name, signo]: readonly [string, number]): string => {
        const isIn = (mask: string): boolean => (BigInt(`0x${mask}`) & (1n << BigInt(signo - 1))) !== 0n;
        return `${name}:${isIn(ignored) ? 'ignored' : isIn(caught) ? 'caught' : 'default'}`;
      };
      const states = [
        ...([
          ['HUP', SIGHUP],
          ['TERM', SIGTERM],
          ['USR1', SIGUSR1],
          ['USR2', SIGUSR2],
          ['PIPE', SIGPIPE],
        ] as const),
      ].map(how);
      write(connfd, states.join(' '));
      write(connfd, fcntl(connfd, F_GETFD) === FD_CLOEXEC ? ' close-on-exec' : ' inherited');
      write(connfd, (fcntl(connfd, F_GETFL) & O_NONBLOCK) === 0 ? ' blocks' : ' does not block');
    };
    const { result } = serve({ doit, signals: signals === 'inherit' ? signals : 'default' }, (address) =>
      ask(address, ''),
    );
    const own = existsSync('own listener');
    rmSync('own listener', { force: true });
    report({
      said: result,
      own,
      pidfile: existsSync('pidfile'),
      listeners: process.listenerCount('SIGTERM'),
    });
  },

  /** A program that a child starts stays: the client sees the end when the child ends. */
  'a program that stays'() {
    const [readfd, writefd] = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const [over, isOver] = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const doit = (connfd: number): void => {
      spawn('cat', [], { stdio: [readfd, isOver, 'ignore'], detached: true }).unref();
      write(connfd, 'started');
    };
    const { result } = serve({ doit }, (address) => ask(address, ''));
    for (const fd of [writefd, isOver]) close(fd); // cat ends
    read(over, Buffer.alloc(1)); // when it has
    report(result);
  },

  /** With standard input and output closed, and no descriptor of them for a listener or a client. */
  'closed descriptors'() {
    close(0);
    const { result } = serve({}, (address) => ask(address));
    report({ result, stdin: fstatSync(0).isCharacterDevice() });
  },

  /** Signals while it runs that are nothing to it. */
  ignored() {
    const before = [SIGUSR1].map((signo) => sigaction(signo).handler);
    const { result, events } = serve({}, (address, server) => {
      const answers = [ask(address)];
      for (const signo of [SIGUSR1, SIGPIPE, SIGTTOU, SIGXFSZ]) kill(server, signo);
      answers.push(ask(address));
      return answers;
    });
    report({ result, errors: of(events, 'error'), before: typeof before[0], after: typeof sigaction(SIGUSR1).handler });
  },
});
