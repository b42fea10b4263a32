import { SocketAddress as AddressOfNode } from 'node:net';
import { endianness } from 'node:os';
import { AF_INET, AF_INET6 } from '../../constants';
import { native } from '../../native';
import type { SocketAddress } from '../../types';
import type { ObservedSocket } from '../types';

/** /proc/net/tcp, tcp6, udp, udp6: a line for each socket. proc_pid_net(5) */

/** Fields of a line, which begins with blanks. */
const FIELD = { local: 1, peer: 2, state: 3, queues: 4, inode: 9 } as const;

/** Addresses are written as 32-bit numbers in the byte order of the machine. */
function bytesOf(hex: string): Buffer {
  const bytes = Buffer.from(hex, 'hex');
  return endianness() === 'LE' ? bytes.swap32() : bytes;
}

/** "0100007F:2695" is 127.0.0.1:9877. */
export function parseAddress(text: string): SocketAddress {
  const [hex = '', portHex = ''] = text.split(':');
  const port = Number.parseInt(portHex, 16);
  const bytes = bytesOf(hex);
  if (bytes.length === 4) return { family: AF_INET, address: bytes.join('.'), port };
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  const { address } = new AddressOfNode({ address: groups.join(':'), family: 'ipv6' });
  return { family: AF_INET6, address, port };
}

/** 0 and no port: there is no other end. */
function isNobody(address: string): boolean {
  return /^0+:0000$/.test(address);
}

function parseLine(protocol: 'tcp' | 'udp', fields: readonly string[]): ObservedSocket {
  const [local = '', peer = '', state = ''] = [fields[FIELD.local], fields[FIELD.peer], fields[FIELD.state]];
  const name = native.observation.linux?.tcpStates[Number.parseInt(state, 16)];
  const received = Number.parseInt(fields[FIELD.queues]?.split(':')[1] ?? '', 16);
  return {
    protocol,
    ...(name === undefined ? {} : { state: name }),
    local: parseAddress(local),
    ...(isNobody(peer) ? {} : { peer: parseAddress(peer) }),
    // Of a socket that listens the receive queue is the one of connections (tcp_ipv4.c, get_tcp4_sock).
    ...(name === 'LISTEN' ? { queued: received } : {}),
  };
}

/** The sockets of one such file that are wanted, by inode. Those that no process has (TIME_WAIT) have inode 0. */
export function parseInet(
  protocol: 'tcp' | 'udp',
  text: string,
  wanted: ReadonlySet<number>,
): Map<number, ObservedSocket> {
  const sockets = new Map<number, ObservedSocket>();
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const inode = Number(fields[FIELD.inode]);
    if (wanted.has(inode)) sockets.set(inode, parseLine(protocol, fields));
  }
  return sockets;
}
