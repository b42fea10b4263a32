/** Floods its standard output, from three processes. */
import { Fork, Writen } from 'realfork/unp';

const flood = 'x'.repeat(1 << 16);
Fork();
Fork();
for (;;) Writen(1, flood);
