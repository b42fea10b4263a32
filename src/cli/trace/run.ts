import { statSync } from 'node:fs';
import { constants as system } from 'node:os';
import { calls } from '../../calls';
import { RLIMIT_NOFILE } from '../../constants';
import { isProgram, placesOf } from '../../find-command';
import { createPosix } from '../../posix';
import { descriptorLimit } from '../../servers/forking/descriptor-limit';
import { type Pid, pidOf, signalIfThere } from '../../signalling';
import { Collector } from '../../trace/collector';
import { type Ended, findStrace, Strace } from '../../trace/strace/command';
import type { TraceOptions } from './options';
import { commandLine, conclude, notUnderstood, THIS_SYSTEM } from './outlets';
import { Voice } from './voice';

/** A command of one's own, traced from its first call to its last. */

/** As shells say it. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** Why a command cannot be started, in one line, and the status that shells have for it; undefined if it can. */
function whyNot(command: string): { readonly why: string; readonly status: number } | undefined {
  const there = placesOf(command).filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
  if (there.length === 0) return { why: `there is no command ${command}`, status: NOT_FOUND };
  if (there.some(isProgram)) return undefined;
  return { why: `${there[0]} is not executable: chmod +x`, status: NOT_EXECUTABLE };
}

/** Node has raised the limit on descriptors, which the command is to have as the shell has it. */
function lowerDescriptorLimit(): void {
  const limit = descriptorLimit(createPosix(calls), undefined);
  if (limit !== undefined) calls.setrlimit(RLIMIT_NOFILE, limit);
}

/** Whether a terminal sends its own Ctrl-C to the command as well: to all of the group in its foreground. */
function isInForeground(): boolean {
  const group = calls.getpgrp();
  return [0, 1, 2].some((fd) => calls.tcgetpgrp(fd) === group);
}

/** Signals for this process that are meant for the command. */
const PASSED_ON = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const;
const FROM_KEYS: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT']);

/** Passes signals on to the command, as long as it runs. */
class PassedOn {
  private pid: number | undefined;
  private readonly early: NodeJS.Signals[] = [];
  private readonly listeners = PASSED_ON.map((signal) => [signal, () => this.came(signal)] as const);

  constructor(
    private readonly hasEnded: () => boolean,
    private readonly say: (text: string) => void,
  ) {
    for (const [signal, listener] of this.listeners) process.on(signal, listener);
  }

  /** The command's pid is known. */
  to(pid: number): void {
    this.pid = pid;
    for (const signal of this.early.splice(0)) this.came(signal);
  }

  end(): void {
    for (const [signal, listener] of this.listeners) process.removeListener(signal, listener);
  }

  /** A program may have become another user. */
  private passOn(pid: Pid, signal: NodeJS.Signals): void {
    try {
      signalIfThere(pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error;
      this.say(`realfork: ${signal} cannot be passed on to ${pid}: EPERM, it is another user's\n`);
    }
  }

  private came(signal: NodeJS.Signals): void {
    if (FROM_KEYS.has(signal) && isInForeground()) return;
    if (this.pid === undefined) this.early.push(signal);
    else if (!this.hasEnded()) this.passOn(pidOf(this.pid, 'the traced command'), signal);
  }
}

/** In a shell's words. */
function statusOf({ status, signal }: Ended): number {
  return signal === null ? (status ?? 1) : 128 + system.signals[signal];
}

export async function traceCommandLine(command: readonly [string, ...string[]], options: TraceOptions): Promise<void> {
  const problem = whyNot(command[0]);
  if (problem !== undefined) {
    process.stderr.write(`realfork: ${problem.why}\n`);
    process.exitCode = problem.status;
    return;
  }
  const tracer = findStrace();
  const voice = new Voice(options.output);
  const passedOn = new PassedOn(
    () => collector.hasRootEnded,
    (text) => voice.say(text),
  );
  const collector: Collector = new Collector({
    all: options.all,
    line: options.quiet ? () => {} : (text) => voice.say(`${text}\n`),
    seesSigaction: true,
    first: (pid) => passedOn.to(pid),
  });
  lowerDescriptorLimit();
  const strace = new Strace({ command }, options.all, (chunk) => collector.take(chunk));
  let ended: Ended;
  try {
    await strace.started();
    ended = await strace.ended();
  } finally {
    passedOn.end();
  }
  collector.end();
  const traced = commandLine(command);
  const left = notUnderstood(collector, 'what strace wrote');
  if (left !== undefined) voice.say(left);
  conclude(collector, { traced, tracer, system: THIS_SYSTEM }, options, (text) => voice.say(text));
  voice.close();
  process.exitCode = statusOf(ended);
}
