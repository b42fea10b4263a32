import { SA_NOCLDWAIT, SA_RESTART, SIG_DFL, SIG_IGN, SIGCHLD, WNOHANG } from '../constants';
import type { SignalAction } from '../types';
import type { Unp } from '../unp/wrappers';

/** What is to become of SIGCHLD. */
export interface SigchldOptions {
  readonly disposition: 'default' | 'ignore' | 'handler';
  readonly saRestart: boolean;
  readonly saNocldwait: boolean;
}

/** UNP Figure 5.11: waits for all children that have ended, however many ended together. */
export function sig_chld({ waitpid }: Pick<Unp, 'waitpid'>): () => void {
  return () => {
    while (waitpid(-1, WNOHANG).pid > 0);
  };
}

export function installSigchld(unp: Unp, options: SigchldOptions): void {
  const flags = (options.saRestart ? SA_RESTART : 0) | (options.saNocldwait ? SA_NOCLDWAIT : 0);
  const dispositions: Record<SigchldOptions['disposition'], SignalAction['handler']> = {
    default: SIG_DFL,
    ignore: SIG_IGN,
    handler: sig_chld(unp),
  };
  unp.Sigaction(SIGCHLD, { handler: dispositions[options.disposition], mask: [], flags });
}
