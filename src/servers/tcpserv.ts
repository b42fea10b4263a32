/**
 * tcpserv01 to tcpserv04: Stevens, UNIX Network Programming, volume 1, chapter 5, the TCP echo server as it grows.
 *
 * - tcpserv01 (Figure 5.2): nobody waits for the children: each becomes a zombie (section 5.9).
 * - tcpserv02 (section 5.9): a handler for SIGCHLD that calls wait (Figure 5.7).
 * - tcpserv03 (section 5.9): and the call of accept that goes on after EINTR, since not every system restarts it.
 * - tcpserv04 (Figure 5.12): the handler loops over waitpid (Figure 5.11), for children that end together.
 *
 * Run:    realfork serve tcpserv03 --port 9877
 *         realfork connect --port 9877 --connections 5     and end it with Ctrl-D
 * Expect: all five children end together. tcpserv03 is told once or twice (standard signals do not queue) and reaps one
 *         child each time: ps -t shows what it leaves, as <defunct>. tcpserv04 leaves none. The handler is installed by
 *         Signal(), with SA_RESTART: accept goes on by itself.
 */
import { EINTR, SIGCHLD, SOCK_STREAM, STDOUT_FILENO, WNOHANG } from '../constants';
import type { SocketAddress } from '../types';
import { LISTENQ, type Unp } from '../unp/wrappers';
import type { Doit } from './figure-4.13';

/** Figure 5.7: one wait for each signal. */
function sig_chld_wait({ Wait, Writen }: Unp): () => void {
  return () => {
    const { pid } = Wait();
    Writen(STDOUT_FILENO, `child ${pid} terminated\n`);
  };
}

/** Figure 5.11: all that have ended, however many signals they were. */
function sig_chld_waitpid({ waitpid, Writen }: Unp): () => void {
  return () => {
    for (let { pid } = waitpid(-1, WNOHANG); pid > 0; { pid } = waitpid(-1, WNOHANG)) {
      Writen(STDOUT_FILENO, `child ${pid} terminated\n`);
    }
  };
}

/** Figure 5.12: accept, again after EINTR. */
function acceptAgain({ accept, errno, err_sys }: Unp): (listenfd: number) => number {
  return (listenfd) => {
    for (;;) {
      const connfd = accept(listenfd);
      if (connfd >= 0) return connfd;
      if (errno() === EINTR) continue; /* back to for() */
      err_sys('accept error');
    }
  };
}

/** What the four differ in. */
interface Stage {
  readonly sig_chld?: (unp: Unp) => () => void;
  readonly accept: (unp: Unp) => (listenfd: number) => number;
}

function tcpserv({ sig_chld, accept: acceptOf }: Stage) {
  return (unp: Unp, address: SocketAddress, doit: Doit): never => {
    const { Socket, Bind, Listen, Fork, Close, Signal, exit } = unp;
    const accept = acceptOf(unp);
    const listenfd = Socket(address.family, SOCK_STREAM, 0);

    Bind(listenfd, address);
    Listen(listenfd, LISTENQ);

    if (sig_chld !== undefined) Signal(SIGCHLD, sig_chld(unp));

    for (;;) {
      const connfd = accept(listenfd);

      if (Fork() === 0) {
        /* child process */
        Close(listenfd); /* close listening socket */
        doit(connfd); /* process the request: str_echo */
        exit(0);
      }
      Close(connfd); /* parent closes connected socket */
    }
  };
}

export const tcpserv01 = tcpserv({ accept: ({ Accept }) => Accept });
export const tcpserv02 = tcpserv({ sig_chld: sig_chld_wait, accept: ({ Accept }) => Accept });
export const tcpserv03 = tcpserv({ sig_chld: sig_chld_wait, accept: acceptAgain });
export const tcpserv04 = tcpserv({ sig_chld: sig_chld_waitpid, accept: acceptAgain });
