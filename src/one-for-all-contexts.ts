import { channel, subscribe } from 'node:diagnostics_channel';
import { root } from './addons/files';

const KEPT = Symbol.for(`realfork.kept ${root}`);

/**
 * What a channel of Node's is listened to for. There is one for all contexts that load this package in a process, as each test
 * file of Jest does: it is kept on the channel, which they share. Else each would add its listener to every child.
 */
export function listenOnce<Kept>(name: string, kept: Kept, listener: (message: unknown) => void): Kept {
  const registry = channel(name) as { [KEPT]?: Kept };
  if (registry[KEPT] !== undefined) return registry[KEPT];
  registry[KEPT] = kept;
  subscribe(name, listener);
  return kept;
}
