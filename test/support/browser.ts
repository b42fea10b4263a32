import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** Debian's Chromium, or whoever has it: by its name in PATH. */
const browserPath: string | undefined = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find(existsSync);

/** Tests that need a browser; where there is none they are reported as skipped, with the reason. */
export function describeWhereBrowser(name: string, tests: () => void): void {
  if (browserPath === undefined) describe.skip(`${name} [skipped: there is no chromium in PATH]`, tests);
  else describe(name, tests);
}

/** The caller closes it. */
export function startBrowser(): Promise<Browser> {
  if (browserPath === undefined) throw new Error('there is no chromium in PATH');
  // Its sandbox wants what root and containers do not have. What it opens here are pages of our own.
  return chromium.launch({ executablePath: browserPath, chromiumSandbox: false });
}
