import type { Pid } from '../../signalling';

export interface TraceOptions {
  readonly from?: string;
  readonly pid?: Pid;
  /** Where lines and table go in place of standard error. */
  readonly output?: string;
  /** No line for each event. */
  readonly quiet: boolean;
  readonly all: boolean;
  readonly record?: string;
  readonly html?: string;
  readonly perfetto?: string;
  readonly json?: string;
}
