/** Signals that a fault raises, and those that only look like it. */
import { rmSync, truncateSync } from 'node:fs';
import { signalName } from 'realfork';
import {
  getpid,
  kill,
  raise,
  SA_ONSTACK,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGSEGV,
  SIGTRAP,
  SIGUSR1,
  sigaction,
} from 'realfork/c';
import { loadCopy, runCode, SIGALTSTACK } from '../support/machine-code';
import { inChild, reap, report, scenarios } from '../support/scenarios';
import { LOADER } from '../support/web-assembly';

const FAULTS = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };

/** Calls a function whose page of the program is no more: its file has been truncated. SIGBUS, mmap(2) */
function truncated(): void {
  const { file, addon } = loadCopy();
  truncateSync(file, 0);
  addon.getpid();
}

/** x86-64: hlt is privileged (SIGSEGV), 0x06 no instruction at all (SIGILL); int3, a breakpoint, does not fault twice. */
const FAULTING: Readonly<Record<string, () => void>> = {
  SIGBUS: truncated,
  SIGSEGV: () => runCode(0xf4),
  SIGTRAP: () => runCode(0xcc),
  SIGILL: () => runCode(0x06),
  SIGFPE: () => runCode(0x31, 0xc9, 0x31, 0xc0, 0x99, 0xf7, 0xf9), // xor ecx, ecx; xor eax, eax; cdq; idiv ecx
};

function handleAll(): void {
  for (const signo of Object.values(FAULTS)) sigaction(signo, () => report(`handled ${signalName(signo)}`));
}

scenarios({
  fault(name = '') {
    handleAll();
    const child = inChild(() => FAULTING[name]?.());
    report(reap(child));
    rmSync('copy.node', { force: true });
  },

  /** In a process that has never forked. */
  faultHere(name = '') {
    handleAll();
    FAULTING[name]?.();
  },

  killed() {
    handleAll();
    for (const signo of Object.values(FAULTS)) kill(getpid(), signo);
  },

  /** The thread has an alternate stack, and the handler asks for it. */
  onStack() {
    runCode(...SIGALTSTACK);
    const seen: unknown[] = [];
    sigaction(SIGUSR1, {
      handler() {
        const deep = (left: number): number => (left === 0 ? 0 : 1 + deep(left - 1));
        seen.push(deep(1000), JSON.stringify(Array.from({ length: 1000 }, String)).length);
      },
      flags: SA_ONSTACK,
    });
    for (let i = 0; i < 100; ++i) raise(SIGUSR1);
    const old = sigaction(SIGUSR1);
    report({ runs: seen.length / 2, first: seen.slice(0, 2), flags: old !== -1 && old.flags === SA_ONSTACK });
  },

  /** An out-of-bounds load of WebAssembly, which V8 on x86-64 and arm64 finds out by SIGSEGV. */
  trap(where = '') {
    handleAll();
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(LOADER));
    const load = exports['load'] as (address: number) => number;
    const attempt = (): void => {
      const results = [0, 65_536, 0x7fff_0000, -16].map((address) => {
        try {
          return load(address);
        } catch (error) {
          return error instanceof WebAssembly.RuntimeError ? 'RuntimeError' : String(error);
        }
      });
      report(results);
    };
    if (where === 'child') reap(inChild(attempt));
    else attempt();
  },
});
