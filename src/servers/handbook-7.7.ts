/**
 * handbook-7.7: FreeBSD Developers' Handbook, section 7.7, "Concurrent Servers": its flowchart of a top process, a
 * daemon process, a server process, and a box for the process signals that is connected to no other box.
 *
 * Shows: SIGCHLD, which removes the zombies, and SIGHUP, "typically [interpreted] as the signal from the superuser that
 * they should reread their configuration files. This allows us to change settings without having to kill and restart".
 *
 * Run:    echo '{"doit": "echo"}' > server.json
 *         realfork serve handbook-7.7 --port 9877 --config server.json      then, elsewhere:  nc 127.0.0.1 9877
 *         echo '{"doit": "daytime"}' > server.json; kill -HUP <the pid of its first line>
 * Expect: the nc that is there is echoed to as before; the next one gets the date and time. The listening socket is the
 *         same, and no client is turned away meanwhile.
 */
import { SA_RESTART, SIG_IGN, SIGCHLD, SIGHUP, SOCK_STREAM } from '../constants';
import type { SocketAddress } from '../types';
import { LISTENQ, type Unp } from '../unp/wrappers';
import type { Doit } from './figure-4.13';
import { sig_chld } from './sigchld';

/** The box "process signals". */
function processSignals(unp: Unp, reread: () => void): void {
  unp.Sigaction(SIGCHLD, { handler: sig_chld(unp), flags: SA_RESTART });
  /* In C the handler could but set a flag; here it runs only where a handler may call anything. */
  unp.Sigaction(SIGHUP, { handler: reread, flags: SA_RESTART });
}

/** @param reread reads the configuration file again */
export function handbook77(unp: Unp, address: SocketAddress, serve: Doit, { reread }: { reread: () => void }): never {
  const { Socket, Bind, Listen, Accept, Fork, Close, Sigaction, exit } = unp;

  const top = Socket(address.family, SOCK_STREAM, 0); /* the top socket */
  Bind(top, address);
  processSignals(unp, reread); /* initialize daemon: before there is a client, whose end is a signal */
  Listen(top, LISTENQ);

  for (;;) {
    const accepted = Accept(top);

    if (Fork() === 0) {
      /* server process */
      Sigaction(SIGHUP, { handler: SIG_IGN }); /* the configuration is the daemon's, also if all of its group is told */
      Close(top); /* it does not need this socket */
      serve(accepted);
      Close(accepted);
      exit(0);
    }

    Close(accepted); /* the daemon must, or it will run out of file descriptors sooner or later */
  }
}
