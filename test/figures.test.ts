import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toText } from '#src/drawing/text.js';
import { captionOf, chapterOf } from '#src/experiments/figures/chapters.js';
import { drawMoment } from '#src/experiments/figures/draw.js';
import { FAULTS, type Fault } from '#src/experiments/figures/faults.js';
import { type FiguresRun, type Moment, runFigures } from '#src/experiments/figures/run.js';
import type { Scene } from '#src/experiments/figures/scene.js';
import { CLI, realfork } from './support/cli';
import { describeWhere } from './support/systems';
import { Tmux, testInTmux } from './support/tmux';

/** What the figures need to be drawn as they are here: FreeBSD tells neither the call nor the state of a connection. */
const onLinux = process.platform === 'linux';

const runs = new Map<Fault, Promise<FiguresRun>>();

function runOf(fault: Fault): Promise<FiguresRun> {
  const known = runs.get(fault) ?? runFigures(fault);
  runs.set(fault, known);
  return known;
}

/** Process IDs, ports and descriptors by their roles: of the same width on every machine. */
function normalised(scene: Scene): Scene {
  const names = new Map<string, string>();
  for (const { role, pid } of scene.processes)
    names.set(String(pid), { client: '1001', server: '1002', parent: '1002', child: '1003' }[role]);
  const client = scene.processes.find(({ role }) => role === 'client')?.descriptors[0]?.socket;
  for (const { id, local } of scene.sockets) names.set(local.split(':')[1] ?? '', id === client ? '50001' : '9877');
  const fds = { listenfd: 3, connfd: 4, sockfd: 3 };
  const processes = scene.processes.map(({ role, pid, doing, descriptors }) => ({
    role,
    pid: Number(names.get(String(pid))),
    doing: descriptors.reduce((text, { name, fd }) => text.replace(`(${fd})`, `(${fds[name]})`), doing),
    descriptors: descriptors.map((descriptor) => ({ ...descriptor, fd: fds[descriptor.name] })),
  }));
  const port = (address: string): string => address.replace(/\d+$/, (digits) => names.get(digits) ?? digits);
  const sockets = scene.sockets.map((socket) => ({
    ...socket,
    local: port(socket.local),
    ...(socket.peer === undefined ? {} : { peer: port(socket.peer) }),
  }));
  return { processes, sockets };
}

/** Who holds what, and how many descriptors refer to it: "parent: listenfd of 1, connfd of 2". */
function held({ scene }: Moment): string[] {
  const references = new Map(scene.sockets.map(({ id, references: count }) => [id, count]));
  return scene.processes
    .map(({ role, descriptors }) => {
      const names = descriptors.map(({ name, socket }) => `${name} of ${references.get(socket)}`);
      return `${role}: ${names.join(', ') || 'nothing'}`;
    })
    .sort();
}

describe('who holds which descriptor, and the reference counts', () => {
  const SAME_FOR_ALL = {
    'before-accept-returns': ['client: sockfd of 1', 'server: listenfd of 1'],
    'after-accept': ['client: sockfd of 1', 'server: listenfd of 1, connfd of 1'],
    'after-fork': ['child: listenfd of 2, connfd of 2', 'client: sockfd of 1', 'parent: listenfd of 2, connfd of 2'],
  };

  test.each([
    ['none', { 'after-closes': ['child: connfd of 1', 'client: sockfd of 1', 'parent: listenfd of 1'] }],
    [
      'parent-keeps-connfd',
      {
        'after-closes': ['child: connfd of 2', 'client: sockfd of 1', 'parent: listenfd of 1, connfd of 2'],
        afterwards: ['child: nothing', 'client: sockfd of 1', 'parent: listenfd of 1, connfd of 1'],
      },
    ],
    [
      'child-keeps-listenfd',
      {
        'after-closes': ['child: listenfd of 2, connfd of 1', 'client: sockfd of 1', 'parent: listenfd of 2'],
        afterwards: ['child: listenfd of 1, connfd of 1', 'client: sockfd of 1'],
      },
    ],
  ] as const)('fault: %s', async (fault, differs) => {
    const { moments } = await runOf(fault);
    expect(Object.fromEntries(moments.map((moment) => [moment.id, held(moment)]))).toEqual({
      ...SAME_FOR_ALL,
      ...differs,
    });
  });
});

