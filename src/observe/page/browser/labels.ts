/** Text in a bar. */

/** Of a character of the bars' fixed-width type. Pixels. */
const CHARACTER = 6.3;
/** Before the first character. Pixels. */
export const INDENT = 4;
/** Less is no use as a label. Characters. */
const LEAST = 3;

function room(width: number): number {
  return Math.floor((width - INDENT) / CHARACTER);
}

/** As much of the text as fits into `width` pixels. */
export function fitted(text: string, width: number): string {
  const characters = room(width);
  if (text.length <= characters) return text;
  return characters <= LEAST ? '' : `${text.slice(0, characters - 1)}…`;
}

/** The text, or nothing. */
export function whole(text: string, width: number): string {
  return text.length <= room(width) ? text : '';
}
