import type { Recording, Row } from './recording';

/** A value of a row's `observed`. */
export type Value = Row['observed'][string];

/** The columns of a recording's table: all that any of its rows has, in the order in which they come. */
export function columnsOf({ rows }: Recording): readonly string[] {
  return [...new Set(rows.flatMap(({ observed }) => Object.keys(observed)))];
}

/** What a column is called: "handler runs" for handlerRuns. */
export function columnTitle(key: string): string {
  return key.replaceAll(/(?<=[a-z\d])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** False of a recording of which nothing was to be expected: a trace of some program. Its table has no column for that. */
export function hasExpectations({ rows }: Recording): boolean {
  return rows.some(({ expected, asExpected }) => expected !== undefined || !asExpected);
}

/** Behind the title of what is expected. Nobody has run this on FreeBSD yet: what it does there was read in its sources. */
export function howKnown(system: string): string {
  return system.startsWith('Linux') ? '' : ' (by source)';
}

/** A number to three decimals at most, as what was measured has no more; yes and no; nothing where a row has no such value. */
export function valueText(value: Value | undefined): string {
  switch (typeof value) {
    case 'undefined':
      return '';
    case 'boolean':
      return value ? 'yes' : 'no';
    case 'number':
      return String(Number(value.toFixed(3)));
    case 'string':
      return value;
  }
}

/** "Linux 6.18.0 x64, Node v22.1.0"; the system alone, where Node has no part in what was observed. */
export function observedOn({ system, node }: Recording): string {
  return node === '' ? system : `${system}, Node ${node}`;
}

/** Where what was observed is not what this system is expected to do, one line each. */
export function differences({ rows }: Recording): readonly string[] {
  return rows.flatMap(({ setUp, observed, expected, asExpected }) => {
    if (asExpected) return [];
    if (expected === undefined) return [`${setUp}: nothing is known yet of what this system does`];
    const unlike = Object.keys(expected).filter((key) => observed[key] !== expected[key]);
    return unlike.map(
      (key) => `${setUp}: ${columnTitle(key)} is ${valueText(observed[key])}, expected: ${valueText(expected[key])}`,
    );
  });
}
