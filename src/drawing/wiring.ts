import type { Point } from './drawing';

/**
 * Wires between a column of boxes on the left and one on the right: each goes level from its row on the right, up or
 * down in a lane of its own, and level to its row on the left. Few wires, so that all ways are tried.
 */

/** One wire that is wanted. */
export interface Wanted {
  /** Its row on the right. */
  readonly right: number;
  /** The rows on the left that it may end in. */
  readonly left: readonly number[];
}

interface Way {
  readonly right: number;
  readonly left: number;
  /** Counted from the left; of no use to a wire that goes straight. */
  readonly lane: number;
}

const isStraight = ({ right, left }: Way): boolean => right === left;

/** Rows where both run level, in the same place. */
function overlap(a: Way, b: Way): boolean {
  if (a.left === b.left || a.right === b.right) return true;
  if (isStraight(a)) return b.left === a.left || b.right === a.left;
  if (isStraight(b)) return overlap(b, a);
  // Left of its lane one is in its left row, right of it in its right row.
  return (a.left === b.right && a.lane >= b.lane) || (b.left === a.right && b.lane >= a.lane);
}

/** Whether `row` lies within the part of a wire that goes up or down. */
function spans(way: Way, row: number): boolean {
  return !isStraight(way) && row > Math.min(way.left, way.right) && row < Math.max(way.left, way.right);
}

function crossings(a: Way, b: Way): number {
  const levelRow = (way: Way, lane: number): number => (isStraight(way) || lane > way.lane ? way.right : way.left);
  return Number(spans(a, levelRow(b, a.lane))) + Number(spans(b, levelRow(a, b.lane)));
}

function cost(ways: readonly Way[]): number {
  let sum = ways.filter((way) => !isStraight(way)).length;
  for (const [index, a] of ways.entries()) {
    for (const b of ways.slice(index + 1)) {
      if (overlap(a, b)) return Number.POSITIVE_INFINITY;
      sum += 10 * crossings(a, b);
    }
  }
  return sum;
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

/** Every choice of one row for each wire. */
function choices(wanted: readonly Wanted[]): number[][] {
  const [first, ...rest] = wanted;
  if (first === undefined) return [[]];
  return first.left.flatMap((row) => choices(rest).map((others) => [row, ...others]));
}

/** How many columns the lanes of so many wires take. */
export function lanesWidth(wires: number): number {
  return 2 * wires + 1;
}

/**
 * The corners of each wire, from right to left, with the fewest crossings. Two that have only each other's rows lie on one
 * another in part: there is no other way.
 * @param from the column of the left border, `to` that of the right one
 */
export function route(wanted: readonly Wanted[], from: number, to: number): Point[][] {
  const lanes = permutations(wanted.map((_, index) => index));
  let best: { cost: number; ways: Way[] } | undefined;
  for (const rows of choices(wanted)) {
    for (const order of lanes) {
      const ways = wanted.map(({ right }, index) => ({
        right,
        left: rows[index] ?? right,
        lane: order[index] ?? index,
      }));
      const price = cost(ways);
      if (best === undefined || price < best.cost) best = { cost: price, ways };
    }
  }
  return (best?.ways ?? []).map((way) => {
    const x = from + 2 + 2 * way.lane;
    const ends = [
      { x: to, y: way.right },
      { x: from, y: way.left },
    ] as const;
    return isStraight(way) ? [...ends] : [ends[0], { x, y: way.right }, { x, y: way.left }, ends[1]];
  });
}
