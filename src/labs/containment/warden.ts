/**
 * A process that runs one program of a student's, and ends with all that came of it. It stands between the two, so that a
 * program that kills its parent kills this one, and so that nothing that it leaves gets away: this is its reaper.
 *
 * Run: node warden.js PLAN, with the program's descriptors as 0 to 3, and a socket to the grader as 4.
 */
import { openSync, rmSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { calls } from '../../calls';
import { F_SETFD, FD_CLOEXEC, WNOHANG } from '../../constants';
import { signalName } from '../../describe';
import { SyscallError } from '../../errno';
import { allProcesses } from '../../observe/processes';
import { withDescendants } from '../../observe/tree';
import { WEXITSTATUS, WIFEXITED, WTERMSIG } from '../../wait-status';
import { becomeProgram } from './become-program';
import { cgroupRemoved, killCgroup } from './cgroup';
import { CONTROL, EVENTS, type Plan, type Report, STOP } from './plan';
import { becomeReaper } from './reaper';
import { sweep } from './sweep';
import { threadsOfMachine } from './threads';
import { tracerOf } from './tracer-of';

/** Between two looks at how many processes there are, in milliseconds. */
const CENSUS_MS = 50;

const plan = JSON.parse(process.argv[2] ?? '') as Plan;

/** Until the socket is closed, by either of the two. */
let isHeard = true;

function tell(report: Report): void {
  if (!isHeard) return;
  try {
    writeSync(CONTROL, `${JSON.stringify(report)}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error; // the grader has ended: so will this
  }
}

process.on('uncaughtException', (error) => {
  tell({ kind: 'failed', why: String(error.stack) });
  process.exit(1);
});

becomeReaper();
calls.fcntl(CONTROL, F_SETFD, FD_CLOEXEC); // the program is not to speak for the warden
const warden = process.pid;
const program = calls.fork();
if (program < 0) throw new SyscallError('fork', program);
if (program === 0) becomeProgram(warden, plan);

// The program's end of the pipes is the only one: they end with it.
const nothing = openSync('/dev/null', 'r+');
for (let fd = 0; fd <= EVENTS; ++fd) calls.dup2(nothing, fd);
tell({ kind: 'started', pid: program });

/** Orphans too: a zombie of the warden's would be taken for one that the program left. */
function reap(): void {
  for (;;) {
    const result = calls.waitpid(-1, WNOHANG);
    if (typeof result === 'number' || result.pid === 0) return; // ECHILD, or all live
    if (result.pid !== program) continue;
    const { status } = result;
    if (WIFEXITED(status)) tell({ kind: 'ended', status: WEXITSTATUS(status), signal: null });
    else tell({ kind: 'ended', status: null, signal: signalName(WTERMSIG(status)) as NodeJS.Signals });
  }
}
process.on('SIGCHLD', reap);
reap(); // it may have ended before the handler was there

/** A grader that is traced by the program stands still for as long as that likes: nobody else would end it. ptrace(2) */
function graderIsTraced(): boolean {
  const by = tracerOf(process.ppid);
  if (by === undefined || !withDescendants(allProcesses(), [warden]).some(({ pid }) => pid === by)) return false;
  tell({ kind: 'grader traced', by });
  return true;
}

const threadsBefore = threadsOfMachine();
const census = setInterval(() => {
  if (graderIsTraced()) {
    void end();
    return;
  }
  // A look at each process is needed only when there are more.
  if ((threadsOfMachine() ?? Infinity) < (threadsBefore ?? 0) + plan.limits.processes) return;
  const count = withDescendants(allProcesses(), [process.pid]).length - 1;
  if (count <= plan.limits.processes) return;
  tell({ kind: 'too many processes', count });
  void end();
}, CENSUS_MS);

let ending: Promise<void> | undefined;

/** Ends all of it, once. */
function end(): Promise<void> {
  ending ??= endAll();
  return ending;
}

async function endAll(): Promise<void> {
  clearInterval(census);
  for (const cgroup of plan.cgroups) killCgroup(cgroup);
  const left = await sweep(() => true, reap);
  if (left.length > 0) tell({ kind: 'left', pids: left.map(({ pid }) => pid) });
  control.destroy();
}

const control = new Socket({ fd: CONTROL });
control.setEncoding('utf8');
let wasTold = false;
control.on('data', (text: string) => {
  wasTold ||= text.includes(STOP);
  void end();
});
control.on('error', () => {}); // a reset is the end as well
control.on('close', async () => {
  isHeard = false;
  await end();
  if (!wasTold) {
    // The grader was killed: nobody else will.
    await Promise.all(plan.cgroups.map(cgroupRemoved));
    rmSync(plan.around, { recursive: true, force: true });
  }
  process.exit(0);
});
