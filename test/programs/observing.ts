/** What observe() says of processes whose state is known, since they were brought to it. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, unlinkSync } from 'node:fs';
import {
  _exit,
  AF_INET,
  AF_UNIX,
  accept,
  bind,
  close,
  connect,
  fork,
  getpid,
  getsockname,
  kill,
  listen,
  pause,
  pipe,
  raise,
  read,
  SA_RESTART,
  SIG_BLOCK,
  SIGCHLD,
  SIGKILL,
  SIGSTOP,
  SIGUSR1,
  SIGUSR2,
  SOCK_STREAM,
  sigaction,
  sigprocmask,
  socket,
  socketpair,
  waitpid,
} from 'realfork';
import { type Observation, type ObservedProcess, type OpenFile, observe } from 'realfork/observe';
import { watchCommand } from '#src/cli/watch.js';
import { untilAsleep, untilBlocked, untilEnded, untilStopped } from '../support/proc';
import { again, inChild, reap, report, scenarios, Word } from '../support/scenarios';

const LOOPBACK = { family: AF_INET, address: '127.0.0.1', port: 0 } as const;

function listening(): number {
  const listenfd = socket(AF_INET, SOCK_STREAM);
  bind(listenfd, LOOPBACK);
  listen(listenfd, 5);
  return listenfd;
}

function processIn({ processes }: Observation, pid: number): ObservedProcess {
  const found = processes.find((process) => process.pid === pid);
  if (found === undefined) throw new Error(`${pid} was not observed`);
  return found;
}

function fileOf(observation: Observation, pid: number, fd: number): OpenFile {
  const descriptor = processIn(observation, pid).descriptors?.find((one) => one.fd === fd);
  const file = observation.openFiles.find(({ id }) => id === descriptor?.openFile);
  if (file === undefined) throw new Error(`descriptor ${fd} of ${pid} was not observed`);
  return file;
}

function end(pid: number): void {
  kill(pid, SIGKILL);
  reap(pid);
}

/** Milliseconds of it. */
function processorTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

