import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AggregatedResult } from '@jest/reporters';
import NothingLeft from './support/nothing-left';
import Skipped from './support/skipped';
import { skippedName } from './support/systems';

/** What looks at the whole run, in support/: the tests of this file are not those that they look at. */

describe('what was skipped', () => {
  let said = '';
  beforeEach(() => {
    said = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
  });
  afterEach(() => jest.restoreAllMocks());

  /** A run of tests, each with its status. */
  function run(tests: Readonly<Record<string, string>>, testNamePattern?: string): Error | undefined {
    const results = Object.entries(tests).map(([fullName, status]) => ({ fullName, status }));
    const reporter = new Skipped({ testNamePattern });
    reporter.onRunComplete(new Set(), { testResults: [{ testResults: results }] } as unknown as AggregatedResult);
    return reporter.getLastError();
  }

  test('is a table by reason, the reason of most first', () => {
    const names = [
      skippedName('one', 'there is no nc'),
      `${skippedName('a page', 'there is no chromium')} has a title`,
    ];
    const tests = { [names[0] ?? '']: 'pending', [names[1] ?? '']: 'pending', 'a page has a frame': 'passed' };
    expect(run({ ...tests, [skippedName('two', 'there is no nc')]: 'pending' })).toBeUndefined();
    expect(said.split('\n').map((line) => line.trimEnd())).toEqual([
      '',
      'Skipped, as           tests',
      'there is no nc            2  one',
      '                             two',
      'there is no chromium      1  a page has a title',
      '',
    ]);
  });

  test('without a reason fails the run, unless the run was of certain tests only', () => {
    expect(run({ 'is forgotten': 'pending', 'is to come': 'todo' })).toMatchObject({
      message: 'skipped without a reason: is forgotten; is to come',
    });
    expect(said).toMatch(/^skipped without a reason: is forgotten; is to come$/m);
    expect(run({ 'is not meant': 'pending' }, 'is meant')).toBeUndefined();
  });

  test('is not spoken of where nothing was', () => {
    expect(run({ 'is well': 'passed', 'is not': 'failed' })).toBeUndefined();
    expect(said).toBe('');
  });
});

describe('the temporary directory of a run', () => {
  let said = '';
  /** What is said of one in which `leave` has left something. */
  function run(leave: (directory: string) => void): Error | undefined {
    let removed = (): void => {};
    said = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
    jest.spyOn(process, 'on').mockImplementation((_exit, listener) => {
      removed = listener as () => void;
      return process;
    });
    const before = process.env['TMPDIR'];
    const reporter = new NothingLeft();
    try {
      reporter.onRunStart();
      const directory = process.env['TMPDIR'] ?? '';
      expect(directory).toMatch(new RegExp(`^${tmpdir()}/realfork-`));
      leave(directory);
      reporter.onRunComplete();
      removed();
      expect(existsSync(directory)).toBe(false);
      return reporter.getLastError();
    } finally {
      process.env['TMPDIR'] = before;
      jest.restoreAllMocks();
    }
  }

  test('is new, and gone afterwards', () => {
    expect(run(() => {})).toBeUndefined();
    expect(said).toBe('');
  });

  test('has nothing left in it, or the run has failed', () => {
    const error = run((directory) => {
      mkdirSync(join(directory, 'directory'));
      writeFileSync(join(directory, 'file'), '');
    });
    expect(error).toMatchObject({ message: 'left in the temporary directory: directory, file' });
    expect(said).toBe('\nleft in the temporary directory: directory, file\n');
  });
});
