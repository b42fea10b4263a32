import { createColors } from 'picocolors';

/**
 * Whether standard output shows colours: Node's own look, in which TERM=dumb and NO_COLOR come before CI, unlike in
 * picocolors.
 */
export const hasColors = process.stdout.isTTY === true && process.stdout.hasColors();

/** Paints text, or leaves it as it is. */
export const pc = createColors(hasColors);
