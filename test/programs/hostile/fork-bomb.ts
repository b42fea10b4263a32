/** Forks without end: each child does the same, and none of them waits. */
import { fork } from 'realfork/c';

for (;;) fork();
