import { bothSinks, jsonSink, type Sink, textSink } from './events';

/** Which descriptors events are written to. Plain data: it can be handed to another thread. */
export interface Outlets {
  /** For people, as lines of text. */
  readonly text?: number | undefined;
  /** For programs, as lines of JSON. */
  readonly json?: number | undefined;
}

/** Where nobody listens: calls need not be traced for it. */
export const nowhere: Sink = () => {};

/** @param people changes what people see, and when */
export function sinkTo({ text, json }: Outlets, people: (sink: Sink) => Sink = (sink) => sink): Sink {
  const forPeople = text === undefined ? nowhere : people(textSink(text));
  if (json === undefined) return forPeople;
  return text === undefined ? jsonSink(json) : bothSinks(jsonSink(json), forPeople);
}
