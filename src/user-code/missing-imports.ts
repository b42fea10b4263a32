import { didYouMean } from '../did-you-mean';
import { entryPoints, exportsOf } from './entry-points';

/** An import of what this package has not. Compiled it is undefined, and only the call says that it is no function. */
export interface MissingImport {
  /** What to tell, and what to do. */
  readonly problem: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
}

/** Of Babel's syntax tree what is looked at. */
interface Node {
  readonly type: string;
  readonly loc?: { readonly start: { readonly line: number; readonly column: number } } | null;
}
interface Specifier extends Node {
  /** An identifier, or a string. Of `import x from` and `import * as x from` there is none. */
  readonly imported?: { readonly name: string } | { readonly value: string };
  readonly local: { readonly name: string };
}
interface ImportDeclaration extends Node {
  readonly source: Node & { readonly value: string };
  readonly specifiers: readonly Specifier[];
}
interface Path {
  readonly node: ImportDeclaration;
  readonly scope: {
    getBinding(name: string): { readonly referencePaths: readonly { readonly parent: Node }[] } | undefined;
  };
}

/** A plugin for Babel: it changes nothing. */
export type Plugin = () => { readonly visitor: { ImportDeclaration(path: Path): void } };

/** "realfork/c has no sockaddr_in; realfork/unp has: import { sockaddr_in } from 'realfork/unp'" */
function noSuchName(name: string, entryPoint: string): string {
  const others = [...entryPoints().keys()].filter((other) => other !== entryPoint);
  const having = others.filter((other) => exportsOf(other).includes(name));
  const missing = `${entryPoint} has no ${name}`;
  if (having.length > 0) {
    const have = having.length === 1 ? 'has' : 'have';
    return `${missing}; ${having.join(' and ')} ${have}: import { ${name} } from '${having[0]}'`;
  }
  const all = [entryPoint, ...others].flatMap(exportsOf);
  return `${missing}, and no other entry point has.${didYouMean(name, all)}`;
}

function noSuchEntryPoint(name: string): string {
  const all = [...entryPoints().keys()].filter((one) => !one.endsWith('.json'));
  return `there is no ${name}, but ${all.join(', ')}.${didYouMean(name, all)}`;
}

/** Types are exported on, as if they were values, by files whose compiler knows which is which. This one does not. */
function isOnlyExportedOn({ scope }: Path, { local }: Specifier): boolean {
  const references = scope.getBinding(local.name)?.referencePaths ?? [];
  return references.length > 0 && references.every(({ parent }) => parent.type === 'ExportSpecifier');
}

/**
 * Tells `found` of each missing import. Babel has left out by then what TypeScript does: imports of types, and those that
 * nothing but types refers to.
 */
export function missingImports(found: (missing: MissingImport) => void): Plugin {
  const tell = (problem: string, { loc }: Node): void =>
    found({ problem, line: loc?.start.line ?? 1, column: (loc?.start.column ?? 0) + 1 });
  return () => ({
    visitor: {
      ImportDeclaration(path) {
        const { source, specifiers } = path.node;
        const [[own = ''] = []] = entryPoints();
        if (source.value !== own && !source.value.startsWith(`${own}/`)) return;
        if (!entryPoints().has(source.value)) return tell(noSuchEntryPoint(source.value), source);
        const names = specifiers.some(({ type }) => type !== 'ImportNamespaceSpecifier') ? exportsOf(source.value) : [];
        for (const specifier of specifiers) {
          if (specifier.imported === undefined || isOnlyExportedOn(path, specifier)) continue;
          const name = 'name' in specifier.imported ? specifier.imported.name : specifier.imported.value;
          if (name !== 'default' && !names.includes(name)) tell(noSuchName(name, source.value), specifier);
        }
      },
    },
  });
}
