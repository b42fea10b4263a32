/** What is expected goes by the operating system: by a table, not by an `if` in a test. */
export type PerSystem<Value> = Readonly<Partial<Record<NodeJS.Platform, Value>>>;

/** The same on all that the package supports. */
export function same<Value>(value: Value): PerSystem<Value> {
  return { linux: value, freebsd: value };
}

/** The rows of a table that say what this system does. */
export function onThisSystem<Value>(table: Readonly<Record<string, PerSystem<Value>>>): [string, Value][] {
  return Object.entries(table).flatMap(([name, systems]) => {
    const value = systems[process.platform];
    return value === undefined ? [] : [[name, value]];
  });
}

/** A test where the machine has what it needs; elsewhere one that is reported as skipped, with the reason. */
export function testWhere(has: boolean, reason: string): (name: string, run: () => Promise<void>) => void {
  return has ? test : (name, run) => test.skip(`${name} [skipped: ${reason}]`, run);
}
