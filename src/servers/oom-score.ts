import { readFileSync } from 'node:fs';
import { O_CLOEXEC, O_WRONLY } from '../constants';
import { native } from '../native';

/**
 * Whom the kernel kills for want of memory. It is the process that takes most of it, weighed by oom_score_adj: mostly the
 * server, since each of its children takes little more than it writes to. So children get more of that.
 * proc_pid_oom_score_adj(5), Linux; anybody may raise it.
 */
const FILE = '/proc/self/oom_score_adj';
/** Of linux/oom.h; where there is no such file, no number does anything. */
export const OOM_SCORE_ADJ_MAX = native.constants['OOM_SCORE_ADJ_MAX'] ?? 1000;

/** So much more than their server has, where nothing else is asked for. */
export const USUAL_OOM_SCORE_ADJ = 500;

/** What a child calls. In a rehearsal, which the server does, the score stays. */
export interface RaiseOomScore {
  (isRehearsal?: boolean): void;
  /** What it writes, for a child that runs no JavaScript. */
  readonly about: { readonly path: string; readonly text: string };
}

/**
 * What children call for a score that is so much higher than this process has now. Or the negative errno: there is no such
 * file (FreeBSD, no /proc), or not for this process, as it has become another user and the file is root's.
 */
export function raisedOomScore(by: number): RaiseOomScore | number {
  const fd = native.open(FILE, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return fd;
  native.close(fd);
  const own = readFileSync(FILE, 'utf8').trim();
  const raised = String(Math.min(OOM_SCORE_ADJ_MAX, Number(own) + by));
  const raise = (isRehearsal = false): void => {
    const score = native.open(FILE, O_WRONLY | O_CLOEXEC);
    if (score < 0) return; // no descriptor is left: the client is served all the same
    native.write(score, isRehearsal ? own : raised);
    native.close(score);
  };
  return Object.assign(raise, { about: { path: FILE, text: raised } });
}
