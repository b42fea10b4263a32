const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };

const found = new Set<string>();
/** How many there were when a module was looked for in vain. */
const seen = new Map<string, number>();

/** Whether the program has loaded a module of Node's ("_http_agent"). A fork loads none that it has not. */
export function isLoaded(name: string): boolean {
  if (found.has(name)) return true;
  if (seen.get(name) === moduleLoadList.length) return false; // it is asked at every fork
  seen.set(name, moduleLoadList.length);
  if (!moduleLoadList.includes(`NativeModule ${name}`)) return false;
  found.add(name);
  return true;
}

/** How many of Node's modules are loaded by now. */
export const countLoaded = (): number => moduleLoadList.length;
