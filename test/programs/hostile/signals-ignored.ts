/** Ignores and blocks every signal that can be, in a child as well, and listens nowhere. */
import { fork, pause, SIG_BLOCK, SIG_IGN, SIGKILL, SIGSTOP, sigaction, sigprocmask } from 'realfork/c';

const all = Array.from({ length: 31 }, (_, index) => index + 1).filter(
  (signo) => signo !== SIGKILL && signo !== SIGSTOP,
);
for (const signo of all) sigaction(signo, SIG_IGN);
sigprocmask(SIG_BLOCK, all);
fork();
for (;;) pause();
