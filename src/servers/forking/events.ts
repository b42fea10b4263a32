import { writeSync } from 'node:fs';

/** What a forking server tells of itself. Addresses and statuses are in words, as in its lines. */
export type ServerEvent =
  | { readonly event: 'listening'; readonly address: string; readonly pid: number }
  | { readonly event: 'status'; readonly children: number; readonly limit: number }
  | { readonly event: 'start'; readonly pid: number; readonly from: string }
  /** `status`: what exit(2) was given; `signal`: what killed it. One of them. */
  | {
      readonly event: 'end';
      readonly pid: number;
      readonly from: string;
      readonly status?: number;
      readonly signal?: string;
    }
  | { readonly event: 'refused'; readonly from: string; readonly limit: number }
  /** `times`: how often since the last such line. `errno`: its name. */
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
  | { readonly event: 'stopped' };

/** One line, without the program's name: "status: 3/40". The words are tcpserver's where it has them. */
export function serverLine(event: ServerEvent): string {
  switch (event.event) {
    case 'listening':
      return `pid ${event.pid} listening on ${event.address}`;
    case 'status':
      return `status: ${event.children}/${event.limit}`;
    case 'start':
      return `start ${event.pid} from ${event.from}`;
    case 'end':
      return event.signal === undefined
        ? `end ${event.pid} status ${event.status} from ${event.from}`
        : `end ${event.pid} signal ${event.signal} from ${event.from}`;
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
    case 'stopped':
      return 'stopped';
  }
}

/** One write for each event. `name` comes first in each line. */
export function textLog(fd: number, name: string): (event: ServerEvent) => void {
  return (event) => void writeSync(fd, `${name}: ${serverLine(event)}\n`);
}

/** A line of JSON for each event, with its `time` (ISO 8601). */
export function jsonLog(fd: number): (event: ServerEvent) => void {
  return (event) => void writeSync(fd, `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
}
