// Word from the kernel that a process has ended, for programs that live in the event loop.
#ifndef REALFORK_CHILD_WATCH_H_
#define REALFORK_CHILD_WATCH_H_

namespace realfork {

/**
 * In a forked child, when its event loop is its own: gives up what the parent waits for. They are
 * no children of the child.
 */
void forget_watched_children();

}  // namespace realfork

#endif  // REALFORK_CHILD_WATCH_H_
