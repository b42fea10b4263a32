/** What the terminal can show. */

/** Whether text may hold box-drawing characters: by the locale, as the C library reads it. locale(7) */
export function isUnicode(env: NodeJS.ProcessEnv = process.env): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '');
}

/** Columns of standard output, or Infinity where it is no terminal, or one that nobody has sized: that has 0. */
export function columns(): number {
  return (process.stdout.isTTY === true && process.stdout.columns) || Number.POSITIVE_INFINITY;
}
