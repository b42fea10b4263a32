import { SIGUSR1 } from '../constants';
import { findProcess } from '../observe/processes';
import { signalProcess } from '../signalling';
import { type Experiment, everywhere } from './experiment';

/** The nearest ancestor that takes orphans: of this process' own ancestors, whoever the kernel chose. */
function isAncestor(pid: number): boolean {
  for (let at = findProcess(process.pid); at !== undefined; at = findProcess(at.ppid)) {
    if (at.ppid === pid || at.pid === pid) return true;
  }
  return pid === 1;
}

export const orphan: Experiment = {
  question: 'A parent ends before its child. Whose child is that then?',
  choices: ["Nobody's: getppid gives 0", 'Of init, or of a process that takes its place', 'It is killed'],
  answer: everywhere(1),
  why: "Orphans go to process 1, or on Linux to the nearest ancestor that has asked for them (PR_SET_CHILD_SUBREAPER: systemd --user, a container's init). It reaps them.",
  source: 'getppid(2); prctl(2), PR_SET_CHILD_SUBREAPER; APUE 9.10',
  setUps: { before: 'the parent lives', after: 'the parent has ended' },
  programs: {
    parent({ unp, note }) {
      if (unp.Fork() === 0) {
        unp.Sigaction(SIGUSR1, { handler: () => note('ppid', unp.getppid()) });
        for (;;) unp.pause();
      }
      unp.pause();
    },
  },
  async observe(setUp, scene) {
    const parent = scene.start('parent');
    const child = await parent.child(1);
    await parent.blockedIn('pause', 1, child);
    if (setUp === 'after') {
      signalProcess(parent.pid, 'SIGKILL');
      await parent.hasExited();
    }
    signalProcess(child, 'SIGUSR1');
    const ppid = Number(await parent.noted('ppid'));
    const whose = ppid === parent.pid ? 'its parent' : isAncestor(ppid) ? 'init, or who takes its place' : 'another';
    const seen = findProcess(child)?.ppid;
    return { getppid: ppid, 'that is': whose, 'and so it is seen from outside': seen === ppid };
  },
  expected: everywhere({
    before: { 'that is': 'its parent', 'and so it is seen from outside': true },
    after: { 'that is': 'init, or who takes its place', 'and so it is seen from outside': true },
  }),
};
