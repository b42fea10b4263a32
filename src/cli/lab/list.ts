import { stripVTControlCharacters } from 'node:util';
import { allLabs } from '../../labs';
import { pointsOf } from '../../labs/check';
import { type LabProgress, readProgress } from '../../labs/progress';
import { REALFORK } from '../called-as';
import { pc } from '../colors';
import { grid } from '../grid';
import { columns } from '../terminal';

function state({ directory, best }: LabProgress, points: number): string {
  if (best === points) return pc.green(`${best}/${points} done`);
  if (best !== undefined) return pc.yellow(`${best}/${points}`);
  return directory === undefined ? `${points}` : `${points} started`;
}

/** Where the terminal is too narrow, without the texts that the labs come from. */
function table(rows: readonly (readonly string[])[]): string {
  const head = ['lab', 'points', 'title', 'text'];
  const of = (count: number): string => {
    const options = { head: head.slice(0, count), aligns: Array(count).fill('left'), isFramed: false };
    return grid(
      options,
      rows.map((row) => row.slice(0, count)),
    );
  };
  const whole = of(head.length);
  const width = Math.max(
    ...stripVTControlCharacters(whole)
      .split('\n')
      .map((line) => line.length),
  );
  return width <= columns() ? whole : of(head.length - 1);
}

/** `realfork lab`: the ladder, and how far one is. */
export function list(options: { json: boolean }): void {
  const progress = readProgress();
  const labs = allLabs();
  if (options.json) {
    const all = labs.map((lab) => {
      const { number, name, title, source, file } = lab;
      return { number, name, title, source, file, points: pointsOf(lab), ...progress[number] };
    });
    process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
    return;
  }
  const rows = labs.map((lab) => [lab.number, state(progress[lab.number] ?? {}, pointsOf(lab)), lab.title, lab.source]);
  process.stdout.write(`${table(rows)}\n\n`);
  const next = labs.find((lab) => progress[lab.number]?.best !== pointsOf(lab));
  if (next === undefined) process.stdout.write('All of them are done.\n');
  else if (progress[next.number]?.directory === undefined)
    process.stdout.write(`Next: ${REALFORK} lab start ${next.number}\n`);
  else process.stdout.write(`Next: ${REALFORK} lab check ${next.number}\n`);
}
