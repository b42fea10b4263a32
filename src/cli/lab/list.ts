import picocolors from 'picocolors';
import { allLabs } from '../../labs';
import { pointsOf } from '../../labs/check';
import { type LabProgress, readProgress } from '../../labs/progress';
import { grid } from '../grid';

const pc = picocolors.createColors(process.stdout.isTTY === true && picocolors.isColorSupported);

function state({ directory, best }: LabProgress, points: number): string {
  if (best === points) return pc.green(`${best}/${points} done`);
  if (best !== undefined) return pc.yellow(`${best}/${points}`);
  return directory === undefined ? `${points}` : `${points} started`;
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
  const rows = labs.map((lab) => [lab.number, lab.title, lab.source, state(progress[lab.number] ?? {}, pointsOf(lab))]);
  const head = ['lab', 'title', 'text', 'points'];
  process.stdout.write(`${grid({ head, aligns: ['left', 'left', 'left', 'left'], isFramed: false }, rows)}\n\n`);
  const next = labs.find((lab) => progress[lab.number]?.best !== pointsOf(lab));
  if (next === undefined) process.stdout.write('All of them are done.\n');
  else if (progress[next.number]?.directory === undefined)
    process.stdout.write(`Next: realfork lab start ${next.number}\n`);
  else process.stdout.write(`Next: realfork lab check ${next.number}\n`);
}
