import { _exit, close, EAGAIN, errno, kill, nanosleep, SIGRTMIN, SIGUSR1, write } from 'realfork/c';
import { now } from './handler';

/** What the sender says of itself when it has sent everything. */
export interface Sent {
  readonly usr1: number;
  readonly realtime: number;
  /** How often the kernel's queue of real-time signals was full. */
  readonly queueFull: number;
  /** Just before the last SIGUSR1. */
  readonly lastUsr1: bigint;
}

/** While the queue is full (RLIMIT_SIGPENDING): the receiver has to run. */
const PAUSE = { tv_sec: 0, tv_nsec: 200_000 };

/** The shortest sleep there is: long enough for the receiver to handle what it has, and to block again. */
const BREATH = { tv_sec: 0, tv_nsec: 1 };
/** Between two breaths one signal of each kind, then two, ... up to so many. */
const LONGEST_BURST = 16;

const REPORT_BYTES = 32;

/** As bytes: the receiver reads them with one read(), which must not end with half of them. */
function encode({ usr1, realtime, queueFull, lastUsr1 }: Sent): Uint8Array {
  const bytes = new BigInt64Array([BigInt(usr1), BigInt(realtime), BigInt(queueFull), lastUsr1]);
  return new Uint8Array(bytes.buffer);
}

export function decode(bytes: Uint8Array): Sent {
  if (bytes.byteLength !== REPORT_BYTES) throw new Error(`the sender's report has ${bytes.byteLength} bytes`);
  const [usr1 = 0n, realtime = 0n, queueFull = 0n, lastUsr1 = 0n] = new BigInt64Array(Uint8Array.from(bytes).buffer);
  return { usr1: Number(usr1), realtime: Number(realtime), queueFull: Number(queueFull), lastUsr1 };
}

/**
 * In the sender: `count` signals, of both kinds in turn; then the report; then the end.
 * @param inBursts lets the receiver block between them; otherwise they go as fast as they go
 */
export function storm(receiver: number, count: number, inBursts: boolean, reportfd: number): never {
  let queueFull = 0;
  let lastUsr1 = 0n;
  let burst = 1;
  let nextBreath = inBursts ? burst : Number.POSITIVE_INFINITY;
  const half = Math.ceil(count / 2);
  for (let i = 0; i < half; ++i) {
    // Nothing of a real-time signal may be merged or lost, so one that the queue has no room for is not sent yet.
    while (kill(receiver, SIGRTMIN) === -1) {
      if (errno() !== EAGAIN) _exit(1); // the receiver is gone
      queueFull += 1;
      nanosleep(PAUSE);
    }
    lastUsr1 = now();
    if (kill(receiver, SIGUSR1) === -1) _exit(1);
    if (i === nextBreath) {
      nanosleep(BREATH);
      burst = (burst % LONGEST_BURST) + 1;
      nextBreath += burst;
    }
  }
  write(reportfd, encode({ usr1: half, realtime: half, queueFull, lastUsr1 }));
  close(reportfd);
  _exit(0);
}
