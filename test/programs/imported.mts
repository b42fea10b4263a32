/** The entry points by import: all of their names, and some by name, as a program of ES modules has them. */
import * as posix from 'realfork';
import { EINTR as eintr, fork, SyscallError, WIFEXITED } from 'realfork';
import * as c from 'realfork/c';
import { accept, EINTR, errno } from 'realfork/c';
import * as children from 'realfork/children';
import { ForkPool, inChild } from 'realfork/children';
import { findProcess, observe } from 'realfork/observe';
import * as unp from 'realfork/unp';
import { Accept, Fork, WNOHANG } from 'realfork/unp';

const names = (module: object): string[] =>
  Object.keys(module)
    .filter((name) => !['default', 'module.exports', '__esModule'].includes(name))
    .sort();
const byName = [
  fork,
  SyscallError,
  WIFEXITED,
  accept,
  errno,
  Accept,
  Fork,
  observe,
  findProcess,
  inChild,
  ForkPool,
].every((value) => typeof value === 'function');
const constants = eintr === EINTR && WNOHANG === posix.WNOHANG;

process.stdout.write(
  `${JSON.stringify({ names: [posix, c, unp, children].map(names), byName: byName && constants })}\n`,
);
