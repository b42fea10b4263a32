import { checkDescriptor, checkObject, checkText, wrongType } from '../../checked';
import { lineWriter } from './line-writer';

/** What a forking server tells of itself. Addresses and statuses are in words, as in its lines. */
export type ServerEvent =
  | { readonly event: 'listening'; readonly address: string; readonly pid: number }
  | { readonly event: 'status'; readonly children: number; readonly limit: number }
  /** A child was forked for a client. */
  | { readonly event: 'start'; readonly pid: number; readonly from: string }
  /** One was forked that waits for a client. */
  | { readonly event: 'spare'; readonly pid: number }
  /** A child that was there has taken a client. */
  | { readonly event: 'client'; readonly pid: number; readonly from: string }
  /** It has served that, and waits for the next one. `status`: what it would have exited with. */
  | { readonly event: 'served'; readonly pid: number; readonly from: string; readonly status: number }
  /**
   * `status`: what exit(2) was given; `signal`: what killed it. One of them. `from`: the client that it served; undefined: it
   * waited for one.
   */
  | {
      readonly event: 'end';
      readonly pid: number;
      readonly from?: string;
      readonly status?: number;
      readonly signal?: string;
    }
  | { readonly event: 'refused'; readonly from: string; readonly limit: number }
  /** `times`: how often since the last such line. `errno`: its name, or the code with which fork() has refused. */
  | {
      readonly event: 'error';
      readonly call: string;
      readonly errno: string;
      readonly text: string;
      readonly times: number;
    }
  /** A child that another part of the program has made. */
  | { readonly event: 'unknown-child'; readonly pid: number }
  | { readonly event: 'reloaded'; readonly settings: Readonly<Record<string, number>> }
  | { readonly event: 'not-reloaded'; readonly why: string }
  /** Another process serves, started anew; this one ends with its children. */
  | { readonly event: 'restarted'; readonly pid: number; readonly children: number }
  | { readonly event: 'not-restarted'; readonly why: string }
  | { readonly event: 'stopping'; readonly signal: string; readonly children: number; readonly seconds: number }
  | { readonly event: 'killing'; readonly signal: string; readonly children: number }
  /** Events before this one could not be told. */
  | { readonly event: 'lost'; readonly lines: number }
  | { readonly event: 'stopped' };

/**
 * One line, without the program's name: "status: 3/40". The words are tcpserver's where it has them.
 * @throws TypeError ERR_INVALID_ARG_TYPE
 */
export function serverLine(event: ServerEvent): string {
  checkObject('serverLine', 'event', event);
  switch (event.event) {
    case 'listening':
      return `pid ${event.pid} listening on ${event.address}`;
    case 'status':
      return `status: ${event.children}/${event.limit}`;
    case 'start':
      return `start ${event.pid} from ${event.from}`;
    case 'spare':
      return `spare ${event.pid}`;
    case 'client':
      return `client ${event.pid} from ${event.from}`;
    case 'served':
      return `served ${event.pid} status ${event.status} from ${event.from}`;
    case 'end': {
      const how = event.signal === undefined ? `status ${event.status}` : `signal ${event.signal}`;
      return `end ${event.pid} ${how}${event.from === undefined ? '' : ` from ${event.from}`}`;
    }
    case 'refused':
      return `refused ${event.from}: it has ${event.limit} connections already`;
    case 'error':
      return `${event.call}: ${event.errno} (${event.text})${event.times > 1 ? `, ${event.times} times` : ''}`;
    case 'unknown-child':
      return `reaped ${event.pid}, which is no child of this server`;
    case 'reloaded':
      return `reloaded: ${JSON.stringify(event.settings)}`;
    case 'not-reloaded':
      return `not reloaded, the old settings stay: ${event.why}`;
    case 'restarted':
      return `pid ${event.pid} serves from now on; children left here: ${event.children}`;
    case 'not-restarted':
      return `not restarted, this one serves on: ${event.why}`;
    case 'stopping':
      return `${event.signal}: no longer listening; children left: ${event.children}, to finish within ${event.seconds} s`;
    case 'killing':
      return `${event.signal} to all children: ${event.children}`;
    case 'lost':
      return `${event.lines} ${event.lines === 1 ? 'line' : 'lines'} lost`;
    case 'stopped':
      return 'stopped';
    default:
      throw wrongType('serverLine', 'event', 'an event of a forking server', event);
  }
}

/** A function that is told what happens. */
type Log = (event: ServerEvent) => void;

const logs = new WeakSet<Log>();

function writing(fd: number, line: (event: ServerEvent) => string): Log {
  const writer = lineWriter(fd);
  return neverWaiting((event) => writer.write(line(event)));
}

/** Says of a log that it waits for nothing: it may run while the server's signals are blocked. */
export function neverWaiting(log: Log): Log {
  logs.add(log);
  return log;
}

export const neverWaits = (log: Log): boolean => logs.has(log);

const choices = new WeakMap<Log, readonly ServerEvent['event'][]>();

/** Whether a log does something with events of this kind, as far as that is known. */
export const wants = (log: Log, kind: ServerEvent['event']): boolean => choices.get(log)?.includes(kind) ?? true;

/** `log` for some events only. */
export function only(log: Log, events: readonly ServerEvent['event'][]): Log {
  const some = (event: ServerEvent): void => void (events.includes(event.event) && log(event));
  choices.set(some, events);
  return neverWaits(log) ? neverWaiting(some) : some;
}

const late = new WeakMap<ServerEvent, number>();

/** An event that is told so many milliseconds after it has happened. */
export function happenedAgo<Event extends ServerEvent>(event: Event, milliseconds: number): Event {
  late.set(event, milliseconds);
  return event;
}

const timeOf = (event: ServerEvent): Date => new Date(Date.now() - (late.get(event) ?? 0));

/** In one line, whatever a message has in it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f]+/g, ' ');

/**
 * A line for each event, with `name` first. It never waits: a line that the descriptor cannot take now is not written.
 * Where it is a pipe or a terminal, the descriptor is opened anew by /proc, without blocking; what it is, is looked up once.
 * @throws TypeError ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE, Error EBADF;
 *   SyscallError (the function that it gives) EAGAIN, EPIPE, ENOSPC, …: a forking server counts the line as lost
 */
export function textLog(fd: number, name: string): Log {
  checkDescriptor('textLog', 'fd', fd);
  checkText('textLog', 'name', name);
  return writing(fd, (event) => `${oneLine(`${name}: ${serverLine(event)}`)}\n`);
}

/** A line of JSON for each event, with the `time` at which it happened (ISO 8601). Otherwise as textLog. */
export function jsonLog(fd: number): Log {
  checkDescriptor('jsonLog', 'fd', fd);
  return writing(fd, (event) => `${JSON.stringify({ time: timeOf(event).toISOString(), ...event })}\n`);
}
