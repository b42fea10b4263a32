import { tell } from './messages';

let wrong = 0;
let hung = 0;

/** Something is not as it must be. */
export function complain(text: string): void {
  wrong += 1;
  tell({ kind: 'wrong', text });
}

export function check(isSo: boolean, otherwise: string): void {
  if (!isSo) complain(otherwise);
}

/** A child is not done, and will not be. */
export function reportHung(pid: number, text: string): void {
  hung += 1;
  tell({ kind: 'hung', pid, text });
}

/** "1000 servers in 12.3 s (81/s), 0 wrong, 0 hung". */
export function verdict(count: number, things: string, milliseconds: number): string {
  const seconds = milliseconds / 1000;
  const pace = `${seconds.toFixed(1)} s (${(count / seconds).toFixed(0)}/s)`;
  return `${count} ${things} in ${pace}, ${wrong} wrong, ${hung} hung`;
}

/** The last message, and the status of this process. */
export function conclude(...summary: readonly string[]): void {
  tell({ kind: 'summary', text: summary.join('; ') });
  process.exitCode = wrong === 0 && hung === 0 ? 0 : 1;
}

export function wrongs(): number {
  return wrong;
}
