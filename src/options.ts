import { checkRecord } from './checked';

/**
 * An object of options that has no others than these: one that is misspelt would be left out without a word.
 * @throws TypeError ERR_INVALID_ARG_TYPE
 */
export function checkOptions(call: string, argument: string, options: unknown, known: readonly string[]): void {
  checkRecord(call, argument, options);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const wanted = known.map((option) => `"${option}"`).join(', ');
    throw Object.assign(
      new TypeError(
        `The argument "${argument}" of ${call}() has ${JSON.stringify(name.slice(0, 40))}, which is no option. It may have ${wanted}`,
      ),
      { code: 'ERR_INVALID_ARG_TYPE' },
    );
  }
}
