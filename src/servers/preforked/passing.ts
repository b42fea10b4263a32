/**
 * preforked-passing: Stevens, UNIX Network Programming, volume 1, section 30.9, "TCP Preforked Server, Descriptor
 * Passing" (serv05).
 *
 * Shows: only the parent calls accept. It passes connfd over a Unix socket (SCM_RIGHTS) to a child that is free, the
 * first one that is; the child writes a byte when it is done. No lock, but two more messages for each client.
 *
 * Run:    realfork serve preforked-passing --children 3 --port 9877     then, elsewhere, four:  nc 127.0.0.1 9877
 * Expect: sendmsg in the parent and recvmsg in a child for each client. One client after the other: all have the same
 *         child. The fourth at a time is served when one has left. kill -9 a child: another takes its place.
 */
import {
  AF_UNIX,
  EAGAIN,
  ECONNABORTED,
  EINTR,
  EPROTO,
  F_SETFL,
  O_NONBLOCK,
  POLLIN,
  SCM_RIGHTS,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../constants';
import type { PollRequest, SocketAddress } from '../../types';
import { LISTENQ, type Unp } from '../../unp/wrappers';
import type { Doit } from '../figure-4.13';
import type { Preforking } from '.';
import { type Beginning, Brood } from './brood';

/** Figure 30.21: what the parent knows of each child. */
interface Helper {
  /** The parent's end of the stream pipe to and from the child. */
  readonly child_pipefd: number;
  readonly child_status: 'ready' | 'busy' | 'gone';
}

/** Bytes for one descriptor and its header, on every system. */
const CONTROL = 64;

/** Figure 15.14. @returns false where the child that it is for has gone */
function write_fd({ sendmsg }: Unp, fd: number, sendfd: number): boolean {
  const msg_control = [{ cmsg_level: SOL_SOCKET, cmsg_type: SCM_RIGHTS, fds: [sendfd] }];
  return sendmsg(fd, { msg_iov: ['\0'], msg_control }) === 1;
}

/** Figure 15.12. @returns undefined where the parent has gone */
function read_fd({ recvmsg, errno, err_sys, err_quit }: Unp, fd: number): number | undefined {
  const byte = new Uint8Array(1);
  for (;;) {
    const message = recvmsg(fd, { msg_iov: [byte], msg_controllen: CONTROL });
    if (message === -1) {
      if (errno() === EINTR) continue;
      return err_sys('read_fd error');
    }
    if (message.count === 0) return undefined;
    for (const control of message.msg_control) if ('fds' in control) return control.fds[0];
    return err_quit('no descriptor from read_fd');
  }
}

/** Figure 30.23. */
function child_main(unp: Unp, pipefd: number, doit: Doit): void {
  for (let connfd = read_fd(unp, pipefd); connfd !== undefined; connfd = read_fd(unp, pipefd)) {
    doit(connfd); /* process request */
    unp.Close(connfd);
    unp.Writen(pipefd, '\0'); /* tell parent we're ready again */
  }
}

/** Not ours to judge: the client has gone, or a signal came. */
const TEMPORARY: readonly number[] = [EAGAIN, ECONNABORTED, EINTR, EPROTO];

/** The children as the parent knows them, by their places. */
class Helpers {
  private readonly helpers: Helper[] = [];
  /** Accepted, and still to be passed; -1 if there is none. */
  connfd = -1;

  constructor(
    private readonly unp: Unp,
    private readonly listenfd: number,
    private readonly doit: Doit,
  ) {}

  /** Figure 30.22. */
  child_make(place: number): Beginning {
    const { Socketpair, Close } = this.unp;
    const [child_pipefd, sockfd] = Socketpair(AF_UNIX, SOCK_STREAM, 0);
    return {
      child: () => {
        for (const { child_status, child_pipefd: another } of this.helpers) if (child_status !== 'gone') Close(another);
        Close(child_pipefd);
        Close(this.listenfd); /* child does not need this open */
        if (this.connfd !== -1) Close(this.connfd);
        child_main(this.unp, sockfd, this.doit);
      },
      parent: () => {
        Close(sockfd);
        this.helpers[place] = { child_pipefd, child_status: 'ready' };
      },
      abandoned: () => {
        Close(child_pipefd);
        Close(sockfd);
      },
    };
  }

  /** Whether a new client could be passed at once. */
  get isOneFree(): boolean {
    return this.connfd === -1 && this.helpers.some(({ child_status }) => child_status === 'ready');
  }

  /** Those from whom there may be word. */
  get busyPipes(): readonly number[] {
    return this.helpers.flatMap(({ child_status, child_pipefd }) => (child_status === 'busy' ? [child_pipefd] : []));
  }

  /**
   * Passes connfd to the first that is free; to the next, where that one has died and its SIGCHLD is still to come.
   * Where none is left, connfd waits for the next call.
   */
  pass(): void {
    for (const [place, helper] of this.helpers.entries()) {
      if (this.connfd === -1) return;
      if (helper.child_status !== 'ready') continue;
      if (write_fd(this.unp, helper.child_pipefd, this.connfd)) {
        this.helpers[place] = { ...helper, child_status: 'busy' };
        this.unp.Close(this.connfd);
        this.connfd = -1;
      } else this.forget(place);
    }
  }

  /** A child has written its byte; or it has died, and that is the end of its pipe. */
  hear(pipefd: number): void {
    const place = this.helpers.findIndex(
      ({ child_status, child_pipefd }) => child_status === 'busy' && child_pipefd === pipefd,
    );
    const helper = this.helpers[place];
    if (helper === undefined) return;
    if (this.unp.read(pipefd, new Uint8Array(1)) === 1) this.helpers[place] = { ...helper, child_status: 'ready' };
    else this.forget(place);
  }

  /** Its pipe is no longer of use. */
  forget(place: number): void {
    const helper = this.helpers[place];
    if (helper === undefined || helper.child_status === 'gone') return;
    this.unp.Close(helper.child_pipefd);
    this.helpers[place] = { ...helper, child_status: 'gone' };
  }
}

/** Figure 30.24. */
export function preforkedPassing(unp: Unp, address: SocketAddress, doit: Doit, told: Preforking): never {
  const { Socket, Bind, Listen, accept, Fcntl, errno, err_sys } = unp;
  const listenfd = Socket(address.family, SOCK_STREAM, 0);

  Bind(listenfd, address);
  Listen(listenfd, LISTENQ);
  Fcntl(listenfd, F_SETFL, O_NONBLOCK); /* a client may have gone between poll and accept: UNP 16.6 */

  const helpers = new Helpers(unp, listenfd, doit);
  const brood = new Brood(unp, {
    ...told,
    begin: (place) => helpers.child_make(place),
    died: (place) => helpers.forget(place),
  });

  const requests = (): PollRequest[] => {
    /* new clients wait in the queue while no child is free */
    const fds = helpers.isOneFree ? [listenfd, ...helpers.busyPipes] : helpers.busyPipes;
    return fds.map((fd) => ({ fd, events: POLLIN }));
  };

  for (;;) {
    for (const { fd } of brood.wait(requests)) {
      if (fd !== listenfd) {
        helpers.hear(fd); /* find any newly-available children */
        continue;
      }
      helpers.connfd = accept(listenfd);
      if (helpers.connfd !== -1) Fcntl(helpers.connfd, F_SETFL, 0); /* BSD: it has O_NONBLOCK of its listening socket */
      else if (!TEMPORARY.includes(errno())) err_sys('accept error');
    }
    helpers.pass();
  }
}
