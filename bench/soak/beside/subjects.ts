import { fetch, pg, undici } from './clients';
import { argon2, bcrypt, betterSqlite3, esbuild, lmdb, nodePty, sharp } from './native';
import { express, fastify, ws } from './servers';
import type { Subject } from './subject';
import { pino, piscina, winston } from './threads';

/** By the names of the packages. */
export const SUBJECTS: Readonly<Record<string, Subject>> = {
  ...{ ws, fastify, express, pg, 'better-sqlite3': betterSqlite3, sharp, argon2, bcrypt },
  ...{ piscina, pino, undici, fetch, winston, esbuild, 'node-pty': nodePty, lmdb },
};
