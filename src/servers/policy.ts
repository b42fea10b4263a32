import { ECONNABORTED, EINTR, EPROTO, SO_RCVTIMEO, SO_REUSEADDR, SOL_SOCKET } from '../constants';
import type { SocketAddress } from '../types';
import type { Unp } from '../unp/wrappers';

/**
 * What one adds to a server of the books without touching a line of it: the calls that it is given do
 * a little more than their namesakes.
 */
export type Addition = (unp: Unp) => Unp;

/** accept again when a signal interrupted it, where the wrapper dies (UNP Figure 5.12, Chapin's loop). */
export const retryOnEintr: Addition = (unp) => ({
  ...unp,
  Accept(listenfd) {
    for (;;) {
      const connfd = unp.accept(listenfd);
      if (connfd !== -1) return connfd;
      const isTemporary = [EINTR, EPROTO, ECONNABORTED].includes(unp.errno());
      if (!isTemporary) unp.err_sys('accept error');
    }
  },
});

/** A server that is started again at once finds its port free (UNP 7.5, SO_REUSEADDR). */
export const reuseAddress: Addition = (unp) => ({
  ...unp,
  Socket(...args) {
    const fd = unp.Socket(...args);
    unp.Setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, true);
    return fd;
  },
});

/** SO_RCVTIMEO on the listening socket: accept gives up after so many seconds, and is never restarted. */
export const receiveTimeout =
  (seconds: number): Addition =>
  (unp) => ({
    ...unp,
    Socket(...args) {
      const fd = unp.Socket(...args);
      const microseconds = Math.round(seconds * 1e6);
      const tv_sec = Math.trunc(microseconds / 1e6);
      unp.Setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, { tv_sec, tv_usec: microseconds - tv_sec * 1e6 });
      return fd;
    },
  });

/** A backlog of one's own, and word of the address once clients can connect. */
export const announce =
  (backlog: number | undefined, onListening: (address: SocketAddress) => void): Addition =>
  (unp) => ({
    ...unp,
    Listen(listenfd, listenq) {
      unp.Listen(listenfd, backlog ?? listenq);
      onListening(unp.Getsockname(listenfd));
    },
  });
