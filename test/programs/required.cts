/** The entry points by require. */
import posix = require('realfork');
import c = require('realfork/c');
import unp = require('realfork/unp');

process.stdout.write(`${JSON.stringify({ names: [posix, c, unp].map((module) => Object.keys(module).sort()) })}\n`);
