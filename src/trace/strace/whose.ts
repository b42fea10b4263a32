import type { Line } from './line';

/**
 * Whose lines they are that name no process. strace without -o names none as long as there is but one; so the number of the
 * first is known only from the first line that names it, and lines before that are kept until then.
 */
export class Whose {
  private readonly announced = new Set<number>();
  private readonly alive = new Set<number>();
  private root: number | undefined;
  private held: { readonly line: Line; readonly take: (pid: number) => void }[] | undefined = [];

  /** @param take is called with the pid, at once or when it is known */
  of(line: Line, take: (pid: number) => void): void {
    const { pid, body } = line;
    if (body.kind === 'attached') {
      this.announced.add(body.pid);
      this.alive.add(body.pid);
      return;
    }
    if (pid !== undefined) this.named(pid);
    const owner = pid ?? this.sole();
    if (owner === undefined) {
      this.held?.push({ line, take });
      return;
    }
    if (body.kind === 'exited' || body.kind === 'killed') this.alive.delete(owner);
    else if (pid !== undefined) this.alive.add(pid);
    take(owner);
  }

  /** At the end: a process whose number was never named has none. */
  end(): void {
    if (this.root === undefined) this.found(this.told() ?? 0);
  }

  /** A call that gives the pid of its own process, for want of others. */
  private told(): number | undefined {
    for (const { line } of this.held ?? []) {
      const { body } = line;
      if (body.kind !== 'call' || !/^(?:set_tid_address|getpid|gettid)$/.test(body.call)) continue;
      const pid = Number(body.result.value);
      if (Number.isSafeInteger(pid) && pid > 0) return pid;
    }
    return undefined;
  }

  private named(pid: number): void {
    if (this.root === undefined && !this.announced.has(pid)) this.found(pid);
  }

  private found(pid: number): void {
    this.root = pid;
    this.alive.add(pid);
    const held = this.held ?? [];
    this.held = undefined;
    for (const { line, take } of held) {
      if (line.body.kind === 'exited' || line.body.kind === 'killed') this.alive.delete(pid);
      take(pid);
    }
  }

  /** The one that is left; the first, where others are too: lines without a pid are of the time before them. */
  private sole(): number | undefined {
    if (this.root === undefined) return undefined;
    const [only] = this.alive;
    return this.alive.size === 1 ? only : this.root;
  }
}