describeWhere(onLinux, 'the drawings of test/golden are of Linux')('drawings', () => {
  test.each(FAULTS.map((fault) => [fault]))('fault: %s, as in test/golden', async (fault) => {
    const { moments } = chapterOf(await runOf(fault));
    const draw = (moment: Moment): string => {
      const drawing = drawMoment({ ...moment, scene: normalised(moment.scene) });
      return `${captionOf(moment)}\n\n${toText(drawing, 'unicode')}\n${toText(drawing, 'ascii')}`;
    };
    const golden = join(__dirname, '..', '..', 'test', 'golden', `figures-${fault}.txt`);
    expect(moments.map(draw).join('\n')).toBe(readFileSync(golden, 'utf8'));
  });
});

describe('realfork figures', () => {
  test('draws all of them, in at most 80 columns, with box-drawing characters where the locale has them', async () => {
    const run = await realfork(['figures'], { env: { LC_ALL: 'C.UTF-8' } });
    expect([run.status, run.stderr]).toEqual([0, '']);
    for (const figure of ['4.14', '4.15', '4.16', '4.17']) expect(run.stdout).toContain(`Figure ${figure}. `);
    expect(run.stdout).toContain('The parent forgets to close connfd');
    expect(run.stdout).toContain('├');
    const drawn = run.stdout.split('\n').filter((line) => /[│─]/.test(line));
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('ASCII elsewhere; --json is what was observed', async () => {
    const plain = await realfork(['figures', '--fault', 'none'], { env: { LC_ALL: 'C' } });
    expect(plain.stdout).toContain('+----');
    expect(plain.stdout).toMatch(/^[\n -~]*$/);
    const json = await realfork(['figures', '--fault', 'none', '--json']);
    const { runs: observed } = JSON.parse(json.stdout) as { runs: FiguresRun[] };
    expect(observed.map(({ fault, moments }) => [fault, moments.length])).toEqual([['none', 4]]);
  });

  testInTmux('a terminal that is too narrow: the same facts, a line each', async () => {
    const terminal = new Tmux(72, 60);
    try {
      await terminal.ready('ready>');
      terminal.press(`${process.execPath} ${CLI} figures --fault none; echo status $?`, 'Enter');
      await terminal.shows(/^status 0$/m);
      const { screen } = terminal;
      expect(screen).toMatch(/^ {2}parent \d+, blocked in accept\(\d+\): listenfd \d+ -> (\d+)$/m);
      expect(screen).toMatch(/^ {2}socket \d+: LISTEN 127\.0\.0\.1:\d+ 0 queued, references: 1$/m);
    } finally {
      terminal.close();
    }
  });

  test('--svg and --html: a file each, which has every caption and loads nothing', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'realfork-test-'));
    const [svg, html] = [join(directory, 'figures.svg'), join(directory, 'figures.html')];
    try {
      const run = await realfork(['figures', '--svg', svg, '--html', html]);
      const wrote = [svg, html].map((file) => `wrote ${file}: open it in a browser\n`);
      expect([run.status, run.stdout, run.stderr]).toEqual([0, '', wrote.join('')]);
      for (const file of [svg, html]) {
        const text = readFileSync(file, 'utf8');
        for (const caption of ['Figure 4.14. ', 'Figure 4.17. ', 'As Figure 4.17, but the child'])
          expect(text).toContain(caption);
        expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|<script/);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('a file that cannot be written: said before anything is run; a fault that there is not: what there is', async () => {
    const unwritable = await realfork(['figures', '--fault', 'none', '--svg', '/nonexistent/x.svg']);
    expect([unwritable.status, unwritable.stdout]).toEqual([2, '']);
    expect(unwritable.stderr).toMatch(/'\/nonexistent\/x\.svg' is invalid\. ENOENT/);
    const unknown = await realfork(['figures', '--fault', 'sloth']);
    expect(unknown.status).not.toBe(0);
    expect(unknown.stderr).toMatch(/none, parent-keeps-connfd, child-keeps-listenfd/);
  });
});
