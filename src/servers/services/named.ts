import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { importFile } from '../../user-code';
import { Mistake } from '../../user-code/mistake';
import { isServiceName, SERVICE_NAMES, SERVICES, type Service } from '../services';
import { refuseAsync } from './service';

const EXTENSIONS: readonly string[] = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

const CHOICES = `${SERVICE_NAMES.join(', ')}, or a file (.ts, .js) that exports a function "doit"`;

/** Why there can be no service of that name; undefined if there can. */
export function whyNoService(name: string): string | undefined {
  if (isServiceName(name)) return undefined;
  if (!EXTENSIONS.includes(extname(name))) return `It must be ${CHOICES}.`;
  return existsSync(name) ? undefined : `There is no file ${name}. It must be ${CHOICES}.`;
}

function functionIn(exports: Readonly<Record<string, unknown>>, ...names: readonly string[]): unknown {
  return names.map((name) => exports[name]).find((value) => typeof value === 'function');
}

/**
 * One of the services, or what a file exports: `doit(connfd, unp)`, or the same as its default, `rehearse(client, unp)`, and
 * `onConnection(socket)`.
 * @throws (rejects with) TypeError: a doit that is async
 */
export async function serviceNamed(name: string): Promise<Service> {
  if (isServiceName(name)) return SERVICES[name];
  const exports = await importFile(name).catch((error: unknown) => {
    throw error instanceof Mistake ? new Error(`${error.place}: ${error.message}`) : error;
  });
  const doit = functionIn(exports, 'doit', 'default');
  refuseAsync(name, doit);
  return {
    doit: doit as Service['doit'],
    rehearse: functionIn(exports, 'rehearse') as Service['rehearse'],
    onConnection: functionIn(exports, 'onConnection') as Service['onConnection'],
  };
}
