/** What loading the package does to a program: before and after. */
import { readdirSync } from 'node:fs';
import { openDescriptors } from '../support/processes-of-a-run';

const listeners = (): number => process.eventNames().reduce((count, name) => count + process.listenerCount(name), 0);

const look = (): object => ({
  threads: process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0,
  descriptors: openDescriptors().size,
  resources: process.getActiveResourcesInfo(),
  listeners: listeners(),
});

const before = look();
for (const name of ['realfork', 'realfork/c', 'realfork/unp', 'realfork/children']) require(name);
const after = look();
process.stdout.write(`${JSON.stringify({ before, after })}\n`);
