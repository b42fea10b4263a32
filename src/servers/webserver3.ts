/**
 * webserver3a to webserver3g: "Let's Build A Web Server, part 3" (Ruslan Spivak), and the notes on it. A ladder: each
 * step has one visible fault, which the next one mends.
 *
 * - 3a: iterative. REQUEST_QUEUE_SIZE is 5: so many clients wait in the kernel's queue.
 * - 3b: the same, and sleeps 60 seconds after it has answered: the second client waits for them.
 * - 3c: a child for each client, which sleeps. The second client is answered at once; each child becomes a zombie.
 * - 3d: as 3c, but the parent does not close connfd: the client is answered and never sees the end, and the parent runs
 *   out of descriptors.
 * - 3e: a handler for SIGCHLD that calls wait: accept fails with EINTR, and the server dies of it.
 * - 3f: accept is called again after EINTR. Under load there are zombies: signals do not queue, and wait is called once.
 * - 3g: the handler loops over waitpid. No fault left.
 *
 * Run:    realfork serve webserver3b --port 8888 [--sleep 5]       then, in two terminals:  curl http://127.0.0.1:8888/
 * Expect: of 3b that the second curl is answered when the server has slept, of 3c that both are answered at once. Of 3d
 *         that curl prints the answer and stays (with --doit echo: nc); ls /proc/PID/fd grows with each client.
 *         Of 3f that ab -n 100 -c 10 http://127.0.0.1:8888/ leaves zombies (ps shows <defunct>), of 3g that it does not.
 */
import { EINTR, SIGCHLD, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from '../constants';
import type { SocketAddress } from '../types';
import type { Unp } from '../unp/wrappers';
import type { Doit } from './figure-4.13';
import { sig_chld } from './sigchld';

/** 3a: the argument of listen; from 3e on, for many clients at once. */
const REQUEST_QUEUE_SIZE = 5;
const LONG_QUEUE = 1024;

function Listen_socket({ Socket, Setsockopt, Bind, Listen }: Unp, address: SocketAddress, queue: number): number {
  const listenfd = Socket(address.family, SOCK_STREAM, 0);
  Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
  Bind(listenfd, address);
  Listen(listenfd, queue);
  return listenfd;
}

/** Serves, and sleeps; a signal does not shorten it. */
function handle_request(unp: Unp, connfd: number, doit: Doit, seconds: number): void {
  doit(connfd);
  for (let left = seconds; left > 0; ) left = unp.sleep(left);
}

interface IterativeStep {
  readonly sleeps: boolean;
}

/** What a step is told besides. */
interface Told {
  /** Seconds, where the step sleeps. */
  readonly sleep: number;
}

function iterative({ sleeps }: IterativeStep) {
  return (unp: Unp, address: SocketAddress, doit: Doit, { sleep }: Told): never => {
    const listenfd = Listen_socket(unp, address, REQUEST_QUEUE_SIZE);
    for (;;) {
      const connfd = unp.Accept(listenfd);
      handle_request(unp, connfd, doit, sleeps ? sleep : 0);
      unp.Close(connfd);
    }
  };
}

interface ForkingStep {
  readonly sleeps?: boolean;
  readonly closesConnfd?: boolean;
  /** What SIGCHLD does, if anything. */
  readonly grim_reaper?: (unp: Unp) => () => void;
  readonly acceptsAgain?: boolean;
  readonly queue?: number;
}

/** One wait for each signal. */
const wait_once =
  ({ Wait }: Unp) =>
  (): void =>
    void Wait();

function forking({ sleeps, closesConnfd = true, grim_reaper, acceptsAgain, queue = LONG_QUEUE }: ForkingStep) {
  return (unp: Unp, address: SocketAddress, doit: Doit, { sleep }: Told): never => {
    const { accept, Fork, Close, Sigaction, errno, err_sys, exit } = unp;
    const listenfd = Listen_socket(unp, address, queue);
    if (grim_reaper !== undefined) Sigaction(SIGCHLD, { handler: grim_reaper(unp), flags: 0 });
    for (;;) {
      const connfd = accept(listenfd);
      if (connfd === -1) {
        if (acceptsAgain && errno() === EINTR) continue;
        err_sys('accept error');
      }
      if (Fork() === 0) {
        Close(listenfd); /* close child copy */
        handle_request(unp, connfd, doit, sleeps ? sleep : 0);
        Close(connfd);
        exit(0); /* child exits here */
      }
      if (closesConnfd) Close(connfd); /* close parent copy and loop over */
    }
  };
}

export const webserver3a = iterative({ sleeps: false });
export const webserver3b = iterative({ sleeps: true });
export const webserver3c = forking({ sleeps: true, queue: REQUEST_QUEUE_SIZE });
export const webserver3d = forking({ closesConnfd: false, queue: REQUEST_QUEUE_SIZE });
export const webserver3e = forking({ grim_reaper: wait_once });
export const webserver3f = forking({ grim_reaper: wait_once, acceptsAgain: true });
export const webserver3g = forking({ grim_reaper: sig_chld, acceptsAgain: true });
