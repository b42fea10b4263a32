/** Signals that a fault raises, and those that only look like it. */
import { copyFileSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { signalName } from 'realfork';
import { getpid, kill, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP, sigaction } from 'realfork/c';
import { inChild, reap, report, scenarios } from '../support/scenarios';
import { LOADER } from '../support/web-assembly';

const FAULTS = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };

interface Addon {
  getpid(): number;
}

/** Another copy of the addon, which can be spoilt without harm to the one in use. */
function loadCopy(): { file: string; addon: Addon } {
  const file = join(process.cwd(), 'copy.node');
  copyFileSync(join(__dirname, '../../../build/Release/realfork.node'), file);
  const module: { exports: Partial<Addon> } = { exports: {} };
  process.dlopen(module, file);
  const { getpid: loaded } = module.exports;
  if (loaded === undefined) throw new Error('the copy has no getpid');
  return { file, addon: { getpid: loaded } };
}

/** Calls a function whose page of the program is no more: its file has been truncated. SIGBUS, mmap(2) */
function truncated(): void {
  const { file, addon } = loadCopy();
  truncateSync(file, 0);
  addon.getpid();
}

/** Overwrites the code of the copy with an instruction that faults, by /proc/self/mem, which heeds no protection. */
function overwritten(instruction: number): void {
  const { file, addon } = loadCopy();
  const memory = openSync('/proc/self/mem', 'r+');
  for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
    const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) r-xp .*copy\.node/.exec(line) ?? [];
    if (from === '') continue;
    const start = Number.parseInt(from, 16);
    writeSync(memory, Buffer.alloc(Number.parseInt(to, 16) - start, instruction), 0, null, start);
  }
  rmSync(file);
  addon.getpid();
}

/** x86-64: hlt is privileged (SIGSEGV), int3 a breakpoint (SIGTRAP), 0x06 no instruction at all (SIGILL). */
const FAULTING: Readonly<Record<string, () => void>> = {
  SIGBUS: truncated,
  SIGSEGV: () => overwritten(0xf4),
  SIGTRAP: () => overwritten(0xcc),
  SIGILL: () => overwritten(0x06),
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
