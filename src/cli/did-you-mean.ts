/** So many letters of three may differ: "zombis" is near "zombies", and "eintr" is near nothing of five letters. */
const MOST_DIFFERENT = 1 / 3;

/** " Did you mean zombies?"; "" where no name is near. */
export function didYouMean(word: string, names: readonly string[]): string {
  const leven = require('leven') as typeof import('leven'); // for a mistake alone
  const [nearest] = names
    .map((name) => ({ name, distance: leven(word.toLowerCase(), name) }))
    .sort((one, other) => one.distance - other.distance);
  if (nearest === undefined || nearest.distance > Math.max(1, nearest.name.length * MOST_DIFFERENT)) return '';
  return ` Did you mean ${nearest.name}?`;
}
