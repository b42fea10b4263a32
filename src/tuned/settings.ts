import { native } from '../native';

/**
 * V8 replaces a loop that has run for long by optimised code, while it runs (--use-osr). What only children do has never run
 * in the loop of a server, so each of them would fall back to unoptimised code there: 45 page faults, a third of what a child
 * costs. A tuned program keeps its loops as they are; functions are optimised as ever, and the loops of its children too.
 *
 * An option of its start, and never changed in it: V8 refuses code that it has cached (`cachedData` of a vm.Script) under other
 * options than those in force.
 */
export const KEEP_LOOPS = '--no-use-osr';

const nodeWasBuilt: Readonly<Record<string, unknown>> = process.config.variables;

/**
 * Whether this Node can put its code on large pages (--use-largepages), and does it when it is told to. It was compiled in for
 * x64, and for an executable of its own, not for a libnode.so; Node 26 still knows the option. Every other says at each start that
 * it does nothing. Node ends with SIGSEGV where the system forbids that code is moved.
 */
const hasLargeCode = (): boolean =>
  process.arch === 'x64' &&
  nodeWasBuilt['node_shared'] !== true &&
  Number.parseInt(process.versions.node, 10) < 25 &&
  native.mayWriteCode();

/**
 * One worker of V8's: two mappings less for each of the others. Code on large pages: no page faults for it in children,
 * and then V8 should not copy its own part of it to small ones.
 */
export function settings(): string[] {
  return [
    '--v8-pool-size=1',
    KEEP_LOOPS,
    ...(hasLargeCode() ? ['--use-largepages=on', '--no-short-builtin-calls'] : []),
  ];
}

/** Whether this program was started with that option, and with none of its own about it. */
export const keepsLoops: boolean = (() => {
  const given = process.execArgv.filter((option) => /^--(no-?)?use[-_]osr$/.test(option));
  return given.length === 1 && given[0] === KEEP_LOOPS;
})();
