/**
 * A process of an experiment: one of its programs, traced to descriptor 3.
 *
 * Run: node run-program.js EXPERIMENT PROGRAM ARGUMENTS...
 */
import { calls } from '../calls';
import { jsonSink, monotonic } from '../observe/events';
import { tracedUnp } from '../observe/traced-unp';
import { createUnp } from '../unp/wrappers';
import { EXPERIMENTS, isExperiment } from '.';
import type { Experiment } from './experiment';

/** The descriptor that events go to. */
const EVENTS = 3;

const [, , experiment = '', name = '', ...args] = process.argv;
const { programs }: Pick<Experiment, 'programs'> = isExperiment(experiment)
  ? EXPERIMENTS[experiment]
  : { programs: {} };
const program = programs[name];
if (program === undefined) throw new Error(`${experiment} has no program ${name}`);

const sink = jsonSink(EVENTS);
sink({ kind: 'role', t: monotonic(), pid: process.pid, role: name });
program(
  {
    unp: tracedUnp(sink),
    untraced: createUnp(calls),
    note: (what, value) => sink({ kind: 'note', t: monotonic(), pid: process.pid, name: what, value }),
  },
  ...args,
);
