import { describeStatus } from 'realfork';
import { alarm, EINTR, errno, SIGALRM, sigaction, waitpid } from 'realfork/c';
import type { Children } from './children';

/** Waits for children in waitpid(), and looks after them once a second. */
export class BlockingWait {
  private lookDue = false;

  constructor(private readonly children: Children) {
    // Without SA_RESTART: once a second a waitpid() that is blocked comes back, whatever the children do.
    sigaction(SIGALRM, () => {
      this.lookDue = true;
    });
    alarm(1);
  }

  /** Waits for one child and looks at its status. */
  forOne(): void {
    for (;;) {
      const { pid, status } = waitpid(-1);
      const error = errno();
      if (this.lookDue) this.look();
      if (pid > 0) {
        this.children.ended(pid, describeStatus(status));
        return;
      }
      if (error === EINTR) continue;
      throw new Error(`waitpid(-1) failed (errno ${error}) with ${this.children.size} children left`);
    }
  }

  private look(): void {
    this.lookDue = false;
    alarm(1);
    this.children.look();
  }
}
