import { median } from '../support/median';
import { ProcessGroup } from '../support/process-group';
import { environment } from './environment';

/** What one round of one peer is. */
const SAMPLES = 300;
const WARM_UP = 50;
const LIMIT_SECONDS = 60;

/** One round: the median time of fork, _exit and waitpid, in microseconds, in a process of its own. */
export async function measureRoundTrip(name: string, command: readonly string[]): Promise<number> {
  const args = [SAMPLES, WARM_UP, LIMIT_SECONDS].map(String);
  const group = new ProcessGroup(name, [...command, ...args], { patience: LIMIT_SECONDS * 1000, env: environment });
  const lines = await group.finished();
  if (lines.length !== SAMPLES) throw new Error(`${name}: ${lines.length} samples, expected ${SAMPLES}`);
  return median(lines.map(Number)) / 1000;
}
