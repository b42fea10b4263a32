import type { Unp } from '../unp/wrappers';
import type { Scene } from './scene';

/** What an experiment's own programs are given. */
export interface Stage {
  /** Traced: each call is an event. */
  readonly unp: Unp;
  /** The same, for what is no part of the story. */
  readonly untraced: Unp;
  /** Says what the program saw that is no call. */
  note(name: string, value: string | number | boolean): void;
}

/** A program that runs as a process of its own. */
export type Program = (stage: Stage, ...args: string[]) => void;

/** A value for each column of the experiment's table. */
export type Observed = Readonly<Record<string, string | number | boolean>>;

export interface Experiment {
  /** Ends with a question mark. */
  readonly question: string;
  /** What a person may predict. */
  readonly choices: readonly string[];
  /** Which of them is right where all is as expected, counted from 0. */
  readonly answer: Readonly<Partial<Record<NodeJS.Platform, number>>>;
  /** In one sentence or two. */
  readonly why: string;
  /** Man page, or book and section. */
  readonly source: string;
  /** What is done, in a few words, by the row's id. */
  readonly setUps: Readonly<Record<string, string>>;
  /** What runs in processes of its own, by name. */
  readonly programs: Readonly<Record<string, Program>>;
  /** Does it, and says what came of it. */
  readonly observe: (setUp: string, scene: Scene) => Promise<Observed>;
  /** Columns that a machine may have nothing to observe with: where they are not observed they are not expected. */
  readonly whereThere?: readonly string[];
  /** By system and row. A column that is not there is not compared. */
  readonly expected: Readonly<Partial<Record<NodeJS.Platform, Readonly<Record<string, Observed>>>>>;
}

/** The same on all systems that the package runs on. */
export function everywhere<Value>(value: Value): Readonly<Partial<Record<NodeJS.Platform, Value>>> {
  return { linux: value, freebsd: value };
}
