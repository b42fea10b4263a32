import { writeSync } from 'node:fs';
import { STDERR_FILENO } from '../../constants';
import { SERV_PORT } from '../../unp/wrappers';
import { REALFORK } from '../called-as';

/** Options of the clients, for "127.0.0.1:9877", "[::1]:9877" or a path. A server on all addresses is on the loopback too. */
function client(address: string): string {
  const [, bracketed, plain = bracketed, port] = /^(?:\[(.*)\]|([^/]*)):(\d+)$/.exec(address) ?? [];
  if (plain === undefined) return `${REALFORK} connect --host ${address}  (or: nc -NU ${address})`;
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[plain] ?? plain;
  const options = [
    ...(host === '127.0.0.1' ? [] : [` --host ${host}`]),
    ...(Number(port) === SERV_PORT ? [] : [` --port ${port}`]),
  ];
  return `${REALFORK} connect${options.join('')}  (or: nc -N ${host} ${port})`;
}

/** Once a server listens: what to do next, for whoever has started it in a terminal. A log has no use for it. */
export function tellWhatNext(address: string): void {
  const { isatty } = require('node:tty') as typeof import('node:tty');
  if (!isatty(STDERR_FILENO)) return;
  const lines = [`connect with: ${client(address)}`, `watch me:     ${REALFORK} watch ${process.pid}`];
  writeSync(STDERR_FILENO, lines.map((line) => `${line}\n`).join(''));
}
