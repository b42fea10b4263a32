/** How a forking server is. */
export interface ServerStatus {
  readonly pid: number;
  /** Seconds since the server was made. */
  readonly uptime: number;
  /** Children now, and how many there may be. */
  readonly children: number;
  readonly limit: number;
  /** How long the child that is there the longest is there, in seconds; 0 where there is none. */
  readonly longestChild: number;
  /** Connections that were accepted, since the start. */
  readonly accepted: number;
  /** Of them, closed at once as their address had its share. */
  readonly refused: number;
  /** Calls that failed, by call and error: { 'accept EMFILE': 3 }. What is no fault of anybody's, as EINTR, is not counted. */
  readonly errors: Readonly<Record<string, number>>;
}

/** So many kinds of errors are told apart: their codes may come from the program. */
const MOST_KINDS = 100;

/** What is counted as it happens. */
export class Counts {
  accepted = 0;
  refused = 0;
  private readonly failures = new Map<string, number>();

  /** @param name of the error */
  failed(call: string, name: string): void {
    const own = `${call} ${name}`;
    const kind = this.failures.size < MOST_KINDS || this.failures.has(own) ? own : `${call} other`;
    this.failures.set(kind, (this.failures.get(kind) ?? 0) + 1);
  }

  get errors(): Record<string, number> {
    return Object.fromEntries(this.failures);
  }
}

/** Of a label. A name of an error may hold anything. */
const escaped = (value: string): string =>
  value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));

type Metric = readonly [type: 'gauge' | 'counter', help: string, ...samples: readonly (readonly [string, number])[]];

/** The text format of Prometheus, version 0.0.4. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function prometheusText(status: ServerStatus): string {
  const errors = Object.entries(status.errors).map(([kind, count]): readonly [string, number] => {
    const [, call = '', errno = ''] = /^(\S*) (.*)$/s.exec(kind) ?? [];
    return [`{call="${escaped(call)}",errno="${escaped(errno)}"}`, count];
  });
  const metrics: Readonly<Record<string, Metric>> = {
    uptime_seconds: ['gauge', 'Time since the server was made.', ['', status.uptime]],
    children: ['gauge', 'Children now.', ['', status.children]],
    children_limit: ['gauge', 'How many there may be.', ['', status.limit]],
    longest_child_seconds: ['gauge', 'Age of the oldest child.', ['', status.longestChild]],
    accepted_total: ['counter', 'Connections that were accepted.', ['', status.accepted]],
    refused_total: [
      'counter',
      'Connections that were closed at once, as their address had its share.',
      ['', status.refused],
    ],
    errors_total: ['counter', 'Calls that failed.', ...errors],
  };
  return Object.entries(metrics)
    .flatMap(([name, [type, help, ...samples]]) => [
      `# HELP realfork_${name} ${help}`,
      `# TYPE realfork_${name} ${type}`,
      ...samples.map(([labels, value]) => `realfork_${name}${labels} ${value}`),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

/** A line of HTTP; else it is a word. */
const HTTP = /^([A-Z]+) (\S+) HTTP\/\d/;

type Representation = 'metrics' | 'json';

const BODIES: Readonly<Record<Representation, (status: ServerStatus) => string>> = {
  metrics: prometheusText,
  json: (status) => `${JSON.stringify(status)}\n`,
};

const TYPES: Readonly<Record<Representation, string>> = {
  metrics: 'text/plain; version=0.0.4',
  json: 'application/json',
};

/** By the path alone: not the host before it, as a proxy is told that, nor a query. */
function resourceOf(target: string): Representation | undefined {
  const path = target.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/[?#].*$/, '');
  if (path === '/metrics') return 'metrics';
  return ['', '/', '/status'].includes(path) ? 'json' : undefined;
}

function http(status: string, type: string, body: string, isHead: boolean): string {
  const head = [`HTTP/1.1 ${status}`, `Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`];
  return [...head, 'Connection: close', '', isHead ? '' : body].join('\r\n');
}

/** @param request its first line: "GET /metrics HTTP/1.1", "metrics"; any other word asks for JSON */
export function answer(request: string, status: ServerStatus): string {
  const [, method, target] = HTTP.exec(request) ?? [];
  if (method === undefined || target === undefined) {
    return BODIES[request.trim() === 'metrics' ? 'metrics' : 'json'](status);
  }
  const [isHead, resource] = [method === 'HEAD', resourceOf(target)];
  if (resource === undefined) return http('404 Not Found', 'text/plain', 'GET / or GET /metrics\n', isHead);
  if (method !== 'GET' && !isHead) return http('405 Method Not Allowed', 'text/plain', 'GET or HEAD\n', isHead);
  return http('200 OK', TYPES[resource], BODIES[resource](status), isHead);
}
