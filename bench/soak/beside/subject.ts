import { strictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** require() of the packages as they were installed for this. Each names the part of a package's interface that it uses. */
export type Load = (name: string) => unknown;

/** A package in use. Each of the functions rejects where the package gives something else than it should. */
export interface InUse {
  /** In the parent, before the first fork and after each. */
  parent(): Promise<void>;
  /** In each child. The same as in the parent, unless it takes what a child has to have of its own: a connection, a file. */
  child?(): Promise<void>;
  /** For a child that is not to have its parent's sockets and timers. */
  readonly fork?: { readonly inheritHandles: false };
  /** For a child that leaves without 'exit' listeners, since the package has one that its parent would not survive. */
  readonly leavesBy?: '_exit';
  end?(): unknown;
}

/** Begins to use it. `directory`: for its files, empty, and removed afterwards. */
export type Subject = (load: Load, directory: string) => InUse | Promise<InUse>;

/** The port that it listens on, once it does, on 127.0.0.1. */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** What GET / answers, by a connection that is closed afterwards. */
export function get(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

export const same = (is: unknown, wanted: unknown): void => strictEqual(is, wanted);

/** Until a file has this text: it is written some time after it was said. */
export async function written(file: string, text: string): Promise<void> {
  for (;;) {
    const so = (() => {
      try {
        return readFileSync(file, 'utf8').includes(text);
      } catch {
        return false; // not there yet
      }
    })();
    if (so) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
