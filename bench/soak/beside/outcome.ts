/** What came of a package's rounds: beside.ts tells it, packages.ts judges it. A line of JSON each on standard output. */
export type Outcome =
  /** So many children did, and so did the parent after each. */
  | { readonly kind: 'works'; readonly children: number }
  /** fork() refused. The first line of its message. */
  | { readonly kind: 'refused'; readonly code: string; readonly why: string }
  /** A child did not come to its end: it lives, for the soak to look at and to end. */
  | { readonly kind: 'hung'; readonly pid: number; readonly child: number }
  /** A child's use of it never came to its end: the child knew that by its clock, and is gone. */
  | { readonly kind: 'stuck'; readonly child: number }
  /** A child, or the parent after a fork, was given something wrong, or ended by itself. */
  | { readonly kind: 'corrupt'; readonly text: string };

export const parseOutcome = (line: string): Outcome => JSON.parse(line) as Outcome;
