/**
 * Lab 14: a shell with job control.
 *
 *     realfork run shell.ts
 *
 * It reads a line, parses it (that is done), starts its commands and waits for them; cd and exit work. It does not know jobs
 * yet: Ctrl-C ends the shell with the command, and it refuses | and &. What is yours is marked TODO.
 */
import {
  _exit,
  chdir,
  close,
  describeStatus,
  dup2,
  errno,
  execvp,
  fork,
  O_APPEND,
  O_CREAT,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  open,
  read,
  STDERR_FILENO,
  STDIN_FILENO,
  STDOUT_FILENO,
  strerror,
  tcgetpgrp,
  waitpid,
  write,
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
/** A pipeline that was started: all its processes are in the process group `pgid`. */
interface Job {
  readonly number: number;
  /** The line that started it. */
  readonly text: string;
  pgid: number;
  /** Its processes that have not ended. */
  readonly states: Map<number, 'running' | 'stopped'>;
  /** What waitpid gave last. */
  status: number;
}

const OPERATORS: Readonly<Record<string, Omit<Redirection, 'path'>>> = {
  '<': { fd: STDIN_FILENO, flags: O_RDONLY },
  '>': { fd: STDOUT_FILENO, flags: O_WRONLY | O_CREAT | O_TRUNC },
  '>>': { fd: STDOUT_FILENO, flags: O_WRONLY | O_CREAT | O_APPEND },
};
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

/** In the child: the command, with its redirections. */
function become({ argv, redirections }: Command): never {
  /* TODO 2: its process group; the terminal, if it is in the foreground; and the default actions of the signals that the
     shell ignores: execve leaves ignored signals ignored. Node ignores SIGPIPE: `yes | head -1` would complain of a broken pipe. */
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

/** Starts all commands of a line at once. */
function launch(commands: readonly Command[], text: string): Job {
  const job: Job = { number: (jobs.at(-1)?.number ?? 0) + 1, text, pgid: 0, states: new Map(), status: 0 };
  for (const command of commands) {
    /* TODO 1: pipe() between each two of them; who closes which end? And setpgid: in the child, or in the shell? */
    const pid = fork();
    if (pid === 0) become(command);
    if (pid === -1) complain('fork');
    else job.states.set(pid, 'running');
    job.pgid ||= pid;
  }
  jobs.push(job);
  return job;
}

/** "[1] running: sleep 60 &", "[1] stopped by SIGTSTP: sleep 60" */
function announce(job: Job): void {
  const isRunning = [...job.states.values()].includes('running');
  say(`[${job.number}] ${isRunning ? 'running' : describeStatus(job.status)}: ${job.text}\n`);
}

/** Waits until the job has ended. */
function foreground(job: Job): void {
  /* TODO 3: tcsetpgrp: the terminal is the job's until it has ended or is stopped (WUNTRACED), then the shell's again. */
  for (const pid of job.states.keys()) job.status = waitpid(pid).status;
  jobs.splice(jobs.indexOf(job), 1);
}

const BUILTINS: Readonly<Record<string, (argument: string | undefined) => void>> = {
  cd: (path = process.env['HOME'] ?? '/') => void (chdir(path) === -1 && complain(path)),
  exit: (status = '0') => leave(Number(status)),
  jobs: () => jobs.forEach(announce),
  /* TODO 5: fg and bg, of the last job or of that with the number: SIGCONT to all of its group; and of fg the terminal. */
};

/** TODO 6: jobs that are left are hung up on: SIGHUP, and SIGCONT, as one that is stopped would not notice. */
function leave(status: number): never {
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
  if (commands.length > 1) {
    say('shell: no pipelines yet\n'); /* TODO 1: see launch */
    return;
  }
  if (background) {
    say('shell: no jobs in the background yet\n'); /* TODO 4: start it, say "[number] pgid". Who reaps it, and when? */
    return;
  }
  foreground(launch(commands, line.trim()));
}

/* TODO 2: a shell that has a terminal leads a process group of its own, which is in the foreground, and ignores SIGINT,
   SIGQUIT, SIGTSTP, SIGTTIN and SIGTTOU. */

const buffer = Buffer.alloc(4096);
let text = '';
for (;;) {
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
