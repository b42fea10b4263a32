import type { ServerName } from '../../servers';

/** One of the designs of UNP chapter 30. */
export interface Design {
  /** As `realfork serve` knows it. */
  readonly name: ServerName;
  readonly section: string;
  readonly what: string;
  /** Who serves a client: the server itself, a child or thread made for it, or one of the children that are there. */
  readonly serves: 'itself' | 'one-each' | 'children';
}

/** In the order of Figure 30.1. */
export const DESIGNS: readonly Design[] = [
  { name: 'iterative', section: '30.4', what: 'iterative', serves: 'itself' },
  { name: 'figure-4.13', section: '30.5', what: 'fork for each client', serves: 'one-each' },
  { name: 'preforked', section: '30.6', what: 'preforked, no lock', serves: 'children' },
  { name: 'preforked-fcntl', section: '30.7', what: 'preforked, lock on a file', serves: 'children' },
  { name: 'preforked-mutex', section: '30.8', what: 'preforked, lock in shared memory', serves: 'children' },
  { name: 'preforked-passing', section: '30.9', what: 'preforked, connfd is passed', serves: 'children' },
  { name: 'worker-threads', section: '30.10', what: 'thread for each client', serves: 'one-each' },
  { name: 'event-loop', section: '6.8', what: 'event loop', serves: 'itself' },
];
