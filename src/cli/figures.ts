import { arch, release, type } from 'node:os';
import { type Command, Option } from 'commander';
import { Progress } from '../bench/progress';
import { withCaption } from '../drawing/drawing';
import { toSvg } from '../drawing/svg';
import { type Characters, toText } from '../drawing/text';
import { type Chapter, captionOf, chapterOf } from '../experiments/figures/chapters';
import { drawMoment } from '../experiments/figures/draw';
import { FAULTS, type Fault } from '../experiments/figures/faults';
import { toPage } from '../experiments/figures/page';
import { type FiguresRun, type Moment, runFigures } from '../experiments/figures/run';
import { command } from './command';
import { IN_BROWSER, outputFile, writeOutput } from './output-file';
import { columns, isUnicode } from './terminal';

interface FiguresOptions {
  readonly fault?: Fault;
  readonly svg?: string;
  readonly html?: string;
  readonly json: boolean;
  readonly ascii: boolean;
}

/** For a terminal that the drawing does not fit: the same facts, a line each. */
function asLines({ scene }: Moment): string {
  const processes = scene.processes.map(({ role, pid, doing, descriptors }) => {
    const held = descriptors.map(({ name, fd, socket }) => `${name} ${fd} -> ${socket}`);
    return `  ${role} ${pid}, ${doing}: ${held.length === 0 ? 'no descriptor' : held.join(', ')}`;
  });
  const sockets = scene.sockets.map(({ id, state, local, peer, references, queued }) => {
    const more = [...(peer === undefined ? [] : [`to ${peer}`]), ...(queued === undefined ? [] : [`${queued} queued`])];
    return `  socket ${id}: ${[...(state === undefined ? [] : [state]), local, ...more].join(' ')}, references: ${references}`;
  });
  return `${[...processes, ...sockets].join('\n')}\n`;
}

function draw(moment: Moment, characters: Characters): string {
  const drawing = drawMoment(moment);
  const picture = drawing.width <= columns() ? toText(drawing, characters) : asLines(moment);
  return `${captionOf(moment)}\n\n${picture}`;
}

function asText(chapters: readonly Chapter[], characters: Characters): string {
  return chapters
    .map(({ title, moments }) => `${title}\n\n${moments.map((moment) => draw(moment, characters)).join('\n')}`)
    .join('\n');
}

async function runAll(faults: readonly Fault[]): Promise<FiguresRun[]> {
  const progress = new Progress();
  const runs: FiguresRun[] = [];
  try {
    for (const [index, fault] of faults.entries()) {
      progress.show(`${index + 1}/${faults.length} ${fault}`);
      runs.push(await runFigures(fault));
    }
  } finally {
    progress.end();
  }
  return runs;
}

async function figures(options: FiguresOptions): Promise<void> {
  const system = `${type()} ${release()} ${arch()}, Node ${process.version}`;
  const runs = await runAll(options.fault === undefined ? FAULTS : [options.fault]);
  const chapters = runs.map(chapterOf);
  if (options.svg !== undefined) {
    const moments = chapters.flatMap(({ moments: all }) => all);
    const drawings = moments.map((moment) => withCaption(drawMoment(moment), captionOf(moment)));
    writeOutput(options.svg, `${toSvg(drawings, moments.map(captionOf).join('. '))}\n`, IN_BROWSER);
  }
  if (options.html !== undefined) writeOutput(options.html, toPage(chapters, system), IN_BROWSER);
  if (options.json) process.stdout.write(`${JSON.stringify({ system, runs }, null, 2)}\n`);
  else if (options.svg === undefined && options.html === undefined) {
    process.stdout.write(asText(chapters, !options.ascii && isUnicode() ? 'unicode' : 'ascii'));
  }
}

/** `realfork figures`: UNP's Figures 4.14 to 4.17, drawn from running processes. */
export function figuresCommand(): Command {
  return command('figures')
    .description('Draw Figures 4.14 to 4.17 of UNP from a running server and client, and what two faults do to them')
    .addOption(new Option('--fault <fault>', 'only the run with this fault, or with none').choices(FAULTS))
    .option('--svg <file>', 'write the drawings to a file, as SVG', outputFile('figures.svg'))
    .option('--html <file>', 'write a page with the drawings to a file', outputFile('figures.html'))
    .option('--json', 'print what was observed, as JSON', false)
    .option('--ascii', 'draw with - | and + (as is done where the locale is not UTF-8)', false)
    .action(figures);
}
