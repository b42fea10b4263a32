import { signalName } from '../../describe';
import type { SignalSets } from '../types';

/** The Sig lines of /proc/PID/status: "SigBlk:\t0000000000010000". Bit n - 1 is signal n. proc_pid_status(5) */

/** By the text of the set: most processes of a server have the same few. */
const known = new Map<string, readonly string[]>();

function signalSet(hex: string): readonly string[] {
  const before = known.get(hex);
  if (before !== undefined) return before;
  const names: string[] = [];
  let bits = BigInt(`0x${hex}`);
  for (let signo = 1; bits !== 0n; ++signo, bits >>= 1n) {
    if ((bits & 1n) === 1n) names.push(signalName(signo));
  }
  known.set(hex, names);
  return names;
}

/** In the order of the file. */
const LINES = /\nSigPnd:\t(\w+)\nShdPnd:\t(\w+)\nSigBlk:\t(\w+)\nSigIgn:\t(\w+)\nSigCgt:\t(\w+)\n/;

export function parseSignals(status: string): SignalSets | undefined {
  const found = LINES.exec(status);
  if (found === null) return undefined;
  const [, ofThread = '0', ofProcess = '0', blocked = '0', ignored = '0', caught = '0'] = found;
  return {
    pending: [...new Set([...signalSet(ofThread), ...signalSet(ofProcess)])],
    blocked: signalSet(blocked),
    ignored: signalSet(ignored),
    caught: signalSet(caught),
  };
}
