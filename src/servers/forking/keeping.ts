import type { KeptChildren } from '../../fork/kept-children';
import type { ClientsEvent } from '../../native';
import { orThrow } from '../../posix/or-throw';
import type { Journal } from './journal';
import type { Listener } from './listeners';
import type { Settings } from './options';

/** How a server keeps children that wait for clients by themselves. */
export interface Kept {
  readonly requests: number;
  readonly spare: number;
}

/** The children of a server that wait for clients by themselves. */
export class Keeping {
  private fd = -1;

  constructor(
    private readonly children: KeptChildren,
    private readonly journal: Journal,
    private readonly kept: Kept,
  ) {}

  /** @throws SyscallError EMFILE, ENFILE, ENOMEM */
  open({ timeout }: Settings): void {
    const { requests, spare } = this.kept;
    const isToldOf = (['client', 'served', 'end'] as const).some((kind) => this.journal.isToldOf(kind));
    this.fd = orThrow('pipe2', this.children.keep(requests, spare, timeout, isToldOf));
  }

  close(): void {
    if (this.fd !== -1) this.children.keepNone();
    this.fd = -1;
  }

  /** What the server waits for where it does so in JavaScript: reports() is to be looked at then. */
  get waitsFor(): readonly { readonly fd: number; readonly reports: true }[] {
    return this.fd === -1 ? [] : [{ fd: this.fd, reports: true }];
  }

  /** What its children have told: whatever is done about one of them, this comes first. */
  reports(): { readonly happened: readonly ClientsEvent[]; readonly accepted: number } {
    return this.children.reports();
  }

  /**
   * Makes a child that the server forks by itself one of them, but for one that has a client and is to have no other.
   * @param isSpare it has no client yet @param fork as Forker's
   */
  around(isSpare: boolean, listeners: readonly Listener[], fork: () => number | undefined): number | undefined {
    if (!isSpare && this.kept.requests === 1) return fork();
    this.children.prepare(
      isSpare,
      listeners.map(({ fd }) => fd),
    );
    const pid = fork();
    if (pid !== 0) this.children.made(pid ?? -1);
    return pid;
  }

  /** In a child: whether it is one of them. */
  isKept(): boolean {
    return this.children.isKept();
  }

  hasEnded(pid: number): void {
    this.children.hasEnded(pid);
  }

  /** Others come in their place, which have these settings. */
  replace({ timeout }: Settings): void {
    const failure = this.children.replace(timeout);
    if (failure !== 0) this.journal.error('pipe2', -failure);
  }

  end(): void {
    this.children.end();
  }
}
