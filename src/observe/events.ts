import { writeSync } from 'node:fs';
import { describeArguments, describeResult, signalName } from '../describe';
import { errnoName } from '../errno';

/**
 * What happened, as one stream: every process of a run writes its events to one inherited descriptor,
 * a line of JSON each. Tables, timelines, drawings and graders are all made from it.
 */
interface EventBase {
  /** CLOCK_MONOTONIC in microseconds: the same clock in every process of the machine. Of a tracer's: since its first line. */
  readonly t: number;
  readonly pid: number;
  /** The kernel's number of the thread, where a tracer tells, and it is not the first one. */
  readonly thread?: number;
}

/** A system call is about to be made. */
export interface EnterEvent extends EventBase {
  readonly kind: 'enter';
  readonly call: string;
  /** As text: "18", "-1, WNOHANG". */
  readonly args: string;
}

/** A system call has returned. */
export interface CallEvent extends EventBase {
  readonly kind: 'call';
  readonly call: string;
  readonly args: string;
  /** The result if it is a number (of wait and waitpid the pid), -1 if the call failed. */
  readonly result?: number;
  /** The result as text: "4713, exited 0". */
  readonly shown: string;
  /** "EINTR", if the call failed. */
  readonly errno?: string;
}

/** A handler begins, or has returned. */
export interface SignalEvent extends EventBase {
  readonly kind: 'signal';
  readonly signal: string;
  readonly phase: 'handler' | 'return';
  /** Who sent it, or which child SIGCHLD is about, where a tracer tells. */
  readonly from?: number;
}

/** A server listens: the address that the kernel gave it. */
export interface ListeningEvent extends EventBase {
  readonly kind: 'listening';
  readonly address: string;
  readonly port: number | undefined;
}

/** A process ends by itself. */
export interface ExitEvent extends EventBase {
  readonly kind: 'exit';
  readonly status: number;
}

/** A signal has ended a process, as a tracer tells: it says nothing itself. */
export interface KilledEvent extends EventBase {
  readonly kind: 'killed';
  readonly signal: string;
  /** Whether it left a core. */
  readonly core: boolean;
}

/** What a process is in its run: "server", "client 1". Those that say nothing are what fork made them. */
export interface RoleEvent extends EventBase {
  readonly kind: 'role';
  readonly role: string;
}

/** What a program saw that is no call: "errno() after the handler": "ECHILD". */
export interface NoteEvent extends EventBase {
  readonly kind: 'note';
  readonly name: string;
  readonly value: string | number | boolean;
}

export type Event =
  | EnterEvent
  | CallEvent
  | SignalEvent
  | ListeningEvent
  | ExitEvent
  | KilledEvent
  | RoleEvent
  | NoteEvent;

/** Where events go. */
export type Sink = (event: Event) => void;

/** CLOCK_MONOTONIC, in microseconds. */
export function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}

export function enterEvent(call: string, args: readonly unknown[]): EnterEvent {
  return { kind: 'enter', t: monotonic(), pid: process.pid, call, args: describeArguments(call, args) };
}

export function callEvent(call: string, args: readonly unknown[], result: unknown): CallEvent {
  const event = { kind: 'call', t: monotonic(), pid: process.pid, call, args: describeArguments(call, args) } as const;
  if (typeof result === 'number' && result < 0) {
    return { ...event, result: -1, shown: '-1', errno: errnoName(result) };
  }
  const number = typeof result === 'number' ? result : (result as { pid?: unknown } | null | undefined)?.pid;
  const shown = describeResult(call, result);
  return typeof number === 'number' ? { ...event, result: number, shown } : { ...event, shown };
}

export function signalEvent(signo: number, phase: SignalEvent['phase']): SignalEvent {
  return { kind: 'signal', t: monotonic(), pid: process.pid, signal: signalName(signo), phase };
}

/** "killed by SIGSEGV (core dumped)", as wait(2) tells it. */
export function killedText({ signal, core }: KilledEvent): string {
  return `killed by ${signal}${core ? ' (core dumped)' : ''}`;
}

/** "[4711] accept(18) = -1 EINTR"; nothing for what is only a step to the next line. */
export function eventLine(event: Event): string | undefined {
  const who = `[${event.pid}${event.thread === undefined ? '' : `:${event.thread}`}]`;
  switch (event.kind) {
    case 'enter':
      return undefined;
    case 'call':
      return `${who} ${event.call}(${event.args}) = ${event.shown}${event.errno === undefined ? '' : ` ${event.errno}`}`;
    case 'signal':
      if (event.phase !== 'handler') return undefined;
      return `${who} ${event.signal}${event.from === undefined ? '' : ` from ${event.from}`} → handler`;
    case 'listening':
      return `${who} listening on ${event.address}`;
    case 'exit':
      return `${who} exit(${event.status})`;
    case 'killed':
      return `${who} ${killedText(event)}`;
    case 'role':
      return undefined;
    case 'note':
      return `${who} ${event.name}: ${event.value}`;
  }
}

/**
 * One write for each event, so that the lines of several processes do not mix. By node:fs and not by
 * our own write(): tracing must not add a place where a signal handler may run.
 */
function lineSink(fd: number, line: (event: Event) => string | undefined): Sink {
  return (event) => {
    const text = line(event);
    if (text !== undefined) writeSync(fd, `${text}\n`);
  };
}

/** For people. */
export function textSink(fd: number): Sink {
  return lineSink(fd, eventLine);
}

/** For programs. A line is shorter than PIPE_BUF, as its arguments are shown short. */
export function jsonSink(fd: number): Sink {
  return lineSink(fd, (event) => JSON.stringify(event));
}

export function bothSinks(first: Sink, second: Sink): Sink {
  return (event) => {
    first(event);
    second(event);
  };
}

/** The events of a stream, from its text. */
export function parseEvent(line: string): Event {
  return JSON.parse(line) as Event;
}
