import type { CallBar, Lane } from './timeline/model';

/**
 * What calls are about, whatever numbers they have: "close(<accept>)" closes what accept gave, as close(4) does in one program and
 * close(19) in another.
 */

/** Calls that give a descriptor. */
const GIVES: ReadonlySet<string> = new Set(['socket', 'accept', 'open', 'openat', 'dup', 'epoll_create', 'signalfd']);
/** By descriptor, the call that gave it. */
type Origins = Map<string, string>;

/** Numbers of processes and ports, and of descriptors that nobody has given, differ from run to run. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/\d+/g, '#');
}

function shapeOf({ call, args }: CallBar, origins: Origins): string {
  const [descriptor = ''] = /^\d+(?=,|$)/.exec(args) ?? [];
  const origin = origins.get(descriptor);
  const rest = withoutNumbers(origin === undefined ? args : args.slice(descriptor.length));
  return `${call}(${origin === undefined ? '' : `<${origin}>`}${rest})`;
}

/** The shapes of the bars of each lane, by its id. Lanes of children come after those of their parents. */
export function shapesOf(lanes: readonly Lane[]): ReadonlyMap<number, readonly string[]> {
  const inherited = new Map<string, Origins>();
  return new Map(
    lanes.map(({ id, pid, bars }) => {
      const origins: Origins = new Map(inherited.get(String(pid)));
      const shapes = bars.map((bar) => {
        if (bar.kind === 'handler') return bar.signal;
        const shape = shapeOf(bar, origins);
        const { call, shown = '', errno } = bar;
        if (errno === undefined && GIVES.has(call)) origins.set(shown, call);
        if (call === 'fork' || call === 'vfork') inherited.set(shown, new Map(origins));
        return shape;
      });
      return [id, shapes];
    }),
  );
}
