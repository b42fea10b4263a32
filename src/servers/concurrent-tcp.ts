/**
 * concurrent-tcp: Peter Chapin, "Concurrent TCP Servers" (CIS-3152, Network Programming), as its slides go.
 *
 * - concurrent-tcp-1: "Parent's Main Loop". "Previous code did not deal with zombies."
 * - concurrent-tcp-2: "Set Up Signal Handling" with sa_flags 0, "SIGCHLD Handler" with its loop over waitpid, and "Call
 *   accept In a Loop", which ignores EINTR.
 * - concurrent-tcp-3a and 3b: "Other Possibilities ... Does Linux allow either of this options?" Both: 3a sets
 *   SA_RESTART, 3b SA_NOCLDWAIT, and neither needs the loop around accept.
 *
 * Run:    realfork serve concurrent-tcp-2 --port 9877       then, elsewhere:  nc 127.0.0.1 9877, and end it
 * Expect: 1 leaves a zombie for each client. 2 reaps it, and accept returns -1 EINTR each time. 3a reaps it, and accept
 *         does not return: it goes on. In 3b there is no zombie, no handler and no EINTR, and no status to be had:
 *         waitpid would give ECHILD.
 */
import { EINTR, SA_NOCLDWAIT, SA_RESTART, SIG_DFL, SIGCHLD, SOCK_STREAM } from '../constants';
import type { SignalAction, SocketAddress } from '../types';
import { LISTENQ, type Unp } from '../unp/wrappers';
import type { Doit } from './figure-4.13';
import { sig_chld } from './sigchld';

/** What the stages differ in. */
interface Stage {
  /** struct sigaction action, for SIGCHLD. */
  readonly action?: (SIGCHLD_handler: () => void) => SignalAction;
  /** "In our case, we just want to call accept again." */
  readonly ignoresEintr: boolean;
}

function concurrentTcp({ action, ignoresEintr }: Stage) {
  return (unp: Unp, address: SocketAddress, serviceClient: Doit): never => {
    const { Socket, Bind, Listen, accept, Fork, Close, Sigaction, errno, perror, exit } = unp;

    if (action !== undefined) Sigaction(SIGCHLD, action(sig_chld(unp)));

    const listen_handle = Socket(address.family, SOCK_STREAM, 0);
    Bind(listen_handle, address);
    Listen(listen_handle, LISTENQ);

    for (;;) {
      let connection_handle: number;
      // biome-ignore lint/suspicious/noAssignInExpressions: as the slide prints it
      while ((connection_handle = accept(listen_handle)) === -1) {
        if (!ignoresEintr || errno() !== EINTR) {
          perror('Accept failed!');
          exit(1);
        }
      }
      // Create child to service client.
      if (Fork() === 0) {
        Close(listen_handle); /* NOTE: Child inherits parent's handles! */
        serviceClient(connection_handle);
        exit(0);
      }
      // Parent doesn't need this handle.
      Close(connection_handle);
    }
  };
}

export const concurrentTcp1 = concurrentTcp({ ignoresEintr: false });
export const concurrentTcp2 = concurrentTcp({ action: (handler) => ({ handler, flags: 0 }), ignoresEintr: true });
export const concurrentTcp3a = concurrentTcp({
  action: (handler) => ({ handler, flags: SA_RESTART }),
  ignoresEintr: false,
});
export const concurrentTcp3b = concurrentTcp({
  action: () => ({ handler: SIG_DFL, flags: SA_NOCLDWAIT }),
  ignoresEintr: false,
});
