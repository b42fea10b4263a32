import { writeSync } from 'node:fs';
import { STDERR_FILENO } from '../constants';
import { ConfigurationError, readConfiguration, type When } from './configuration';
import { isServiceName, SERVICES, type ServiceDoit } from './services';

/** The configuration file of handbook-7.7: {"doit": "daytime", "greeting": "Welcome.\r\n"}. */

interface Configuration {
  /** The name of a service. */
  readonly doit?: string | undefined;
  /** Sent to each client before it is served. */
  readonly greeting?: string | undefined;
}

function read(path: string, when: When): Configuration {
  const { check, optional, pipe, strictObject, string } = require('valibot') as typeof import('valibot');
  const schema = strictObject({
    doit: optional(
      pipe(string(), check(isServiceName, `there is no such service; there are ${Object.keys(SERVICES).join(', ')}`)),
    ),
    greeting: optional(string()),
  });
  return readConfiguration(path, schema, when);
}

function say(line: string): void {
  writeSync(STDERR_FILENO, `[${process.pid}] ${line}\n`);
}

export interface ConfiguredService {
  readonly serveClient: ServiceDoit;
  /** Takes the file as it is now; if it cannot be used the old configuration stays, and one line says why. */
  readonly reread: () => void;
}

/**
 * What `path` says is done for clients, `doit` where it does not say.
 * @throws {ConfigurationError} the file cannot be used
 */
export function configuredService(path: string, doit: ServiceDoit): ConfiguredService {
  let current = read(path, 'at the start');
  return {
    serveClient(connfd, unp) {
      if (current.greeting !== undefined) unp.Writen(connfd, current.greeting);
      const named = current.doit !== undefined && isServiceName(current.doit) ? SERVICES[current.doit].doit : doit;
      named(connfd, unp);
    },
    reread() {
      try {
        current = read(path, 'again');
        say(`configuration ${path} read again: ${JSON.stringify(current)}`);
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        say(`${error.message}; the old one stays`);
      }
    },
  };
}
