/** The entry points by require. */
import posix = require('realfork');
import c = require('realfork/c');
import children = require('realfork/children');
import unp = require('realfork/unp');

process.stdout.write(
  `${JSON.stringify({ names: [posix, c, unp, children].map((module) => Object.keys(module).sort()) })}\n`,
);
