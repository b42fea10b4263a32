import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where the addons are: as they were built on this machine, in build/Release, or as the package brings them, in prebuilds/.
 * `quiesce` has a file for each Node that it knows, as it reaches V8; the others are good for every Node (Node-API).
 */

/** The directory of this package; of the bundle, where it has been bundled into one. */
export const root = join(__dirname, '..', '..');

export const BUILT = join(root, 'build', 'Release');
export const PREBUILDS = join(root, 'prebuilds');

/** An address in ELF's headers, elf(5). All that Node 20 runs on and this package is brought for have 64 bits, little end first. */
const ELF = { programHeaders: 32, headerSize: 54, headers: 56, offset: 8, size: 32, INTERPRETER: 3 } as const;

/** The program interpreter that an executable file names: "/lib64/ld-linux-x86-64.so.2"; '' if it names none. */
function interpreterOf(executable: string): string {
  const fd = openSync(executable, 'r');
  try {
    const read = (from: number, size: number): Buffer => {
      const bytes = Buffer.alloc(size);
      return bytes.subarray(0, readSync(fd, bytes, 0, size, from));
    };
    const header = read(0, 64);
    if (header.length < 64 || header.toString('latin1', 1, 4) !== 'ELF') return '';
    const size = header.readUInt16LE(ELF.headerSize);
    const table = read(Number(header.readBigUInt64LE(ELF.programHeaders)), size * header.readUInt16LE(ELF.headers));
    for (let at = 0; at + size <= table.length; at += size) {
      if (table.readUInt32LE(at) !== ELF.INTERPRETER) continue;
      const [from, length] = [table.readBigUInt64LE(at + ELF.offset), table.readBigUInt64LE(at + ELF.size)];
      return read(Number(from), Number(length)).toString('latin1').replace(/\0$/, '');
    }
    return '';
  } finally {
    closeSync(fd);
  }
}

/** Which C library this Node is linked with. The system's own may be another, and another may be installed beside it. */
export function usesMusl(executable: string = process.execPath): boolean {
  try {
    return interpreterOf(executable).includes('/ld-musl-');
  } catch {
    return false; // a Node that may be run and not read
  }
}

/** As the directories of prebuilds/ are named. */
export function platformName(): string {
  const musl = process.platform === 'linux' && usesMusl() ? '-musl' : '';
  return `${process.platform}-${process.arch}${musl}`;
}

/** All of them come from one build: one addon knows what the other is made of. */
const isBuilt = existsSync(join(BUILT, 'realfork.node'));

/** The file of a target of binding.gyp. Whether there is one has not been looked at. */
export function addonFile(target: string): string {
  if (isBuilt) return join(BUILT, `${target}.node`);
  const abi = target === 'quiesce' ? `.abi${process.versions.modules}` : '';
  return join(PREBUILDS, platformName(), `${target}${abi}.node`);
}

/** The ABIs of Node that the package brings an addon for, for this platform, in rising order. */
export function prebuiltAbis(): number[] {
  const directory = join(PREBUILDS, platformName());
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .map((name) => Number(/^quiesce\.abi(\d+)\.node$/.exec(name)?.[1]))
    .filter((abi) => abi > 0)
    .sort((one, other) => one - other);
}
