import { closeSync, copyFileSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { addonFile } from '#src/addons/files.js';

interface Addon {
  getpid(): number;
}

/** Another copy of the addon, which can be spoilt without harm to the one in use. */
export function loadCopy(): { file: string; addon: Addon } {
  const file = join(process.cwd(), 'copy.node');
  copyFileSync(addonFile('realfork'), file);
  const module: { exports: Partial<Addon> } = { exports: {} };
  process.dlopen(module, file);
  const { getpid: loaded } = module.exports;
  if (loaded === undefined) throw new Error('the copy has no getpid');
  return { file, addon: { getpid: loaded } };
}

const NOP = 0x90;

/** x86-64: xor eax, eax; ret. A call that gives undefined. */
const RETURN = [0x31, 0xc0, 0xc3];

/**
 * Runs instructions of x86-64 in a call from JavaScript, and returns after them: it overwrites the code of the copy, by
 * /proc/self/mem, which heeds no protection. Whatever is called there runs through to its end. Afterwards the code is as it
 * was: the end of a worker_thread calls it.
 */
export function runCode(...instructions: readonly number[]): void {
  const { file, addon } = loadCopy();
  const code = Buffer.from([...instructions, ...RETURN]);
  const memory = openSync('/proc/self/mem', 'r+');
  const original: { readonly start: number; readonly block: Buffer }[] = [];
  for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
    const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) r-xp .*copy\.node/.exec(line) ?? [];
    if (from === '') continue;
    const start = Number.parseInt(from, 16);
    const block = Buffer.alloc(Number.parseInt(to, 16) - start);
    readSync(memory, block, 0, block.length, start);
    original.push({ start, block: Buffer.from(block) });
    block.fill(NOP);
    code.copy(block, block.length - code.length);
    writeSync(memory, block, 0, null, start);
  }
  rmSync(file);
  addon.getpid();
  for (const { start, block } of original) writeSync(memory, block, 0, block.length, start);
  closeSync(memory);
}

/** Little-endian, 32 bits. */
const word = (value: number): number[] => [
  value & 0xff,
  (value >> 8) & 0xff,
  (value >> 16) & 0xff,
  (value >> 24) & 0xff,
];

const SYSCALL = [0x0f, 0x05];

/** vfork(2): this thread sleeps in the kernel, where no signal reaches it, until the child, which pauses, is killed. */
export const VFORK: readonly number[] = [
  ...[0xb8, ...word(58), ...SYSCALL], // mov eax, SYS_vfork
  ...[0x85, 0xc0], // test eax, eax
  ...[0x75, 0x07 + 0x0b], // jnz: the parent
  ...[0xb8, ...word(34), ...SYSCALL], // mov eax, SYS_pause
  ...[0x31, 0xff, 0xb8, ...word(231), ...SYSCALL, 0x90, 0x90], // xor edi, edi; mov eax, SYS_exit_group
];

/** sigaltstack(2): this thread has an alternate stack of 64 KiB from here on. */
export const SIGALTSTACK: readonly number[] = [
  ...[0xb8, ...word(9)], // mov eax, SYS_mmap
  ...[0x31, 0xff, 0xbe, ...word(0x10000), 0xba, ...word(3)], // 0, 64 KiB, PROT_READ | PROT_WRITE
  ...[0x41, 0xba, ...word(0x22), 0x41, 0xb8, ...word(-1), 0x45, 0x31, 0xc9], // MAP_PRIVATE | MAP_ANONYMOUS, -1, 0
  ...SYSCALL,
  ...[0x48, 0x83, 0xec, 0x18, 0x48, 0x89, 0x04, 0x24], // a stack_t on the stack: ss_sp
  ...[0x48, 0xc7, 0x44, 0x24, 0x08, ...word(0)], // ss_flags
  ...[0x48, 0xc7, 0x44, 0x24, 0x10, ...word(0x10000)], // ss_size
  ...[0x48, 0x89, 0xe7, 0x31, 0xf6, 0xb8, ...word(131), ...SYSCALL], // mov rdi, rsp; mov eax, SYS_sigaltstack
  ...[0x48, 0x83, 0xc4, 0x18],
];
