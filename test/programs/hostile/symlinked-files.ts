/** Fills the directory where it runs with links to a directory of somebody else's, and puts one in the place of its own. */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { pause } from 'realfork/c';

/** Beside this file: whoever handed it in has put something there that is dear to them. */
const precious = `${__dirname}/precious`;

const own = process.cwd();
symlinkSync(precious, 'link');
mkdirSync('deep');
symlinkSync(precious, 'deep/link');
writeFileSync('deep/file', '');
renameSync(own, `${own}-moved`);
symlinkSync(precious, own);
for (;;) pause();
