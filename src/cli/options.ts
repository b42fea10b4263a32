import { isIP } from 'node:net';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { AF_INET, AF_INET6, AF_UNIX } from '../constants';
import type { SocketAddress } from '../types';

/** Readers of option values: each refuses what does not fit, with what would. */

export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || value > high) {
      throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
    }
    return value;
  };
}

export const port = wholeNumber(0, 65535);
export const backlog = wholeNumber(0, 2 ** 31 - 1);
export const descriptor = wholeNumber(0, 2 ** 31 - 1);

export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0 || value > 2 ** 31 - 1) {
    throw new InvalidArgumentError('It must be a number of seconds, 0 or more.');
  }
  return value;
}

/** An address in figures, "localhost", or the path of a Unix socket. */
export function host(text: string): string {
  const address = text === 'localhost' ? '127.0.0.1' : text;
  if (isIP(address) === 0 && !address.includes('/')) {
    throw new InvalidArgumentError('It must be an address (127.0.0.1, ::1) or a path of a Unix socket (./socket).');
  }
  return address;
}

/** Where to listen. `hostText` has been through host(). */
export function socketAddress(hostText: string, portNumber: number): SocketAddress {
  switch (isIP(hostText)) {
    case 4:
      return { family: AF_INET, address: hostText, port: portNumber };
    case 6:
      return { family: AF_INET6, address: hostText, port: portNumber };
    default:
      return { family: AF_UNIX, path: hostText };
  }
}

/** Where to listen, in one word: "127.0.0.1:9877", "[::1]:9877", "localhost:0", "/run/socket". */
export function endpoint(text: string): SocketAddress {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]*)\]|([^:/]*)):(\d+)$/.exec(text) ?? [];
  if (portText !== undefined) return socketAddress(host(bracketed ?? plain ?? ''), port(portText));
  if (isIP(text) !== 0 || !text.includes('/')) {
    throw new InvalidArgumentError('It must be ADDRESS:PORT (127.0.0.1:9877, [::1]:9877) or a path (./socket).');
  }
  return socketAddress(text, 0);
}

/** Of each command whose program forks: src/tuned/. */
export const tunedOption = (when = ''): Option =>
  new Option('--tuned', `start Node anew with settings that make each fork cost less${when}`);

/** Where it is the default. */
export const notTunedOption = (): Option =>
  new Option('--no-tuned', 'start Node with the settings that it usually has');

/** Of --listen fd:3. */
function listeners(asked: Command): number[] {
  const places = (asked.getOptionValue('listen') ?? []) as readonly object[];
  return places.flatMap((place) => ('fd' in place && typeof place.fd === 'number' ? [place.fd] : []));
}

/**
 * Loaded when it is wanted. The descriptor of --events stays open, those of --listen, and what another process has passed.
 * @param isUsual whether it is done where neither --tuned nor --no-tuned is given
 */
export function relaunchIfAsked(asked: Command, isUsual = false): void {
  const isTuned: unknown = asked.getOptionValue('tuned');
  if (isTuned === false || (isTuned === undefined && !isUsual)) return;
  const events: unknown = asked.getOptionValue('events');
  const { tune } = require('../tuned/tune') as typeof import('../tuned/tune');
  const { descriptorsPassed } = require('../servers/forking/takeover') as typeof import('../servers/forking/takeover');
  tune([...descriptorsPassed(), ...listeners(asked), ...(typeof events === 'number' ? [events] : [])]);
}
