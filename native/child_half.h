// What a child does before it serves, where it is not JavaScript that does it.
#ifndef REALFORK_CHILD_HALF_H_
#define REALFORK_CHILD_HALF_H_

#include <signal.h>

#include <string>
#include <vector>

#include "arguments.h"

namespace realfork {

struct ChildHalf {
  std::vector<int> close;
  /** These as well, unless the child takes clients of its own from them. */
  std::vector<int> listeners;
  sigset_t defaults{};
  sigset_t mask{};
  /** For the client that it has. */
  unsigned alarm = 0;
  /** Of its oom_score_adj; empty: it stays. */
  std::string score_path;
  std::string score;
};

ChildHalf child_half_of(Arguments& arguments, Napi::Object given);

/** The server's is closed or given back. 0 or -errno. */
int become_child(const ChildHalf& half, bool has_client, bool keeps_listeners);

}  // namespace realfork

#endif  // REALFORK_CHILD_HALF_H_
