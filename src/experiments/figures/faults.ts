/** What the server of the figures forgets: UNP 4.8 says what each of the two closes is for. */
export const FAULTS = ['none', 'parent-keeps-connfd', 'child-keeps-listenfd'] as const;

export type Fault = (typeof FAULTS)[number];
