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

/** What is counted as it happens. */
export class Counts {
  accepted = 0;
  refused = 0;
  private readonly failures = new Map<string, number>();

  /** @param name of the error */
  failed(call: string, name: string): void {
    const kind = `${call} ${name}`;
    this.failures.set(kind, (this.failures.get(kind) ?? 0) + 1);
  }

  get errors(): Record<string, number> {
    return Object.fromEntries(this.failures);
  }
}

type Metric = readonly [type: 'gauge' | 'counter', help: string, ...samples: readonly (readonly [string, number])[]];

/** The text format of Prometheus, version 0.0.4. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function prometheusText(status: ServerStatus): string {
  const errors = Object.entries(status.errors).map(([kind, count]): readonly [string, number] => {
    const [call = '', errno = ''] = kind.split(' ');
    return [`{call="${call}",errno="${errno}"}`, count];
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

/** What asks: a line of HTTP, or a word. */
const HTTP = /^GET (\S*) HTTP\/1\./;

/** @param request its first line: "GET /metrics HTTP/1.1", "metrics"; all else asks for JSON */
export function answer(request: string, status: ServerStatus): string {
  const [, path] = HTTP.exec(request) ?? [];
  const isMetrics = /^\/?metrics$/.test(path ?? request.trim());
  const body = isMetrics ? prometheusText(status) : `${JSON.stringify(status)}\n`;
  if (path === undefined) return body;
  const type = isMetrics ? 'text/plain; version=0.0.4' : 'application/json';
  const head = ['HTTP/1.1 200 OK', `Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`];
  return [...head, 'Connection: close', '', body].join('\r\n');
}
