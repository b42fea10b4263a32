import { align } from './alignment';
import type { Event } from './events';
import type { RecordedRun } from './recording';
import { shapesOf } from './shapes';
import type { Bar, Lane } from './timeline/model';
import { timelineOf } from './timeline/timeline';

/**
 * Two runs side by side: which calls the one makes and the other does not, and where one fails and the other goes on. Processes are put
 * beside one another by their place in the family: the one that the run is about, its first child, its second.
 */

/** A call or a run of a handler, in words. */
export interface Step {
  /** "accept"; "SIGCHLD handler". */
  readonly name: string;
  /** "accept(3)". */
  readonly text: string;
  /** "4", "-1 EINTR"; "did not return". Of a handler nothing. */
  readonly outcome: string;
  readonly errno: string | undefined;
  readonly depth: number;
}

export interface ComparedStep {
  readonly a: Step | undefined;
  readonly b: Step | undefined;
  /** Both make the call, and it fails in one of them, or otherwise. */
  readonly isOtherwise: boolean;
}

export interface ComparedProcess {
  /** Of the two: "server", "child 1"; undefined where one has no such process. */
  readonly a: string | undefined;
  readonly b: string | undefined;
  readonly steps: readonly ComparedStep[];
  /** True if there are so many that only the first ones were compared. */
  readonly isCut: boolean;
}

/** More would take minutes: the time grows with the product of both. */
const MOST_STEPS = 20_000;

/** The same by different names: what the kernel does is the same. */
const FAMILIES: Readonly<Record<string, string>> = {
  wait: 'waitpid',
  wait3: 'waitpid',
  wait4: 'waitpid',
  vfork: 'fork',
};

function stepOf(bar: Bar): Step {
  const { depth } = bar;
  if (bar.kind === 'handler') {
    return { name: `${bar.signal} handler`, text: `${bar.signal} handler`, outcome: '', errno: undefined, depth };
  }
  const { call, args, shown, errno } = bar;
  const outcome = shown === undefined ? 'did not return' : `${shown}${errno === undefined ? '' : ` ${errno}`}`;
  return { name: call, text: `${call}(${args})`, outcome, errno, depth };
}

/** A process in steps, with what its steps are about, whatever the numbers in them. */
interface Process {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly shapes: readonly string[];
}

const familyOf = ({ name }: Step): string => FAMILIES[name] ?? name;

/** The end of a process is one more step. */
function stepsOf({ bars, ending }: Lane): Step[] {
  const steps = bars.map(stepOf);
  if (ending?.seen !== true) return steps;
  const name = ending.how.replace(/\W.*/s, '');
  return [...steps, { name, text: ending.how, outcome: '', errno: undefined, depth: 0 }];
}

/** How well two steps go together: in all arguments, in the first one, or as the same call at least. */
const WORTH = { all: 4, first: 3, call: 2 };

interface Comparable {
  readonly families: readonly number[];
  readonly shapes: readonly number[];
  readonly beginnings: readonly number[];
}

/** A number for each text: that two are the same is asked millions of times. */
class Numbers {
  private readonly known = new Map<string, number>();

  of(text: string): number {
    const number = this.known.get(text) ?? this.known.size;
    this.known.set(text, number);
    return number;
  }
}

function comparable({ steps, shapes }: Process, numbers: Numbers): Comparable {
  return {
    families: steps.map((step) => numbers.of(familyOf(step))),
    shapes: shapes.map((shape) => numbers.of(shape)),
    beginnings: shapes.map((shape) => numbers.of(shape.split(',', 1)[0] ?? '')),
  };
}

function compareSteps(a: Process, b: Process): ComparedStep[] {
  const numbers = new Numbers();
  const [first, other] = [comparable(a, numbers), comparable(b, numbers)];
  const worth = (one: number, two: number): number => {
    if (first.families[one] !== other.families[two]) return 0;
    if (first.shapes[one] === other.shapes[two]) return WORTH.all;
    return first.beginnings[one] === other.beginnings[two] ? WORTH.first : WORTH.call;
  };
  return align(a.steps.length, b.steps.length, worth).map(([one, two]) => {
    const [stepA, stepB] = [one === undefined ? undefined : a.steps[one], two === undefined ? undefined : b.steps[two]];
    const isOtherwise = stepA !== undefined && stepB !== undefined && stepA.errno !== stepB.errno;
    return { a: stepA, b: stepB, isOtherwise };
  });
}

/** The process that a run is about: the first that listens, whatever has started it (a shell, npx); else the first. */
function principalOf(lanes: readonly Lane[], events: readonly Event[]): Lane | undefined {
  const listens = events.find(({ kind }) => kind === 'listening');
  const listening = lanes.find(({ pid, start, end }) => listens?.pid === pid && start <= listens.t && listens.t <= end);
  return listening ?? lanes[0];
}

/** The place in the family, seen from the principal one: "principal.1" for its second child, "0" for the first that is none of its. */
function placesOf(lanes: readonly Lane[], principal: Lane | undefined): ReadonlyMap<string, Lane> {
  const places = new Map<number, string>();
  const counts = new Map<number | undefined, number>();
  const byPlace = new Map<string, Lane>();
  for (const lane of lanes) {
    const nth = lane === principal ? 0 : (counts.get(lane.parent) ?? 0);
    if (lane !== principal) counts.set(lane.parent, nth + 1);
    const above = lane.parent === undefined ? undefined : places.get(lane.parent);
    const place = lane === principal ? 'principal' : above === undefined ? String(nth) : `${above}.${nth}`;
    places.set(lane.id, place);
    byPlace.set(place, lane);
  }
  return byPlace;
}

/** Of the first thread of each process: others are a matter of the language that it is written in. */
function processesOf({ title, events }: RecordedRun): ReadonlyMap<string, Process> {
  const ofFirstThreads = events.filter(({ thread }) => thread === undefined);
  const { lanes } = timelineOf({ title, events: ofFirstThreads });
  const shapes = shapesOf(lanes);
  const places = placesOf(lanes, principalOf(lanes, ofFirstThreads));
  return new Map(
    [...places].map(([place, lane]): [string, Process] => {
      const steps = stepsOf(lane);
      const known = shapes.get(lane.id) ?? [];
      return [place, { name: lane.name, steps, shapes: steps.map(({ text }, index) => known[index] ?? text) }];
    }),
  );
}

const NONE: Process = { name: '', steps: [], shapes: [] };

/** The first steps of a process of which there are too many. */
function beginning({ name, steps, shapes }: Process): Process {
  return { name, steps: steps.slice(0, MOST_STEPS), shapes: shapes.slice(0, MOST_STEPS) };
}

export function compareRuns(a: RecordedRun, b: RecordedRun): ComparedProcess[] {
  const [ofA, ofB] = [processesOf(a), processesOf(b)];
  const isOfPrincipal = (place: string): boolean => place.startsWith('principal');
  const places = [...new Set([...ofA.keys(), ...ofB.keys()])];
  const inOrder = [...places.filter(isOfPrincipal), ...places.filter((place) => !isOfPrincipal(place))];
  return inOrder.map((place) => {
    const [one, other] = [ofA.get(place), ofB.get(place)];
    const isCut = [one, other].some((process) => (process?.steps.length ?? 0) > MOST_STEPS);
    const steps = compareSteps(beginning(one ?? NONE), beginning(other ?? NONE));
    return { a: one?.name, b: other?.name, steps, isCut };
  });
}
