/**
 * Lab 14, reference solution: a shell with job control, after APUE 9 and "Implementing a Job Control Shell" of the GNU C
 * Library's manual: pipelines, redirections, &, jobs, fg, bg, cd, exit; Ctrl-C and Ctrl-Z go to the job in the foreground,
 * and to nobody else.
 *
 *     realfork run shell.ts
 */
// biome-ignore format: as a list
import {
  _exit, chdir, close, describeStatus, dup2, errno, execvp, fork, getpgrp, getpid, kill, O_APPEND, O_CREAT, O_RDONLY,
  O_TRUNC, O_WRONLY, open, pipe, read, SIG_BLOCK, SIG_DFL, SIG_IGN, SIG_SETMASK, SIGCONT, SIGHUP, SIGINT, SIGPIPE, SIGQUIT,
  SIGTSTP, SIGTTIN, SIGTTOU, STDERR_FILENO, STDIN_FILENO, STDOUT_FILENO, setpgid, sigaction, sigprocmask, strerror, tcgetpgrp,
  tcsetpgrp, WCONTINUED, WIFCONTINUED, WIFSTOPPED, WNOHANG, WUNTRACED, waitpid, write,
} from 'realfork/c';

interface Redirection {
  readonly fd: number;
  readonly path: string;
  readonly flags: number;
}
interface Command {
  readonly argv: string[];
  readonly redirections: Redirection[];
}
interface Job {
  readonly number: number;
  readonly text: string;
  readonly states: Map<number, 'running' | 'stopped'>; // processes that have not ended
  pgid: number;
  status: number; // of the last one that changed
}

const OPERATORS: Readonly<Record<string, Omit<Redirection, 'path'>>> = {
  '<': { fd: STDIN_FILENO, flags: O_RDONLY },
  '>': { fd: STDOUT_FILENO, flags: O_WRONLY | O_CREAT | O_TRUNC },
  '>>': { fd: STDOUT_FILENO, flags: O_WRONLY | O_CREAT | O_APPEND },
};
/** What the terminal sends, and what a process in the background is stopped by: not for the shell itself. */
const JOB_SIGNALS: readonly number[] = [SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU];
const hasTerminal = tcgetpgrp(STDIN_FILENO) !== -1;
const jobs: Job[] = [];

const say = (text: string): void => void write(STDOUT_FILENO, text);
const complain = (what: string): void => void write(STDERR_FILENO, `shell: ${what}: ${strerror(errno())}\n`);

