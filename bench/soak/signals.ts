/**
 * A storm of signals over a process that is blocked in a system call, busy in JavaScript, or in its event loop.
 *
 *   signals COUNT
 *
 * Shown: no crash; of the real-time signal, which the kernel queues, as many handler runs as were sent; of
 * the standard one, which it merges, no more than were sent, and one at least after the last was.
 *
 * Run by soak.ts, which watches it: it writes messages.ts on standard output and ends with status 1 if
 * anything was not as it must be.
 */
import { close, fork, getpid, pipe, WNOHANG, waitpid } from 'realfork/c';
import { check, conclude, wrongs } from './findings';
import { handleStorm, type Seen } from './handler';
import { tell } from './messages';
import { RECEIVERS, type Receiver } from './receivers';
import { decode, type Sent, storm } from './sender';

/** So many signals from one sender; then the counts are compared. */
const STORM = 20_000;

const count = Number(process.argv[2]);
const start = performance.now();
let sentInAll = 0;
let runsInAll = 0;

interface Totals {
  usr1Sent: number;
  usr1Runs: number;
  realtimeSent: number;
  realtimeRuns: number;
  eintr: number;
}

function compare({ name }: Receiver, sent: Sent, seen: Seen): void {
  const { realtime, usr1 } = seen;
  check(realtime === sent.realtime, `${name}: ${sent.realtime} SIGRTMIN sent, the handler ran ${realtime} times`);
  check(usr1 <= sent.usr1, `${name}: ${sent.usr1} SIGUSR1 sent, the handler ran ${usr1} times`);
  check(seen.lastUsr1 >= sent.lastUsr1, `${name}: the handler did not run after the last SIGUSR1 was sent`);
}

async function oneStorm(receiver: Receiver, signals: number, inBursts: boolean, totals: Totals): Promise<void> {
  const ends = pipe();
  if (ends === -1) throw new Error('pipe failed');
  const [readfd, writefd] = ends;
  const self = getpid();
  const seen = handleStorm(receiver.flags);
  const sender = fork();
  if (sender === -1) throw new Error('fork failed');
  if (sender === 0) {
    close(readfd);
    storm(self, signals, inBursts, writefd);
  }
  close(writefd);
  const { report, eintr } = await receiver.receive(readfd, sender, seen);
  close(readfd);
  if (!seen.reaped.has(sender)) seen.reaped.set(sender, waitpid(sender).status);
  waitpid(-1, WNOHANG); // what is still recorded or pending runs at this call
  const sent = decode(report);
  compare(receiver, sent, seen);
  check(seen.reaped.get(sender) === 0, `${receiver.name}: the sender ended with status ${seen.reaped.get(sender)}`);
  totals.usr1Sent += sent.usr1;
  totals.usr1Runs += seen.usr1;
  totals.realtimeSent += sent.realtime;
  totals.realtimeRuns += seen.realtime;
  totals.eintr += eintr;
}

async function storms(receiver: Receiver, signals: number): Promise<void> {
  const totals: Totals = { usr1Sent: 0, usr1Runs: 0, realtimeSent: 0, realtimeRuns: 0, eintr: 0 };
  const begin = performance.now();
  let inBursts = false;
  for (let left = signals; left > 0; left -= STORM) {
    inBursts = !inBursts;
    await oneStorm(receiver, Math.min(left, STORM), inBursts, totals);
    const done = sentInAll + totals.usr1Sent + totals.realtimeSent;
    tell({ kind: 'progress', text: `${done}/${count} signals, ${receiver.name}` });
  }
  sentInAll += totals.usr1Sent + totals.realtimeSent;
  runsInAll += totals.usr1Runs + totals.realtimeRuns;
  const { usr1Sent, usr1Runs, realtimeSent, realtimeRuns, eintr } = totals;
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  tell({
    kind: 'row',
    cells: [receiver.name, ...[usr1Sent, usr1Runs, realtimeSent, realtimeRuns, eintr].map(String), seconds],
  });
}

async function main(): Promise<void> {
  const share = Math.ceil(count / RECEIVERS.length);
  for (const receiver of RECEIVERS) await storms(receiver, share);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  conclude(`${sentInAll} signals sent in ${seconds} s, ${runsInAll} handler runs, ${wrongs()} wrong`);
}

void main();
