/**
 * echoserverp: Bryant and O'Hallaron, Computer Systems: A Programmer's Perspective, section 12.1, "Concurrent
 * programming with processes".
 *
 * Shows: what parent and child must close, and a handler that reaps all zombies.
 *
 * Run:    realfork serve echoserverp --port 9877       then, elsewhere:  nc 127.0.0.1 9877
 * Expect: every client is served at once; no child stays a zombie (ps shows no <defunct>). CS:APP's Signal() installs
 *         its handlers with SA_RESTART, so accept goes on by itself.
 */
import { SIGCHLD, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from '../constants';
import type { SocketAddress } from '../types';
import { LISTENQ, type Unp } from '../unp/wrappers';
import type { Doit } from './figure-4.13';
import { sig_chld } from './sigchld';

/** csapp.c: a socket that listens, on a port that may have been in use a moment ago. */
function Open_listenfd({ Socket, Setsockopt, Bind, Listen }: Unp, address: SocketAddress): number {
  const listenfd = Socket(address.family, SOCK_STREAM, 0);
  Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1); /* eliminates "Address already in use" from bind */
  Bind(listenfd, address);
  Listen(listenfd, LISTENQ);
  return listenfd;
}

export function echoserverp(unp: Unp, address: SocketAddress, echo: Doit): never {
  const { Signal, Accept, Fork, Close, exit } = unp;

  Signal(SIGCHLD, sig_chld(unp)); /* sigchld_handler: while (waitpid(-1, 0, WNOHANG) > 0); */
  const listenfd = Open_listenfd(unp, address);
  for (;;) {
    const connfd = Accept(listenfd);
    if (Fork() === 0) {
      Close(listenfd); /* Child closes its listening socket */
      echo(connfd); /* Child services client */
      Close(connfd); /* Child closes connection with client */
      exit(0); /* Child exits */
    }
    Close(connfd); /* Parent closes connected socket (important!) */
  }
}
