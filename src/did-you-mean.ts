/** Of four letters one may differ: "zombis" is near "zombies", and "figure-9.99" is near nothing. */
const MOST_DIFFERENT = 1 / 4;

/** " Did you mean zombies?"; "" where no name is near. Of those that are as near the first. */
export function didYouMean(word: string, names: readonly string[]): string {
  const leven = require('leven') as typeof import('leven'); // for a mistake alone
  const [nearest] = names
    .map((name) => ({ name, distance: leven(word.toLowerCase(), name.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  if (nearest === undefined || nearest.distance > Math.max(1, nearest.name.length * MOST_DIFFERENT)) return '';
  return ` Did you mean ${nearest.name}?`;
}
