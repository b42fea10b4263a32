/**
 * The lexical half of strace's grammar: where the arguments of a call end, and where one of them does. Text within quotation
 * marks, in the angle brackets of -y behind a descriptor, and in comments may hold any of the characters that end something.
 *
 *     arguments  = [ argument *( "," argument ) ]
 *     argument   = *( string / decorated / group / comment / other )
 *     string     = DQUOTE *( "\" any / any but DQUOTE ) DQUOTE [ "..." ]
 *     decorated  = ( number / "AT_FDCWD" ) "<" any ">"       -y, -yy: 3<socket:[4711]>, 1</dev/pts/0<char 136:0>>
 *     group      = "(" ")" / "[" "]" / "{" "}", with anything between
 */

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
/** So deep no call of the kernel nests its structures. */
const DEEPEST = 64;

/** Just behind the string that begins at `from`; -1 if it has no end. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; ++at) {
    if (text[at] === '\\') ++at;
    else if (text[at] === '"') return at + 1;
  }
  return -1;
}

/** What may follow the ">" that ends a decoration. That of "127.0.0.1:80->127.0.0.1:5432" is followed by neither. */
const AFTER_DECORATION = /^(?:$|[\s,)\]}|=(>])/;

/** Just behind the decoration whose "<" is at `from`; -1 if it has no end. */
function endOfDecoration(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; ++at) {
    if (text[at] === '<') ++depth;
    else if (text[at] === '>' && AFTER_DECORATION.test(text.slice(at + 1, at + 2)) && --depth === 0) return at + 1;
  }
  return -1;
}

/** "<" behind a descriptor, and not a shift: 1<<CAP_CHOWN. */
function beginsDecoration(text: string, at: number): boolean {
  return text[at] === '<' && text[at + 1] !== '<' && /[\dD]/.test(text[at - 1] ?? '');
}

/** Just behind the one thing that begins at `at`, whatever it is; -1 if it has no end. */
function step(text: string, at: number): number {
  if (text[at] === '"') return endOfString(text, at);
  if (beginsDecoration(text, at)) return endOfDecoration(text, at);
  const closing = text.startsWith('/*', at) ? '*/' : text.startsWith('<... ', at) ? '...>' : undefined;
  if (closing === undefined) return at + 1;
  const end = text.indexOf(closing, at + 2);
  return end === -1 ? -1 : end + closing.length;
}

export interface Arguments {
  readonly args: readonly string[];
  /** Just behind the parenthesis that ends them; -1 if there is none. */
  readonly end: number;
}

/** Splits at commas that are in no group, from just behind an opening parenthesis to its counterpart. */
export function scanArguments(text: string, from = 0): Arguments {
  const args: string[] = [];
  const open: string[] = [];
  let begin = from;
  const take = (end: number): void => {
    const argument = text.slice(begin, end).trim();
    if (argument !== '' || args.length > 0) args.push(argument);
    begin = end + 1;
  };
  let at = from;
  while (at < text.length) {
    const character = text[at] ?? '';
    const closing = CLOSING[character];
    if (closing !== undefined && open.length < DEEPEST) open.push(closing);
    else if (open.length === 0 && character === ')') {
      take(at);
      return { args, end: at + 1 };
    } else if (character === open.at(-1)) open.pop();
    else if (character === ',' && open.length === 0) take(at);
    const next = step(text, at);
    if (next === -1) break;
    at = next;
  }
  take(text.length);
  return { args, end: -1 };
}

/** The argument without what -y says of its descriptor: "3" of "3<socket:[4711]>". */
export function withoutDecoration(argument: string): string {
  const at = /^(?:-?\d+|AT_FDCWD)</.exec(argument);
  return at === null ? argument : argument.slice(0, at[0].length - 1);
}

/** What -y says of a descriptor: "socket:[4711]". */
export function decorationOf(argument: string): string | undefined {
  return /^(?:-?\d+|AT_FDCWD)<(.*)>(?:\(deleted\))?$/s.exec(argument)?.[1];
}

/** The fields of "{sa_family=AF_INET, sin_port=htons(9877)}", also where an array of one is around it. */
export function fieldsOf(structure: string): ReadonlyMap<string, string> {
  const inner = /^\[?\{(.*)\}\]?$/s.exec(structure)?.[1] ?? '';
  return new Map(
    scanArguments(`${inner})`).args.map((field): [string, string] => {
      const at = field.indexOf('=');
      return at === -1 ? ['', field] : [field.slice(0, at), field.slice(at + 1)];
    }),
  );
}

/** Text without decorations and comments, wherever in it they are: "[3, 4]" of "[3<pipe:[1]>, 4<pipe:[1]>]". */
export function stripped(text: string): string {
  const kept: string[] = [];
  let at = 0;
  while (at < text.length) {
    const next = step(text, at);
    const end = next === -1 ? text.length : next;
    const isLeftOut = beginsDecoration(text, at) || text.startsWith('/*', at);
    if (!isLeftOut) kept.push(text.slice(at, end));
    at = end;
  }
  return kept.join('').trim();
}
