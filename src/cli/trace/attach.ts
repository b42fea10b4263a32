import { observe } from '../../observe';
import type { Pid } from '../../signalling';
import { Collector } from '../../trace/collector';
import { findStrace, Strace, threadsOf } from '../../trace/strace/command';
import type { TraceOptions } from './options';
import { conclude, notUnderstood, THIS_SYSTEM } from './outlets';
import { Voice } from './voice';

/** A process that runs already. SIGINT lets it go, and it goes on. */

/** What is known of it before anything of it is seen. */
function knownOf(pid: Pid): Pick<ConstructorParameters<typeof Collector>[0], 'owners' | 'caught'> {
  const [process] = observe([pid]).processes;
  if (process === undefined) throw new Error(`there is no process ${pid}`);
  const { signals } = process;
  return {
    owners: new Map(threadsOf(pid).map((thread) => [thread, pid])),
    ...(signals === undefined ? {} : { caught: new Map([[pid, signals.caught]]) }),
  };
}

const LETS_GO = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export async function traceProcess(pid: Pid, options: TraceOptions): Promise<void> {
  const tracer = findStrace();
  const known = knownOf(pid);
  const voice = new Voice(options.output);
  const collector = new Collector({
    all: options.all,
    line: options.quiet ? () => {} : (text) => voice.say(`${text}\n`),
    seesSigaction: true,
    ...known,
  });
  let isLetGo = false;
  const strace = new Strace(
    { attach: pid },
    options.all,
    (chunk) => collector.take(chunk),
    () => voice.say(`realfork: attached to ${pid}; Ctrl-C lets it go\n`),
  );
  const letGo = (): void => {
    isLetGo = true;
    strace.letGo();
  };
  for (const signal of LETS_GO) process.on(signal, letGo);
  let status: number | null;
  try {
    await strace.started();
    ({ status } = await strace.ended());
  } finally {
    for (const signal of LETS_GO) process.removeListener(signal, letGo);
  }
  if (!strace.isAttached && !isLetGo) throw new Error(`strace cannot attach to ${pid}: ${strace.reason}`);
  collector.end();
  const left = notUnderstood(collector, 'what strace wrote');
  if (left !== undefined) voice.say(left);
  conclude(collector, { traced: `process ${pid}`, tracer, system: THIS_SYSTEM }, options, (text) => voice.say(text));
  voice.close();
  process.exitCode = isLetGo ? 0 : (status ?? 0);
}
