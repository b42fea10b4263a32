/**
 * `import 'realfork/tuned'`, before all else in a program that forks often: each fork costs some sixth less. The program is
 * started anew in its process, once, with settings for that: docs/performance.md, "What a program can do".
 */
import { tune } from './tune';

tune();
