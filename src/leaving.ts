/**
 * What is to be undone however this program ends: by itself, by an error, by Ctrl-C or kill(1).
 */
const undo = new Set<() => void>();
let installed = false;

function install(): void {
  if (installed) return;
  installed = true;
  process.on('exit', () => {
    for (const step of undo) step();
  });
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    const leave = (): void => {
      if (process.listenerCount(signal) === 1) process.exit(128 + number); // or another one knows what to do
    };
    process.on(signal, leave);
  }
}

/** Has `step` run at the end of this process, unless what it returns has been called before. */
export function whenLeaving(step: () => void): () => void {
  install();
  undo.add(step);
  return () => void undo.delete(step);
}
