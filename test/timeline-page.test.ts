import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { timelineHtml } from '#src/observe/page/page.js';
import type { Recording } from '#src/observe/recording.js';
import { describeWhereBrowser, startBrowser } from './support/browser';
import { CHILD, enter, REAPED_IN_HANDLER, recording, SERVER, servedOne } from './support/recordings';

/** What would run, load or break out if it were put into the page as it is. */
const HOSTILE = `</script><script>document.title = 'run'</script><img src="http://127.0.0.1:1/x" onerror="document.title='run'">'"&\u2028`;

test('the page: question, verdict, table, a figure for each run; nothing in it that is loaded', () => {
  const page = timelineHtml([recording(REAPED_IN_HANDLER), recording([], { experiment: 'other', runs: [] })]);
  for (const text of [
    'Who takes the status of a child?',
    'A zombie stays until its parent waits.',
    'wait(2); UNP 5.9',
  ]) {
    expect(page).toContain(text);
  }
  expect(page).toContain('<th scope="col">handler runs</th>');
  expect(page.match(/<figure /g)).toHaveLength(1);
  expect(page).toContain('<a href="#experiment-1">other</a>');
  expect(page).not.toMatch(/<(?:link|img|iframe)\b|\bsrc=|@import|url\((?!"?#)/);
  expect(page).toContain('<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; script-src ');
});

test('values are text, whatever they hold', () => {
  const page = timelineHtml([hostileRecording()]);
  expect(page).not.toContain('<img');
  expect(page.match(/<script/g)).toHaveLength(2);
});

function hostileRecording(): Recording {
  return recording([enter(0, SERVER, HOSTILE, HOSTILE), { kind: 'role', t: 1, pid: SERVER, role: HOSTILE }], {
    ...{ experiment: HOSTILE, question: HOSTILE, verdict: [HOSTILE, HOSTILE], source: HOSTILE, system: HOSTILE },
    ...{ node: HOSTILE, date: HOSTILE },
    rows: [
      {
        ...{ id: HOSTILE, setUp: HOSTILE, asExpected: false },
        ...{ observed: { [HOSTILE]: HOSTILE }, expected: { [HOSTILE]: 'no' } },
      },
    ],
  });
}

describeWhereBrowser('the page in a browser', () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'realfork-page-'));
    browser = await startBrowser(folder);
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  /** Opens a page, gives it to `look`, and fails if it said anything on the console or asked for anything but itself. */
  async function opened(
    recordings: readonly Recording[],
    look: (page: Page, plot: Locator) => Promise<void>,
    options: BrowserContextOptions = {},
  ): Promise<void> {
    const file = join(folder, 'page.html');
    writeFileSync(file, timelineHtml(recordings));
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('console', (message) => problems.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
    page.on('request', (request) => problems.push(`request: ${request.url()}`));
    const url = pathToFileURL(file).href;
    await page.goto(url);
    await page.locator('.plot .lane').first().waitFor();
    await look(page, page.locator('.plot').first());
    await context.close();
    expect(problems).toEqual([`request: ${url}`]);
  }

  const one = recording(REAPED_IN_HANDLER);

  test('a lane for each process, bars nested as the calls were, three arrows, and the zombie interval', async () => {
    await opened([one], async (page, plot) => {
      const lanes = await plot.locator('.lane text').allTextContents();
      expect(lanes).toEqual([`server${SERVER}`, `child 1${CHILD}`]);
      await expect(plot.locator('.bars > g').count()).resolves.toBe(7);
      await expect(plot.locator('.bar.failed').count()).resolves.toBe(1);
      const arrows = await plot.locator('.arrow').evaluateAll((paths) => paths.map((path) => path.classList.value));
      expect(arrows).toEqual(['arrow fork', 'arrow sigchld', 'arrow reap']);
      await expect(page.locator('.question').textContent()).resolves.toBe(one.question);

      const zombie = await plot.locator('.zombie rect').boundingBox();
      const exit = await plot.locator('.exit').boundingBox();
      const waitpid = await plot.locator('.bar', { hasText: 'waitpid' }).locator('rect').boundingBox();
      const handler = await plot.locator('.bar.handler rect').boundingBox();
      const right = (box: typeof zombie): number => (box?.x ?? Number.NaN) + (box?.width ?? Number.NaN);
      expect(zombie?.x).toBeCloseTo((exit?.x ?? 0) + (exit?.width ?? 0) / 2, -1);
      expect(right(zombie)).toBeCloseTo(right(waitpid), 0);
      expect(waitpid?.y).toBeGreaterThan(handler?.y ?? Number.NaN);
      expect(right(waitpid)).toBeLessThan(right(handler));
    });
  });

  test('what is pointed at is told: call, arguments, result, errno, time', async () => {
    await opened([one], async (page, plot) => {
      const tooltip = page.locator('.tooltip');
      await expect(tooltip.isVisible()).resolves.toBe(false);
      const told = async (what: Locator): Promise<string[]> => {
        await what.hover();
        await tooltip.waitFor();
        return tooltip.locator('p').allTextContents();
      };
      // At its left end, which the handler's mark is not over.
      await plot.locator('.bar.failed').hover({ position: { x: 3, y: 12 } });
      await tooltip.waitFor();
      await expect(tooltip.locator('p').allTextContents()).resolves.toEqual([
        ...['accept(19) = -1 EINTR', `server, pid ${SERVER}`, '50 µs to 150 µs: 100 µs'],
      ]);
      await expect(told(plot.locator('.zombie'))).resolves.toEqual([
        ...['zombie, reaped', `child 1, pid ${CHILD}`, '100 µs to 130 µs: 30 µs'],
      ]);
      await page.mouse.move(0, 0);
      await tooltip.waitFor({ state: 'hidden' });
    });
  });

  test('the buttons and Ctrl with the wheel zoom, dragging pans, and All shows all again', async () => {
    await opened([one], async (page, plot) => {
      const bar = plot.locator('.bar.failed rect');
      const width = async (): Promise<number> => Number(await bar.getAttribute('width'));
      const place = (): Promise<string | null> => plot.locator('.bar.failed').getAttribute('transform');
      const [before, placeBefore] = [await width(), await place()];
      await page.getByRole('button', { name: 'Zoom in' }).click();
      expect(await width()).toBeCloseTo(before * 1.6, 0);
      const placeZoomed = await place();
      const box = (await plot.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
      await page.mouse.move(box.x + box.width / 2, box.y + 10);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width / 2 - 60, box.y + 10);
      await page.mouse.up();
      expect(await place()).not.toBe(placeZoomed);
      const panned = await width();
      // Heard on its way down, as the page's own listener keeps it to itself. The next question is asked after both.
      await page.evaluate(`{
        globalThis.wheeled = new Promise((heard) => {
          document.addEventListener('wheel', () => heard(), { once: true, capture: true });
        });
        undefined;
      }`);
      await page.keyboard.down('Control');
      await page.mouse.wheel(0, -20);
      await page.keyboard.up('Control');
      await page.evaluate('globalThis.wheeled');
      expect(await width()).toBeGreaterThan(panned);
      await page.getByRole('button', { name: 'Show all' }).click();
      expect([await width(), await place()]).toEqual([before, placeBefore]);
    });
  });

  test('true to the clock: widths are as times', async () => {
    await opened([one], async (page, plot) => {
      const clock = page.getByRole('button', { name: 'Show times true to the clock' });
      await clock.click();
      await expect(clock.getAttribute('aria-pressed')).resolves.toBe('true');
      const width = async (what: string): Promise<number> => Number(await plot.locator(what).getAttribute('width'));
      expect((await width('.bar.failed rect')) / (await width('.zombie rect'))).toBeCloseTo(100 / 30, 1);
    });
  });

  test('the keyboard goes through all of it, says what is chosen, and zooms to it', async () => {
    await opened([one], async (page, plot) => {
      const said = page.locator('output');
      await plot.focus();
      await page.keyboard.press('ArrowRight');
      expect(await said.textContent()).toContain('sigaction(SIGCHLD, handler, 0) = 0. server');
      await page.keyboard.press('ArrowDown');
      expect(await said.textContent()).toContain(`child 1, pid ${CHILD}`);
      await page.keyboard.press('End');
      expect(await said.textContent()).toContain('zombie, reaped');
      const before = Number(await plot.locator('.zombie rect').getAttribute('width'));
      await page.keyboard.press('Enter');
      expect(Number(await plot.locator('.zombie rect').getAttribute('width'))).toBeGreaterThan(before);
      await page.keyboard.press('0');
      expect(Number(await plot.locator('.zombie rect').getAttribute('width'))).toBe(before);
      await page.keyboard.press('Tab');
      await expect(page.evaluate("document.activeElement.matches('.plot')")).resolves.toBe(false);
    });
  });

  test('what events hold is drawn as text and does nothing', async () => {
    await opened([hostileRecording()], async (page, plot) => {
      expect(await page.title()).toBe(`realfork: ${HOSTILE}`);
      expect(await plot.locator('.lane .name').textContent()).toBe(HOSTILE);
      await plot.locator('.bar').first().hover();
      expect(await page.locator('.tooltip p').first().textContent()).toBe(`${HOSTILE}(${HOSTILE})`);
    });
  });

  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
  ] as const)('%s: text stands out from what is behind it', async (_, options) => {
    const look = async (page: Page): Promise<void> => {
      const colour = (what: string, property: string): Promise<string> =>
        page.evaluate(`getComputedStyle(document.querySelector('${what}')).getPropertyValue('${property}')`);
      const paper = luminance(await colour('body', 'background-color'));
      for (const what of ['.question', '.about', '.yes', '.no']) {
        expect([what, contrast(luminance(await colour(what, 'color')), paper) >= READABLE]).toEqual([what, true]);
      }
      const label = luminance(await colour('.bar text', 'fill'));
      for (const what of ['.bar.call', '.bar.failed', '.bar.handler']) {
        expect([what, contrast(label, luminance(await colour(what, 'fill'))) >= READABLE]).toEqual([what, true]);
      }
    };
    await opened([one], look, options);
  });

  test.each([390, 1280])('%d pixels wide: nothing but the table is wider than the window', async (width) => {
    const look = async (page: Page): Promise<void> => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    };
    await opened([one], look, { viewport: { width, height: 800 } });
  });

  test('on paper: light, without buttons, and all lanes', async () => {
    const look = async (page: Page, plot: Locator): Promise<void> => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
      await expect(page.getByRole('button').first().isVisible()).resolves.toBe(false);
      // A reader of paper as well has to know that the axis is not even.
      await expect(page.getByText('long waits are drawn shortened').isVisible()).resolves.toBe(true);
      const [inside, outside] = [await plot.boundingBox(), await page.locator('.scroll').boundingBox()];
      expect(inside?.height).toBeLessThanOrEqual(outside?.height ?? 0);
    };
    await opened([recording(manyChildren(60))], look);
  });

  test('a real server', async () => {
    await opened([recording(await servedOne())], async (_, plot) => {
      await expect(plot.locator('.lane').count()).resolves.toBe(2);
      await expect(plot.locator('.zombie').count()).resolves.toBe(1);
      await expect(plot.locator('.arrow').count()).resolves.toBe(3);
    });
  });
});

function manyChildren(count: number): Recording['runs'][number]['events'] {
  return Array.from({ length: count }, (_, index) => enter(index, SERVER + index, 'pause'));
}

/** WCAG 2.2, 1.4.3: the contrast of text that can be read. */
const READABLE = 4.5;

/** Relative luminance of "rgb(201, 220, 245)", as WCAG 2.2 defines it. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}
