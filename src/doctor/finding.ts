/** One thing that the doctor looked at. */
export interface Finding {
  /** "fork()", "threads" */
  readonly name: string;
  /** What was found, in a line for people. */
  readonly found: string;
  /** "stops fork": no child can be made as it is. "note": works, but is worth knowing. */
  readonly verdict: 'well' | 'note' | 'stops fork';
  /** What to do, unless all is well. */
  readonly remedy?: string;
  /** The same for programs. */
  readonly facts: unknown;
}
