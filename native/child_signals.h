// The signals of a forked child that serves, in one call: each sigaction(2) that gives the old
// action as an object, and each set as an array, writes to pages that the child has in common with
// its parent.
#ifndef REALFORK_CHILD_SIGNALS_H_
#define REALFORK_CHILD_SIGNALS_H_

#include <signal.h>

namespace realfork {

/** These do what they do by default, and then the mask is this. 0 or -errno. */
int default_signals(const sigset_t& signals, const sigset_t& mask);

}  // namespace realfork

#endif  // REALFORK_CHILD_SIGNALS_H_
