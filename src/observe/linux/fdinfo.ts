import { constants } from 'node:fs';
import { native } from '../../native';
import type { OpenFlags } from '../types';

export interface FdInfo {
  readonly flags: OpenFlags;
  readonly closeOnExec: boolean;
}

function accessOf(flags: number, mask: number): OpenFlags['access'] {
  switch (flags & mask) {
    case constants.O_WRONLY:
      return 'write';
    case constants.O_RDWR:
      return 'read and write';
    default:
      return 'read';
  }
}

/** /proc/PID/fdinfo/FD: "flags:\t02004002", in octal digits. proc_pid_fdinfo(5) */
export function parseFdInfo(text: string): FdInfo | undefined {
  const { linux } = native.observation;
  const octal = /^flags:\s+([0-7]+)$/m.exec(text)?.[1];
  if (octal === undefined || linux === undefined) return undefined;
  const flags = Number.parseInt(octal, 8);
  return {
    flags: {
      access: accessOf(flags, linux.O_ACCMODE),
      nonBlocking: (flags & constants.O_NONBLOCK) !== 0,
      append: (flags & constants.O_APPEND) !== 0,
    },
    closeOnExec: (flags & linux.O_CLOEXEC) !== 0,
  };
}
