// npm's install script: builds the addons, unless they are there, newer than their sources, and load in this Node.
// The first `npx realfork` in a checkout runs it: npm links the package into a cache of its own, which is no reason
// to build it again.
'use strict';

const { spawnSync } = require('node:child_process');
const { readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const addons = ['realfork', 'quiesce'].map((name) => join(root, 'build', 'Release', `${name}.node`));
const changed = (file) => statSync(file).mtimeMs;

function areUpToDate() {
  const native = readdirSync(join(root, 'native')).map((name) => join(root, 'native', name));
  const sources = [join(root, 'binding.gyp'), ...native];
  try {
    if (Math.max(...sources.map(changed)) > Math.min(...addons.map(changed))) return false;
    for (const addon of addons) require(addon);
    return true;
  } catch {
    return false; // not there, or built for another Node
  }
}

if (!areUpToDate()) {
  const { status, error } = spawnSync('node-gyp', ['rebuild'], { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  process.exitCode = status ?? 1;
}
