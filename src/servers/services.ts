import { daytime } from './services/daytime';
import { echo } from './services/echo';
import { http } from './services/http';
import type { Service } from './services/service';

export type { Service, ServiceDoit } from './services/service';

/** What a server can do for its clients: `--doit NAME`. */
export const SERVICES = { echo, daytime, http } as const satisfies Readonly<Record<string, Service>>;

export type ServiceName = keyof typeof SERVICES;

export const SERVICE_NAMES: readonly string[] = Object.keys(SERVICES);

export function isServiceName(name: string): name is ServiceName {
  return Object.hasOwn(SERVICES, name);
}
