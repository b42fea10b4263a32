/**
 * Loaded before a program of an experiment (NODE_OPTIONS=--require): its forks fail, as where the user has no more processes.
 */
import { EAGAIN } from '#src/constants.js';
import { injectErrors } from '#src/injected-errors.js';

injectErrors([{ call: 'fork', errno: EAGAIN, from: 1, to: Number.POSITIVE_INFINITY }]);
