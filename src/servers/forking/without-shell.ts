import { isAbsolute, join, sep } from 'node:path';
import { isProgram } from '../../find-command';

/** A program and its arguments, as execve(2) takes them. */
export interface Command {
  readonly path: string;
  readonly argv: readonly string[];
}

/** Words in which the shell sees nothing but words. No "=": an assignment may stand in front. No "~", no "#", no "*". */
const PLAIN = /^[\w@%+:,./ \t-]+$/;

/** Where the shell would find it. An entry of PATH that is relative stays for the shell, since children may be elsewhere. */
function find(name: string, path: string): string | undefined {
  if (name.includes(sep)) return name;
  const directories = path.split(':');
  const found = directories.find((directory) => isProgram(join(directory, name)));
  return found !== undefined && isAbsolute(found) ? join(found, name) : undefined;
}

/**
 * A command of the shell that can do without one, as Perl's system() has it: words without a character that the shell
 * understands, of which the first is a program. Undefined: it needs the shell, if only to say that there is no such program.
 */
export function withoutShell(command: string, path: string): Command | undefined {
  if (!PLAIN.test(command)) return undefined;
  const argv = command.split(/[ \t]+/).filter((word) => word !== '');
  const [name] = argv;
  const program = name === undefined ? undefined : find(name, path);
  return program === undefined || !isProgram(program) ? undefined : { path: program, argv };
}

export function withShell(command: string): Command {
  return { path: '/bin/sh', argv: ['sh', '-c', command] };
}
