import { SHUT_WR } from '../constants';
import { rehearseExit } from '../fork/exit';
import { rehearseNow } from '../fork/rehearsal';
import type { Unp } from '../unp/wrappers';
import { echo } from './services/echo';
import { bound, type Service, type ServiceDoit } from './services/service';

/**
 * Before a server serves, a client of its own is served: each child would compile what only children run, and look up each
 * property of it. A service says by `rehearse` what such a client sends; of one that does not only the calls are tried.
 * @param unp the calls that the children are given; where those are traced, others: what is rehearsed is nobody's to see
 */
export function rehearseService(unp: Unp, { doit, rehearse }: Service): void {
  const [serve, send]: [ServiceDoit, NonNullable<Service['rehearse']>] =
    doit === undefined || rehearse === undefined ? [echo.doit, echo.rehearse] : [doit, rehearse];
  rehearseNow((client, connfd) => {
    send(client, unp);
    unp.Shutdown(client, SHUT_WR);
    bound(serve, unp)(connfd);
    unp.Close(connfd);
    unp.Close(client);
    rehearseExit();
  });
}
