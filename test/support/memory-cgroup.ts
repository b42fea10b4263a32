import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWhere } from './systems';

/** A control group whose processes have no more memory together than it is limited to. cgroups(7) */

const ROOT = '/sys/fs/cgroup';

/** Of version 1, where memory is a hierarchy of its own, and of version 2: its folder and its files. */
const VERSIONS = [
  { folder: join(ROOT, 'memory'), limit: 'memory.limit_in_bytes', usage: 'memory.usage_in_bytes' },
  { folder: ROOT, limit: 'memory.max', usage: 'memory.current' },
] as const;

export class MemoryCgroup {
  private readonly path: string;
  private readonly files: (typeof VERSIONS)[number];

  /** @throws what the system says where it gives none */
  constructor() {
    const version = VERSIONS.find(({ folder }) => existsSync(join(folder, 'cgroup.procs')));
    if (version === undefined) throw new Error(`no control groups in ${ROOT}`);
    this.path = join(version.folder, `realfork-test-${process.pid}`);
    this.files = version;
    mkdirSync(this.path);
    try {
      this.leave(2 ** 30); // to see whether it may
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** From now on they may take so many bytes more. */
  leave(bytes: number): void {
    const { usage, limit } = this.files;
    const now = Number(readFileSync(join(this.path, usage), 'utf8'));
    writeFileSync(join(this.path, limit), String(now + bytes));
  }

  /** A command that runs another one in it. */
  get wrapper(): string[] {
    return ['sh', '-c', `echo $$ > ${join(this.path, 'cgroup.procs')} && exec "$@"`, 'sh'];
  }

  /** Nobody may be in it any more. */
  remove(): void {
    rmdirSync(this.path);
  }
}

function whyNone(): string | undefined {
  if (process.platform !== 'linux') return 'control groups are Linux';
  try {
    new MemoryCgroup().remove();
    return undefined;
  } catch (error) {
    return `no control group for memory: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const reason = whyNone();

export const describeInMemoryCgroup = describeWhere(reason === undefined, reason ?? '');
