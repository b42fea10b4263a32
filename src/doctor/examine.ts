import type { Finding } from './finding';
import { forkFinding } from './fork';
import { kernelFinding, limitsFinding, procFinding, somaxconnFinding } from './machine';
import { dontfork, memoryFinding } from './memory';
import { descriptorsFinding, signalsFinding, thisProcess } from './process';
import { threadsFinding } from './threads';

/** All that matters here of the machine and of this Node. What a system does not tell is left out. */
export function examine(): Finding[] {
  const before = dontfork();
  const threads = threadsFinding();
  const made = forkFinding();
  const after = dontfork();
  const seen = thisProcess();
  return [
    ...procFinding(),
    made,
    threads,
    ...(before === undefined || after === undefined ? [] : [memoryFinding(before, after)]),
    ...(seen === undefined ? [] : [...signalsFinding(seen.self), ...descriptorsFinding(seen.self, seen.files)]),
    limitsFinding(),
    ...somaxconnFinding(),
    ...kernelFinding(),
  ];
}
