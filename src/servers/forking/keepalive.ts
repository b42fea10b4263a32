import {
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOL_SOCKET,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_USER_TIMEOUT,
} from '../../constants';
import type { Posix } from '../../posix';

/** Probes without an answer after which the client is gone. */
const PROBES = 4;

/**
 * Has the kernel ask a client that is silent for so many seconds whether it is still there. One that does not answer is
 * gone as many seconds later: read(2) gives ETIMEDOUT. Where the system has TCP_USER_TIMEOUT, so is one that does not
 * acknowledge, in all that time, what it is sent; without it that takes a quarter of an hour. tcp(7)
 */
export function keepAlive(posix: Posix, connfd: number, seconds: number): void {
  const interval = Math.max(1, Math.round(seconds / PROBES));
  posix.setsockopt(connfd, SOL_SOCKET, SO_KEEPALIVE, 1);
  posix.setsockopt(connfd, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
  posix.setsockopt(connfd, IPPROTO_TCP, TCP_KEEPINTVL, interval);
  posix.setsockopt(connfd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
  if (TCP_USER_TIMEOUT === undefined) return;
  posix.setsockopt(connfd, IPPROTO_TCP, TCP_USER_TIMEOUT, (seconds + PROBES * interval) * 1000);
}
