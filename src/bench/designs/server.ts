/**
 * One server of chapter 30, to be measured: its calls are not traced, and it tells what it has used.
 *
 *   server NAME CHILDREN LIMIT
 *
 * Writes "listening PORT", and after SIGTERM a line of JSON (Reckoning); ends itself after LIMIT seconds.
 */
import {
  AF_INET,
  MAP_ANONYMOUS,
  MAP_SHARED,
  PROT_READ,
  PROT_WRITE,
  RUSAGE_CHILDREN,
  RUSAGE_SELF,
  SIGTERM,
  STDOUT_FILENO,
} from '../../constants';
import { SERVERS, type ServerName } from '../../servers';
import type { Doit } from '../../servers/figure-4.13';
import { announce } from '../../servers/policy';
import { echo } from '../../servers/services/echo';
import { installSigchld } from '../../servers/sigchld';
import type { Rusage, Timeval } from '../../types';
import * as plain from '../../unp';
import type { Unp } from '../../unp/wrappers';
import { DESIGNS } from './designs';

/** What a server has used between its first client and its end. */
export interface Reckoning {
  /** Seconds of processor time of all its processes and threads. */
  readonly cpu: number;
  /** How many clients each of its children has served, 0 too, where they are there before their clients (Figure 30.2). */
  readonly clients: readonly number[];
}

const MOST_CHILDREN = 4096;
const [name = '', children = '0', limit = '0'] = process.argv.slice(2);
const owner = process.pid;

const seconds = ({ tv_sec, tv_usec }: Timeval): number => tv_sec + tv_usec / 1e6;
const total = (usage: Rusage | -1): number => (usage === -1 ? 0 : seconds(usage.ru_utime) + seconds(usage.ru_stime));
const cpu = ({ getrusage }: Unp): number => total(getrusage(RUSAGE_SELF)) + total(getrusage(RUSAGE_CHILDREN));

/** Figure 30.14: counters in memory that all share. The first is how many children have one: those with a client. */
function meter({ Mmap }: Unp): Int32Array {
  return new Int32Array(Mmap(4 * (1 + MOST_CHILDREN), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS));
}

/** @param children forked beforehand: one that was never scheduled, or not in time for a client, has served none */
function reckon(unp: Unp, before: number, counters: Int32Array, children: number): void {
  const served = counters.subarray(1, 1 + Math.max(counters[0] ?? 0, children));
  const reckoning: Reckoning = { cpu: cpu(unp) - before, clients: [...served] };
  unp.Writen(STDOUT_FILENO, `${JSON.stringify(reckoning)}\n`);
}

function serve(design: (typeof DESIGNS)[number]): void {
  let before = 0;
  const counters = meter(plain);
  let mine = 0;
  const count = (): void => {
    if (mine === 0) mine = 1 + Atomics.add(counters, 0, 1);
    Atomics.add(counters, mine, 1);
  };

  plain.alarm(Number(limit));
  const exitOfParent = (status: number): never => {
    if (process.pid === owner && status === 0) reckon(plain, before, counters, Number(children));
    return plain.exit(status);
  };
  // Preforked servers have their own. Not exit(): a thread that is blocked in accept would be waited for.
  plain.Signal(SIGTERM, () => {
    reckon(plain, before, counters, 0);
    plain._exit(0);
  });
  if (design.name === 'figure-4.13')
    installSigchld(plain, { disposition: 'handler', saRestart: true, saNocldwait: false });

  const unp = announce(undefined, (address) => {
    before = cpu(plain);
    plain.Writen(STDOUT_FILENO, `listening ${'port' in address ? address.port : ''}\n`);
  })(design.serves === 'children' ? { ...plain, exit: exitOfParent } : plain);
  const { str_echo } = plain;
  const counted: Doit = (connfd) => {
    count();
    str_echo(connfd);
  };
  SERVERS[design.name].run({
    ...{ unp, address: { family: AF_INET, address: '127.0.0.1', port: 0 }, service: 'echo', sleep: 0, outlets: {} },
    doit: design.serves === 'children' ? counted : str_echo,
    children: Number(children),
    onConnection: echo.onConnection,
    reread: () => {},
  });
}

const design = DESIGNS.find((each) => each.name === (name as ServerName));
if (design === undefined) throw new Error(`there is no design ${name}`);
serve(design);
