// Which threads this process has, by their numbers: looked at, never computed.
#ifndef REALFORK_CENSUS_H_
#define REALFORK_CENSUS_H_

#include <optional>
#include <string>
#include <vector>

#include "threads.h"

namespace realfork {

/** A thread that a child would not have, and whose locks it might. */
struct Stranger {
  platform::ThreadId id;  // 0: it is there, and there is no descriptor to learn more of it
  std::string name;
};

/** Notes the threads that are there. Call on the main thread when the package is loaded. */
void note_first_threads();

/**
 * The threads that are neither the caller, nor parked, nor Node's own. Nothing where the threads of
 * this process cannot be looked at.
 * `workers`: those of V8, all of them parked; `others`: the rest of those that are parked.
 */
std::optional<std::vector<Stranger>> strangers(const std::vector<platform::ThreadId>& workers,
                                               const std::vector<platform::ThreadId>& others);

/** True if so many are parked, and no others are there but the caller and Node's own. */
bool are_all(size_t parked);

/** In a child: of its parent's threads it has none. */
void forget_first_threads();

/** True if more cannot be learnt of one of them than that it is there. */
bool has_unseen(const std::vector<Stranger>& strangers);

/** V8's sampling profiler. A child is not sampled, and has no lock of that thread's. */
bool is_profiler(const Stranger& stranger);

}  // namespace realfork

#endif  // REALFORK_CENSUS_H_
