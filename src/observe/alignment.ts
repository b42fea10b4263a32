/**
 * Two sequences side by side, so that as much as can be of the one is beside its like in the other, and both keep their order. Hirschberg, "A
 * linear space algorithm for computing maximal common subsequences", 1975: the time of the full table, and the memory of two of its rows.
 */

/** Places in both sequences; undefined where one of them has nothing there. */
export type Pair = readonly [number, number] | readonly [number, undefined] | readonly [undefined, number];

/** How good it is to have two elements beside one another: 0 if they are not alike. */
type Worth = (one: number, other: number) => number;

/** A part of a sequence: from its first place to before its last. */
type Part = readonly [from: number, to: number];

/** The best that the part of the one, and each beginning of the part of the other, come to. @param isReversed from their ends */
function lastRow([from, to]: Part, [begin, end]: Part, worth: Worth, isReversed: boolean): Int32Array {
  const width = end - begin;
  let row = new Int32Array(width + 1);
  let before = new Int32Array(width + 1);
  for (let step = 0; step < to - from; ++step) {
    [before, row] = [row, before];
    const one = isReversed ? to - 1 - step : from + step;
    for (let column = 1; column <= width; ++column) {
      const other = isReversed ? end - column : begin + column - 1;
      const value = worth(one, other);
      const beside = value === 0 ? 0 : (before[column - 1] ?? 0) + value;
      row[column] = Math.max(before[column] ?? 0, row[column - 1] ?? 0, beside);
    }
  }
  return row;
}

/** A single element of the one beside the best of a part of the other. */
function* single(one: number, [begin, end]: Part, worth: Worth): Generator<Pair> {
  let best = begin;
  for (let other = begin; other < end; ++other) if (worth(one, other) > worth(one, best)) best = other;
  const isBeside = best < end && worth(one, best) > 0;
  if (!isBeside) yield [one, undefined];
  for (let other = begin; other < end; ++other) yield isBeside && other === best ? [one, other] : [undefined, other];
}

function* alignParts(part: Part, others: Part, worth: Worth): Generator<Pair> {
  const [from, to] = part;
  const [begin, end] = others;
  if (from === to) {
    for (let other = begin; other < end; ++other) yield [undefined, other];
    return;
  }
  if (to - from === 1) {
    yield* single(from, others, worth);
    return;
  }
  const middle = from + Math.floor((to - from) / 2);
  const above = lastRow([from, middle], others, worth, false);
  const below = lastRow([middle, to], others, worth, true);
  let cut = begin;
  let best = -1;
  for (let at = 0; at <= end - begin; ++at) {
    const sum = (above[at] ?? 0) + (below[end - begin - at] ?? 0);
    if (sum <= best) continue;
    best = sum;
    cut = begin + at;
  }
  yield* alignParts([from, middle], [begin, cut], worth);
  yield* alignParts([middle, to], [cut, end], worth);
}

/** @param worth is asked about places in the one and in the other */
export function align(lengthOfOne: number, lengthOfOther: number, worth: Worth): Pair[] {
  return [...alignParts([0, lengthOfOne], [0, lengthOfOther], worth)];
}
