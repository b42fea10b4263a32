import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameOf } from './check';
import { editorConfig } from './editor';
import type { Lab } from './lab';
import { LAB_JSON, type Language } from './submission';

/** What a lab looks like in a language: where its texts are, what its program is called, how it is built and run. */

const LABS = join(__dirname, '..', '..', 'labs');

/** What is written beside the student's file, and belongs to no lab. */
type Extra = readonly [name: string, content: string];

interface Form {
  /** Of its files: "c". */
  readonly extension: string;
  /** Below the lab's directory. */
  readonly directory: string;
  /** How the program is run from the lab's directory. */
  run(program: string): string;
  /** What pgrep -f finds it by. */
  found(program: string): string;
  extras(program: string): readonly Extra[];
}

/** Of the files that all labs share in a language. */
const shared = (language: Language, name: string): string => readFileSync(join(LABS, language, name), 'utf8');

function labJson(content: { readonly build?: string; readonly run: readonly string[] }): Extra {
  return [LAB_JSON, `${JSON.stringify(content, null, 2)}\n`];
}

const FORMS: Readonly<Record<Language, Form>> = {
  typescript: {
    ...{ extension: 'ts', directory: '.' },
    run: (program) => `realfork run ${program}.ts`,
    found: (program) => `${program}.ts`,
    extras: () => [['tsconfig.json', editorConfig()]],
  },
  c: {
    ...{ extension: 'c', directory: 'c' },
    run: (program) => `./${program}`,
    found: (program) => program,
    extras: (program) => [
      ['unp.h', shared('c', 'unp.h')],
      ['unp.c', shared('c', 'unp.c')],
      ['Makefile', shared('c', 'Makefile').replace(/^PROGRAM = .*$/m, `PROGRAM = ${program}`)],
      labJson({ build: 'make', run: [`./${program}`] }),
    ],
  },
  python: {
    ...{ extension: 'py', directory: 'python' },
    run: (program) => `python3 ${program}.py`,
    found: (program) => `${program}.py`,
    extras: (program) => [labJson({ run: ['python3', `${program}.py`] })],
  },
};

/** "server" of server.ts. */
const programOf = ({ file }: Lab): string => file.replace(/\.ts$/, '');

/** Where a lab's texts in a language are; the README is in the directory above, the same for all. */
export function textsIn(lab: Lab, language: Language): string {
  return join(LABS, nameOf(lab), FORMS[language].directory);
}

/** The student's file: "server.c". */
export const fileIn = (lab: Lab, language: Language): string => `${programOf(lab)}.${FORMS[language].extension}`;

/** A file of the lab in a language, if it has it: "starter", "faulty". */
export function sourceIn(lab: Lab, language: Language, version: 'starter' | 'faulty'): string | undefined {
  const file = join(textsIn(lab, language), `${version}.${FORMS[language].extension}`);
  return existsSync(file) ? file : undefined;
}

export const isThereIn = (lab: Lab, language: Language): boolean => sourceIn(lab, language, 'starter') !== undefined;

/** Beside the student's file: what builds it, and what an editor reads. */
export const extrasIn = (lab: Lab, language: Language): readonly Extra[] => FORMS[language].extras(programOf(lab));

/** The README is written for TypeScript: the same with the commands and the file names of a language. */
export function readmeIn(language: Language, readme: string): string {
  if (language === 'typescript') return readme;
  const { extension, run, found } = FORMS[language];
  return readme
    .replaceAll(/realfork run (\w+)\.ts/g, (_whole, program: string) => run(program))
    .replaceAll(/(pgrep -\w+ '?)(\w+)\.ts/g, (_whole, before: string, program: string) => `${before}${found(program)}`)
    .replaceAll(/\b(\w+)\.ts\b/g, `$1.${extension}`);
}
