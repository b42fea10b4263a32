// Word from the kernel that a process has ended, for programs that live in the event loop.
#ifndef REALFORK_CHILD_WATCH_H_
#define REALFORK_CHILD_WATCH_H_

#include <cstdint>

namespace realfork {

/** Whose descriptors the event loop has: in a child, until it has been given its own. */
enum class LoopIs : std::uint8_t { kOfParent, kOfChild };

/**
 * In a forked child: gives up what the parent waits for. They are no children of the child. Call it
 * before the event loop has its own descriptors, and after: the system tells when it can be done.
 */
void forget_watched_children(LoopIs whose);

}  // namespace realfork

#endif  // REALFORK_CHILD_WATCH_H_
