import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { findCommand } from '#src/find-command.js';

/** What is expected goes by the operating system: by a table, not by an `if` in a test. */
export type PerSystem<Value> = Readonly<Partial<Record<NodeJS.Platform, Value>>>;

/** The same on all that the package supports. */
export function same<Value>(value: Value): PerSystem<Value> {
  return { linux: value, freebsd: value };
}

/** The rows of a table that say what this system does. */
export function onThisSystem<Value>(table: Readonly<Record<string, PerSystem<Value>>>): [string, Value][] {
  return Object.entries(table).flatMap(([name, systems]) => {
    const value = systems[process.platform];
    return value === undefined ? [] : [[name, value]];
  });
}

/** The name of what is skipped, with the reason, as test/support/skipped.ts finds it. */
export function skippedName(name: string, reason: string): string {
  return `${name} [skipped: ${reason}]`;
}

/** A test where the machine has what it needs; elsewhere one that is reported as skipped, with the reason. */
export function testWhere(has: boolean, reason: string): (name: string, run: () => Promise<void>) => void {
  return has ? test : (name, run) => test.skip(skippedName(name, reason), run);
}

/** The same for a group of tests. */
export function describeWhere(has: boolean, reason: string): (name: string, tests: () => void) => void {
  return has ? describe : (name, tests) => describe.skip(skippedName(name, reason), tests);
}

/** A test with a command that a machine need not have. */
export function testWith(command: string): (name: string, run: () => Promise<void>) => void {
  return testWhere(findCommand(command) !== undefined, `there is no ${command}`);
}

/** Whether strace(1) may trace: a container may have forbidden ptrace(2). */
function mayTrace(): boolean {
  return spawnSync('strace', ['-f', '-e', 'trace=none', 'true']).status === 0;
}

/** A test with strace(1), which may be there and not allowed to trace. */
export function testWithStrace(): (name: string, run: () => Promise<void>) => void {
  if (findCommand('strace') === undefined) return testWith('strace');
  return testWhere(mayTrace(), 'strace may not trace');
}

/** Whether C programs can be traced: with strace(1) and a C compiler. */
export function hasStraceAndCc(): boolean {
  return findCommand('strace') !== undefined && findCommand('cc') !== undefined && mayTrace();
}

export const WANTS_STRACE_AND_CC = 'there have to be strace, which may trace, and a C compiler (cc)';

/** Tests that trace C programs. */
export function describeWithStraceAndCc(): (name: string, tests: () => void) => void {
  return describeWhere(hasStraceAndCc(), WANTS_STRACE_AND_CC);
}

/** A test in which strace(1) comes to a process that runs already, and is not its own: Yama may forbid that. ptrace(2) */
export function whereStraceAttaches(): ReturnType<typeof testWithStrace> {
  const scope = '/proc/sys/kernel/yama/ptrace_scope';
  const mayAttach = !existsSync(scope) || process.geteuid?.() === 0 || readFileSync(scope, 'utf8').trim() === '0';
  return mayAttach ? testWithStrace() : testWhere(false, `${scope} forbids strace -p`);
}
