import {
  EAGAIN,
  EBADF,
  ECONNABORTED,
  EFAULT,
  EHOSTDOWN,
  EHOSTUNREACH,
  EINTR,
  EINVAL,
  ENETDOWN,
  ENETUNREACH,
  ENOPROTOOPT,
  ENOTSOCK,
  EOPNOTSUPP,
  EPERM,
  EPROTO,
} from '../../constants';
import { native } from '../../native';

/** What an accept that failed is to a server. */
export type AcceptFailure =
  /** Nothing: a signal, or a client that has gone. */
  | 'passing'
  /** The connection stays queued until there is room; or an error that is not known here. */
  | 'exhausted'
  /** A mistake in the program. */
  | 'fatal';

/**
 * Of the connection, not of the socket: gone before it was taken (ECONNABORTED; EAGAIN, as the socket does not block),
 * forbidden by a firewall (EPERM), or one of the "pending network errors" that Linux hands over. accept(2)
 */
const PASSING: readonly (number | undefined)[] = [
  ...[EINTR, EAGAIN, ECONNABORTED, EPERM, EPROTO],
  ...[ENETDOWN, ENOPROTOOPT, EHOSTDOWN, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH],
  native.constants['ENONET'], // Linux only
];

/** Of the call itself. What is in neither list is told, and tried again: EMFILE, ENFILE, ENOBUFS, ENOMEM, and what is not known here. */
const FATAL: readonly number[] = [EBADF, EFAULT, EINVAL, ENOTSOCK];

export function acceptFailure(errno: number): AcceptFailure {
  if (PASSING.includes(errno)) return 'passing';
  return FATAL.includes(errno) ? 'fatal' : 'exhausted';
}
