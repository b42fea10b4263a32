/**
 * Lab 11, reference solution: SIGHUP reads the configuration again; SIGTERM stops and lets the children finish; a second
 * one ends them.
 *
 *     realfork run graceful.ts PORT CONFIGURATION
 *
 * All signals are blocked except while ppoll sleeps, which lets them in and sleeps in one step. So a handler only notes,
 * the loop does, and none comes between the look at a note and the sleep.
 */
import { readFileSync } from 'node:fs';
import {
  accept,
  Bind,
  Close,
  EAGAIN,
  ECONNABORTED,
  EINTR,
  EPROTO,
  err_sys,
  errno,
  exit,
  F_GETFL,
  F_SETFL,
  Fcntl,
  Fork,
  kill,
  LISTENQ,
  Listen,
  O_NONBLOCK,
  POLLIN,
  ppoll,
  SERV_PORT,
  Setsockopt,
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIG_SETMASK,
  SIGCHLD,
  SIGHUP,
  SIGTERM,
  Sigaction,
  Sigprocmask,
  SO_REUSEADDR,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  sockaddr_in,
  str_echo,
  WNOHANG,
  Writen,
  waitpid,
} from 'realfork/unp';

const port = Number(process.argv[2] ?? SERV_PORT);
const path = process.argv[3] ?? 'server.json';

/** The greeting that the configuration names. Throws if there is no such file, it is not JSON, or names none. */
function readGreeting(): string {
  const { greeting } = JSON.parse(readFileSync(path, 'utf8')) as { greeting?: unknown };
  if (typeof greeting !== 'string') throw new Error(`${path}: there is no "greeting" in it`);
  return greeting;
}

let greeting = readGreeting();
const children = new Set<number>();

/** What the handlers have noted. */
let gotHangup = false;
let gotChild = false;
let terminations = 0;

const mask = Sigprocmask(SIG_BLOCK, [SIGCHLD, SIGHUP, SIGTERM]);
Sigaction(SIGCHLD, {
  handler: () => {
    gotChild = true;
  },
});
Sigaction(SIGHUP, {
  handler: () => {
    gotHangup = true;
  },
});
Sigaction(SIGTERM, {
  handler: () => {
    terminations += 1;
  },
});

function reap(): void {
  for (let { pid } = waitpid(-1, WNOHANG); pid > 0; { pid } = waitpid(-1, WNOHANG)) children.delete(pid);
}

/** Touches no child: each has the greeting that it was forked with. */
function reload(): void {
  try {
    greeting = readGreeting();
  } catch (error) {
    console.error(`not reloaded, the old greeting stays: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Does what the handlers have noted. */
function processSignals(): void {
  if (gotChild) {
    gotChild = false;
    reap();
  }
  if (gotHangup) {
    gotHangup = false;
    reload();
  }
}

function serve(connfd: number): never {
  Close(listenfd); /* child closes listening socket */
  Fcntl(connfd, F_SETFL, Fcntl(connfd, F_GETFL) & ~O_NONBLOCK); /* on BSD it has that from its listener */
  Sigaction(SIGCHLD, { handler: SIG_DFL });
  Sigaction(SIGHUP, { handler: SIG_IGN }); /* the configuration is the server's, also if all of its group is told */
  Sigaction(SIGTERM, { handler: SIG_DFL });
  Sigprocmask(SIG_SETMASK, mask);
  Writen(connfd, `${greeting}\n`);
  str_echo(connfd); /* process the request */
  return exit(0); /* child terminates */
}

const listenfd = Socket(sockaddr_in('127.0.0.1', port).family, SOCK_STREAM | SOCK_NONBLOCK, 0);
Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
Bind(listenfd, sockaddr_in('127.0.0.1', port));
Listen(listenfd, LISTENQ);

/* It does not block: the client that ppoll has told of may be gone by now (UNP 16.6). */
const PASSING: readonly number[] = [EAGAIN, EINTR, ECONNABORTED, EPROTO];

while (terminations === 0) {
  if (ppoll([{ fd: listenfd, events: POLLIN }], null, mask) === -1 && errno() !== EINTR) err_sys('ppoll error');
  processSignals();
  const connfd = terminations === 0 ? accept(listenfd) : -1;
  if (connfd === -1) {
    if (terminations === 0 && !PASSING.includes(errno())) err_sys('accept error');
    continue;
  }
  const pid = Fork();
  if (pid === 0) serve(connfd);
  children.add(pid);
  Close(connfd); /* parent closes connected socket */
}

Close(listenfd); /* from now on the kernel refuses clients */
let told = 1;
while (children.size > 0) {
  if (terminations > told) for (const pid of children) kill(pid, SIGTERM);
  told = terminations;
  if (ppoll([], null, mask) === -1 && errno() !== EINTR) err_sys('ppoll error');
  processSignals();
}
exit(0);
