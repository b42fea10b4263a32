import { type Browser, chromium } from 'playwright-core';
import { findCommand } from '#src/find-command.js';
import { describeWhere } from './systems';

/** Debian's Chromium, or whoever has it: by its name in PATH. */
const browserPath = findCommand('chromium', 'chromium-browser', 'google-chrome');

/** Tests that need a browser; where there is none they are reported as skipped, with the reason. */
export const describeWhereBrowser = describeWhere(browserPath !== undefined, 'there is no chromium');

/**
 * The caller closes it.
 * @param directory for its temporary files, of which a browser that does not end well leaves some
 */
export function startBrowser(directory: string): Promise<Browser> {
  if (browserPath === undefined) throw new Error('there is no chromium in PATH');
  // Its sandbox wants what root and containers do not have. What it opens here are pages of our own.
  return chromium.launch({
    ...{ executablePath: browserPath, chromiumSandbox: false, artifactsDir: directory },
    env: { ...process.env, TMPDIR: directory },
  });
}