scenarios({
  /** A child that is blocked in accept, one that is stopped, one that is a zombie. */
  states() {
    const listenfd = listening();
    const blocked = inChild(() => void again(() => accept(listenfd)));
    const stopped = inChild(() => raise(SIGSTOP));
    const zombie = inChild(() => {});
    untilBlocked(blocked, listenfd);
    untilStopped(stopped);
    untilEnded(zombie);
    const observation = observe(getpid());
    const facts = [blocked, stopped, zombie].map((pid) => {
      const { ppid, state, blockedIn, descriptors } = processIn(observation, pid);
      const call = blockedIn?.call.replace(/4$/, '');
      return [
        ppid === getpid(),
        state,
        pid === blocked ? [call, blockedIn?.fd === listenfd] : [],
        descriptors?.length === 0,
      ];
    });
    const order = observation.processes.map(({ pid }) => pid);
    for (const pid of [blocked, stopped, zombie]) end(pid);
    // Not in the order in which they were made: after the highest number comes the lowest.
    const children = [blocked, stopped, zombie].sort((a, b) => a - b);
    report({ facts, order: order.map((pid) => [getpid(), ...children].indexOf(pid)) });
  },

  /** A socket, a pipe, a file that is opened twice and one that is dup'ed are each held by parent and child. */
  sharing() {
    const listenfd = listening();
    const [readfd, writefd] = pipe();
    const [once, again_] = [openSync(__filename, 'r'), openSync(__filename, 'r')];
    const child = inChild(() => {
      close(writefd);
      pause();
    });
    untilBlocked(child);
    const observation = observe(getpid(), { details: true });
    const holders = (fd: number): unknown[] =>
      (fileOf(observation, getpid(), fd).holders ?? []).map((holder) => [
        holder.pid === child ? 'child' : 'parent',
        holder.fd === fd,
      ]);
    const [part] = observe([getpid(), child], { details: [child] }).processes;
    const kinds = [listenfd, readfd, once].map((fd) => fileOf(observation, getpid(), fd).kind);
    const { flags } = fileOf(observation, getpid(), writefd);
    report({
      kinds,
      listenfd: holders(listenfd),
      readfd: holders(readfd),
      writefd: holders(writefd),
      ...{ once: holders(once), again: holders(again_), flags },
      detailsOfOthers: [part?.command, part?.descriptors?.some(({ closeOnExec }) => closeOnExec !== undefined)],
      sameName: fileOf(observation, getpid(), once).name === fileOf(observation, getpid(), again_).name,
    });
    end(child);
    closeSync(once);
    closeSync(again_);
  },

  /** An epoll instance has the same name in every process: only kcmp tells them apart. */
  anonymous() {
    const children = Array.from({ length: 20 }, () => inChild(() => pause()));
    for (const child of children) untilBlocked(child);
    const { openFiles } = observe(getpid());
    const queues = openFiles.filter(({ kind }) => kind === 'event queue');
    report(queues.map(({ holders = [] }) => holders.length).sort((a, b) => a - b));
    for (const child of children) end(child);
  },

  /** Both ends of a connection, one more that waits for accept; and, if asked for, what ss says of them. */
  connections(besides = '') {
    const listenfd = listening();
    const address = getsockname(listenfd);
    const [first, second] = [socket(AF_INET, SOCK_STREAM), socket(AF_INET, SOCK_STREAM)];
    connect(first, address);
    connect(second, address);
    const connfd = accept(listenfd);
    const observation = observe(getpid());
    const sockets = [listenfd, connfd, first, second].map((fd) => fileOf(observation, getpid(), fd).socket);
    const [listener, server, client] = sockets;
    const port = 'port' in address ? address.port : 0;
    const text = (value: unknown): string => {
      const { address: host, port: number } = value as { address: string; port: number };
      return `${host}:${number}`;
    };
    const ours = {
      states: sockets.map((one) => one?.state),
      queued: listener?.queued,
      bothEnds: text(server?.local) === text(client?.peer) && text(server?.peer) === text(client?.local),
    };
    if (besides !== 'ss') {
      report(ours);
      return;
    }
    const ss = execFileSync('ss', ['-Htan', `( sport = :${port} or dport = :${port} )`], { encoding: 'utf8' });
    const lines = ss
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    const said = (local: unknown, peer: unknown): string | undefined =>
      lines.find((line) => line[3] === text(local) && (peer === undefined || line[4] === text(peer)))?.[0];
    report({
      ...ours,
      bySs: sockets.map((one) => said(one?.local, one?.peer)),
      queuedBySs: Number(lines.find(([state]) => state === 'LISTEN')?.[1]),
    });
  },

  /** A pair of Unix sockets, a named listener with a connection that waits, and a TCP connection: who is connected to whom. */
  peers() {
    const path = './socket';
    const listenfd = socket(AF_UNIX, SOCK_STREAM);
    bind(listenfd, { family: AF_UNIX, path });
    listen(listenfd, 5);
    const [client, late] = [socket(AF_UNIX, SOCK_STREAM), socket(AF_UNIX, SOCK_STREAM)];
    connect(client, { family: AF_UNIX, path });
    const connfd = accept(listenfd);
    connect(late, { family: AF_UNIX, path });
    const [one, other] = socketpair(AF_UNIX, SOCK_STREAM);
    const tcp = listening();
    const tcpClient = socket(AF_INET, SOCK_STREAM);
    connect(tcpClient, getsockname(tcp));
    const tcpServer = accept(tcp);
    const observation = observe(getpid());
    const file = (fd: number): OpenFile => fileOf(observation, getpid(), fd);
    const areConnected = (a: number, b: number): boolean =>
      file(a).socket?.peerFile === file(b).id && file(b).socket?.peerFile === file(a).id;
    unlinkSync(path);
    report({
      named: [areConnected(client, connfd), file(client).socket?.peer, file(connfd).socket?.local],
      pair: areConnected(one, other),
      tcp: areConnected(tcpClient, tcpServer),
      listener: [file(listenfd).socket?.state, file(listenfd).socket?.queued, file(listenfd).socket?.peerFile],
    });
  },

  signals() {
    const child = inChild(() => {
      sigaction(SIGUSR2, { handler: () => {}, flags: SA_RESTART });
      sigprocmask(SIG_BLOCK, [SIGUSR1]);
      raise(SIGUSR1);
      pause();
    });
    untilBlocked(child);
    const { signals } = processIn(observe(child), child);
    report({
      ...{ blocked: signals?.blocked, pending: signals?.pending, ignored: signals?.ignored },
      caught: signals?.caught.includes('SIGUSR2'),
    });
    end(child);
  },

  /** Children come and go all the time while they are looked at: often enough, and until one of them was seen. */
  vanishing() {
    const ROUNDS = 60;
    const forker = inChild(() => {
      sigaction(SIGCHLD, { handler: () => {} });
      for (;;) again(() => waitpid(fork() || _exit(0)));
    });
    let most = 0;
    for (let round = 0; round < ROUNDS || most < 2; ++round) {
      most = Math.max(most, observe(forker, { details: true }).processes.length);
    }
    end(forker);
    report({ most, afterwards: observe(forker) });
  },

  /** A user who may not look at the processes of root. */
  forbidden() {
    const child = inChild(() => pause());
    untilBlocked(child);
    const outcome = new Word();
    const looker = inChild(() => {
      process.setuid?.(65534);
      const [seen] = observe(child, { details: true }).processes;
      report({
        state: seen?.state,
        descriptors: seen?.descriptors,
        blockedIn: seen?.blockedIn,
        command: seen?.command !== undefined,
      });
      outcome.send();
    });
    outcome.await();
    reap(looker);
    end(child);
  },

  /** The command, as that user runs it. */
  async watchForbidden() {
    const command = watchCommand();
    const child = inChild(() => pause());
    untilBlocked(child);
    const looker = fork();
    if (looker === 0) {
      process.setuid?.(65534);
      const said = await command.parseAsync([String(child)], { from: 'user' }).catch((error: Error) => error.message);
      report({ said: typeof said === 'string' ? said.replace(String(child), 'PID') : 'nothing' });
      process.exit();
    }
    reap(looker);
    end(child);
  },

  zombies(besides = '') {
    const children = Array.from({ length: 7 }, (_, index) =>
      inChild(() => {
        if (index < 3) pause();
      }),
    );
    for (const [index, pid] of children.entries()) {
      if (index < 3) untilBlocked(pid);
      else untilEnded(pid);
    }
    const zombies = observe(getpid()).processes.filter(({ state }) => state === 'zombie').length;
    if (besides !== 'ps') report({ zombies });
    else {
      // No --ppid on FreeBSD.
      const ps = execFileSync('ps', ['-o', 'stat=', '-p', children.join(',')], { encoding: 'utf8' });
      report({ zombies, byPs: ps.split('\n').filter((stat) => stat.startsWith('Z')).length });
    }
    for (const pid of children) end(pid);
  },

  /**
   * What a look at so many live children takes, each a whole Node: beside reading one file of each in /proc, for a busy
   * machine is slower at both. The best of some looks counts, of which one within `limit` is enough.
   */
  many(count = '', limit = '') {
    const [readfd, writefd] = pipe();
    const children = Array.from({ length: Number(count) }, () =>
      inChild(() => {
        close(writefd);
        read(readfd, new Uint8Array(1));
      }),
    );
    for (const pid of children) untilAsleep(pid);
    const looks: { observed: number; milliseconds: number; timesOneFile: number }[] = [];
    do {
      const oneFile = processorTime(() => {
        for (const pid of children) readFileSync(`/proc/${pid}/status`, 'utf8');
      });
      let observed = 0;
      const milliseconds = processorTime(() => {
        observed = observe(getpid()).processes.length;
      });
      looks.push({ observed, milliseconds, timesOneFile: milliseconds / oneFile });
    } while (looks.length < 30 && !looks.some(({ timesOneFile }) => timesOneFile < Number(limit)));
    close(writefd);
    for (const pid of children) reap(pid);
    const least = (of: 'milliseconds' | 'timesOneFile'): number => Math.min(...looks.map((look) => look[of]));
    const observed = looks.map((look) => look.observed);
    report({ observed, milliseconds: least('milliseconds'), timesOneFile: least('timesOneFile') });
  },
});
