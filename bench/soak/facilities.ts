import { randomBytes, scrypt, scryptSync } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzipSync, gzip } from 'node:zlib';

/** What Node has libuv's thread pool do, and whether the result is right. */
export interface Facility {
  readonly name: string;
  readonly isRight: () => Promise<boolean>;
}

const PASSWORD = 'password';
const SALT = 'salt';
const KEY_BYTES = 32;
/** A fraction of a millisecond. */
const COST = { N: 256 };
/** Half of it can be compressed. */
const TEXT = randomBytes(16_384).toString('hex');

const derive = promisify<string, string, number, { N: number }, Buffer>(scrypt);
const compress = promisify<string, Buffer>(gzip);

const key = scryptSync(PASSWORD, SALT, KEY_BYTES, COST);
const source = readFileSync(__filename);

export const FACILITIES: readonly Facility[] = [
  { name: 'fs.promises.readFile', isRight: async () => source.equals(await readFile(__filename)) },
  {
    name: 'dns.lookup',
    isRight: async () => ['127.0.0.1', '::1'].includes((await lookup('localhost')).address),
  },
  { name: 'crypto.scrypt', isRight: async () => key.equals(await derive(PASSWORD, SALT, KEY_BYTES, COST)) },
  { name: 'zlib.gzip', isRight: async () => gunzipSync(await compress(TEXT)).toString() === TEXT },
];

/** Throws unless the result of it is right. */
export async function use({ name, isRight }: Facility): Promise<void> {
  if (!(await isRight())) throw new Error(`${name} gave a wrong result`);
}