/** "a b | c > d &" */
function parse(line: string): { commands: Command[]; background: boolean } {
  const commands: Command[] = [{ argv: [], redirections: [] }];
  const tokens = line.match(/'[^']*'|"[^"]*"|>>|[|&<>]|[^\s|&<>'"]+/g) ?? [];
  const background = tokens.at(-1) === '&';
  if (background) tokens.pop();
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    const operator = OPERATORS[token];
    if (token === '|') commands.push({ argv: [], redirections: [] });
    else if (operator !== undefined) commands.at(-1)?.redirections.push({ ...operator, path: tokens.shift() ?? '' });
    else commands.at(-1)?.argv.push(token.replace(/^(['"])(.*)\1$/, '$2'));
  }
  return { commands, background };
}

/** In the child. Both it and the shell call setpgid and tcsetpgrp: whoever is first, neither goes on before it is done. */
function become({ argv, redirections }: Command, pgid: number, inForeground: boolean, mask: readonly number[]): never {
  setpgid(0, pgid);
  for (const signo of [...JOB_SIGNALS, SIGPIPE]) sigaction(signo, SIG_DFL); // Node ignores SIGPIPE
  if (inForeground && hasTerminal) tcsetpgrp(STDIN_FILENO, getpgrp()); // SIGTTOU is blocked still
  sigprocmask(SIG_SETMASK, mask);
  for (const { fd, path, flags } of redirections) {
    const opened = open(path, flags);
    if (opened === -1) {
      complain(path);
      _exit(1);
    }
    dup2(opened, fd);
    close(opened);
  }
  execvp(argv[0] ?? '', argv);
  complain(argv[0] ?? '');
  return _exit(127);
}

function launch(commands: readonly Command[], background: boolean, text: string): Job {
  const job: Job = { number: (jobs.at(-1)?.number ?? 0) + 1, text, states: new Map(), pgid: 0, status: 0 };
  let input = STDIN_FILENO;
  for (const [i, command] of commands.entries()) {
    const ends = i < commands.length - 1 ? pipe() : undefined;
    if (ends === -1) break;
    const [readfd, writefd] = ends ?? [STDIN_FILENO, STDOUT_FILENO];
    // Blocked, what is typed meanwhile waits in the child for its default action instead of being ignored.
    const mask = sigprocmask(SIG_BLOCK, JOB_SIGNALS);
    const pid = fork();
    if (pid === 0) {
      if (input !== STDIN_FILENO) dup2(input, STDIN_FILENO);
      if (writefd !== STDOUT_FILENO) dup2(writefd, STDOUT_FILENO);
      for (const fd of [input, readfd, writefd]) if (fd > STDERR_FILENO) close(fd);
      become(command, job.pgid, !background, mask === -1 ? [] : mask);
    }
    if (pid === -1) complain('fork');
    job.pgid ||= pid;
    setpgid(pid, job.pgid); // EACCES: it is another program already, and has done so itself
    if (pid > 0) job.states.set(pid, 'running');
    if (mask !== -1) sigprocmask(SIG_SETMASK, mask);
    if (input !== STDIN_FILENO) close(input);
    if (writefd !== STDOUT_FILENO) close(writefd);
    input = readfd;
  }
  if (job.states.size > 0) jobs.push(job);
  return job;
}

const isRunning = ({ states }: Job): boolean => [...states.values()].includes('running');
const describe = (job: Job): string => (isRunning(job) ? 'running' : describeStatus(job.status));
const announce = (job: Job): void => say(`[${job.number}] ${describe(job)}: ${job.text}\n`);

/** What a wait has told. */
function note(pid: number, status: number): Job | undefined {
  const job = jobs.find(({ states }) => states.has(pid));
  if (job === undefined) return undefined;
  job.status = status;
  if (WIFSTOPPED(status)) job.states.set(pid, 'stopped');
  else if (WIFCONTINUED(status)) job.states.set(pid, 'running');
  else job.states.delete(pid);
  if (job.states.size === 0) jobs.splice(jobs.indexOf(job), 1);
  return job;
}

/** Until it has ended or is stopped, the terminal is the job's. */
function foreground(job: Job): void {
  if (hasTerminal) tcsetpgrp(STDIN_FILENO, job.pgid);
  while (job.states.size > 0 && isRunning(job)) {
    const { pid, status } = waitpid(-job.pgid, WUNTRACED);
    if (pid === -1) break;
    note(pid, status);
  }
  if (hasTerminal) tcsetpgrp(STDIN_FILENO, getpgrp());
  if (job.states.size > 0) announce(job);
}

function proceed(job: Job | undefined, inForeground: boolean): void {
  if (job === undefined) {
    say('shell: no such job\n');
    return;
  }
  for (const pid of job.states.keys()) job.states.set(pid, 'running');
  say(`${job.text}${inForeground ? '' : ' &'}\n`);
  if (inForeground && hasTerminal) tcsetpgrp(STDIN_FILENO, job.pgid); // before it goes on: it may read at once
  kill(-job.pgid, SIGCONT);
  if (inForeground) foreground(job);
}

/** Those in the background: told of before the next prompt. */
function reapBackground(): void {
  for (;;) {
    const { pid, status } = waitpid(-1, WNOHANG | WUNTRACED | WCONTINUED);
    if (pid <= 0) return;
    const job = note(pid, status);
    if (job !== undefined && !WIFCONTINUED(status) && !isRunning(job)) announce(job);
  }
}

const numbered = (argument: string | undefined): Job | undefined =>
  argument === undefined ? jobs.at(-1) : jobs.find(({ number }) => number === Number(argument.replace('%', '')));

const BUILTINS: Readonly<Record<string, (argument: string | undefined) => void>> = {
  cd: (path = process.env['HOME'] ?? '/') => void (chdir(path) === -1 && complain(path)),
  exit: (status = '0') => leave(Number(status)),
  jobs: () => jobs.forEach(announce),
  fg: (argument) => proceed(numbered(argument), true),
  bg: (argument) => proceed(numbered(argument), false),
};

/** Jobs are hung up on, as when the terminal goes, and reaped. */
function leave(status: number): never {
  for (const { pgid } of jobs) {
    kill(-pgid, SIGHUP);
    kill(-pgid, SIGCONT);
  }
  while (waitpid(-1).pid > 0);
  return _exit(status);
}

function run(line: string): void {
  const { commands, background } = parse(line);
  const [name = '', argument] = commands[0]?.argv ?? [];
  const builtin = BUILTINS[name];
  if (name === '') return;
  if (builtin !== undefined && commands.length === 1) {
    builtin(argument);
    return;
  }
  const job = launch(commands, background, line.trim());
  if (background) say(`[${job.number}] ${job.pgid}\n`);
  else foreground(job);
}

if (hasTerminal) {
  while (tcgetpgrp(STDIN_FILENO) !== getpgrp()) kill(0, SIGTTIN); // until somebody puts this shell into the foreground
  for (const signo of JOB_SIGNALS) sigaction(signo, SIG_IGN);
  setpgid(0, getpid()); // EPERM: it leads its session, and is in a group of its own
  tcsetpgrp(STDIN_FILENO, getpgrp());
}
const buffer = Buffer.alloc(4096);
let text = '';
for (;;) {
  reapBackground();
  if (hasTerminal) say('$ ');
  while (!text.includes('\n')) {
    const n = read(STDIN_FILENO, buffer);
    if (n <= 0) leave(0);
    text += buffer.toString('utf8', 0, n);
  }
  const end = text.indexOf('\n');
  const line = text.slice(0, end);
  text = text.slice(end + 1);
  run(line);
}
