/** Jest runs what `tsc` made of test/: no transform, and the source maps beside the files name TypeScript lines. */
// Node reads all certificates of this file at each start: a quarter of the suite's processor time. No test needs one.
delete process.env.NODE_EXTRA_CA_CERTS;
// Else commands speak of themselves as of what npx has started, where npx has started Jest.
delete process.env.npm_command;

module.exports = {
  roots: ['<rootDir>/dist-test/test'],
  testMatch: ['<rootDir>/dist-test/test/**/*.test.js'],
  transform: {},
  // Not in the temporary directory, in which nothing is to be left.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  reporters: [
    'default',
    '<rootDir>/dist-test/test/support/nothing-left.js',
    '<rootDir>/dist-test/test/support/skipped.js',
  ],
  testSequencer: '<rootDir>/dist-test/test/support/longest-first.js',
  // The tests wait for processes, not for a processor.
  maxWorkers: 2,
  // Tests that run side by side (test.concurrent) are processes each.
  maxConcurrency: 2,
  // Longer than the kill timer of a program (test/support/run-program.ts), which says more when it goes off.
  testTimeout: 150_000,
};
