import { dirname } from 'node:path';
import { entryPoints } from '../user-code/entry-points';

/** What an editor has to know of a lab's directory, so that it completes names and marks what is wrong, and nothing else. */

/** Where the declarations of Node are, as this package has them: the directory of all @types. */
function typeRoot(): string | undefined {
  try {
    return dirname(dirname(require.resolve('@types/node/package.json')));
  } catch {
    return undefined; // left out by who has packed it: an editor looks for them by itself then
  }
}

/** tsconfig.json: as `realfork run` takes a file, with the declarations of this installation, wherever it is. */
export function editorConfig(): string {
  const root = typeRoot();
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023'],
    module: 'preserve',
    moduleResolution: 'bundler',
    moduleDetection: 'force',
    isolatedModules: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    ...(root === undefined ? {} : { typeRoots: [root], types: ['node'] }),
    paths: Object.fromEntries([...entryPoints()].flatMap(([name, { types }]) => (types ? [[name, [types]]] : []))),
  };
  const reason =
    '// For the editor: realfork itself does not read it. If realfork moves, delete it and start the lab again.';
  return `${reason}\n${JSON.stringify({ compilerOptions, include: ['*.ts'] }, null, 2)}\n`;
}
