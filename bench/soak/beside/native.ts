/** Packages with code in C, C++, Go or Rust, and what comes with it: threads, files, processes. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Subject, same } from './subject';

interface Database {
  exec(sql: string): void;
  prepare(sql: string): {
    run(...values: readonly unknown[]): unknown;
    pluck(): { get(...values: readonly unknown[]): unknown };
  };
  close(): void;
}

/** A connection may not be carried across a fork (sqlite.org, "How To Corrupt An SQLite Database File", 2.6): a child opens its own. */
export const betterSqlite3: Subject = (load, directory) => {
  const Sqlite = load('better-sqlite3') as new (file: string) => Database;
  const file = join(directory, 'soak.db');
  const use = (database: Database): void => {
    const text = randomUUID();
    database.prepare('INSERT INTO texts VALUES (?)').run(text);
    same(database.prepare('SELECT text FROM texts WHERE text = ?').pluck().get(text), text);
    same(database.prepare('PRAGMA integrity_check').pluck().get(), 'ok');
  };
  const database = new Sqlite(file);
  database.exec('CREATE TABLE texts (text TEXT)');
  return {
    parent: async () => use(database),
    async child() {
      const own = new Sqlite(file);
      use(own);
      own.close();
    },
    end: () => database.close(),
  };
};

interface Image {
  resize(width: number): Image;
  rotate(degrees: number): Image;
  png(): Image;
  toBuffer(): Promise<Buffer>;
}

export const sharp: Subject = (load) => {
  const open = load('sharp') as (data: Buffer, options: object) => Image;
  const grey = Buffer.alloc(600 * 600 * 3, 120);
  const raw = { width: 600, height: 600, channels: 3 };
  const PNG = '89504e47';
  return {
    async parent() {
      const image = await open(grey, { raw }).resize(200).rotate(30).png().toBuffer();
      same(image.subarray(0, 4).toString('hex'), PNG);
    },
  };
};

interface Argon2 {
  hash(text: string, options: { memoryCost: number }): Promise<string>;
  verify(hash: string, text: string): Promise<boolean>;
}

export const argon2: Subject = (load) => {
  const { hash, verify } = load('argon2') as Argon2;
  return { parent: async () => same(await verify(await hash('secret', { memoryCost: 1024 }), 'secret'), true) };
};

interface Bcrypt {
  hash(text: string, rounds: number): Promise<string>;
  compare(text: string, hash: string): Promise<boolean>;
}

export const bcrypt: Subject = (load) => {
  const { hash, compare } = load('bcrypt') as Bcrypt;
  return { parent: async () => same(await compare('secret', await hash('secret', 6)), true) };
};

interface Esbuild {
  transform(code: string, options: object): Promise<{ code: string }>;
  stop(): Promise<void>;
}

/** Its service is one process, with pipes that would be parent's and child's: stopped before a fork, each side starts its own. */
export const esbuild: Subject = (load) => {
  const { transform, stop } = load('esbuild') as Esbuild;
  let asked = 0;
  return {
    async parent() {
      const value = process.pid * 1000 + ++asked;
      same((await transform(`let a: number = ${value}`, { loader: 'ts' })).code, `let a = ${value};\n`);
      await stop();
    },
  };
};

interface Pty {
  onData(listener: (text: string) => void): void;
  onExit(listener: (exit: { exitCode: number }) => void): void;
}

export const nodePty: Subject = (load) => {
  const { spawn } = load('node-pty') as { spawn(file: string, args: readonly string[], options: object): Pty };
  return {
    async parent() {
      const shell = spawn('/bin/sh', ['-c', 'echo on a terminal; exit 3'], {});
      let said = '';
      shell.onData((text) => {
        said += text;
      });
      same(await new Promise((resolve) => shell.onExit(({ exitCode }) => resolve(exitCode))), 3);
      same(said.trim(), 'on a terminal');
    },
  };
};

interface Lmdb {
  put(key: string, value: string): Promise<boolean>;
  get(key: string): string | undefined;
  close(): Promise<void>;
}

/**
 * An environment is not to be used after fork() (lmdb.h, "Caveats"): a child opens its own. The package's 'exit' listener closes
 * the parent's too, and takes it the place in its lock file that it reads with.
 */
export const lmdb: Subject = (load, directory) => {
  const { open } = load('lmdb') as { open(options: object): Lmdb };
  const use = async (database: Lmdb): Promise<void> => {
    const key = randomUUID();
    await database.put(key, `value of ${key}`);
    same(database.get(key), `value of ${key}`);
  };
  const database = open({ path: join(directory, 'parent') });
  return {
    parent: () => use(database),
    async child() {
      const own = open({ path: join(directory, `child-${process.pid}`) });
      await use(own);
      await own.close();
    },
    leavesBy: '_exit',
    end: () => database.close(),
  };
};
