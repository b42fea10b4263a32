#include "census.h"

#include <algorithm>
#include <utility>

namespace realfork {
namespace {

using platform::Thread;
using platform::ThreadId;

struct State {
  // In the order in which they were made.
  std::optional<std::vector<Thread>> first;
  // Those of them that are Node's own and take no task: known once V8's workers are.
  std::vector<ThreadId> own;
  bool own_is_known = false;
};

State state;

bool contains(const std::vector<ThreadId>& list, ThreadId id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

// Node makes V8's workers before any JavaScript runs, so a thread that is older than the last of
// them is Node's as well: the one that hands out delayed tasks, that of --trace-events-enabled. The
// first one after them that blocks every signal waits for SIGUSR1, to start the inspector. Whatever
// else was there when this package was loaded some library may have started.
std::vector<ThreadId> own_threads(const std::vector<ThreadId>& workers) {
  std::vector<ThreadId> own;
  if (!state.first) return own;
  const auto is_worker = [&](const Thread& thread) { return contains(workers, thread.id); };
  const auto last = std::find_if(state.first->rbegin(), state.first->rend(), is_worker).base();
  for (auto thread = state.first->begin(); thread != last; ++thread) {
    if (!is_worker(*thread) && thread->id != platform::this_thread()) own.push_back(thread->id);
  }
  // Those of the kernel, for io_uring, are made as an event loop is, and block all signals too.
  const auto next = std::find_if(last, state.first->end(), [](const Thread& thread) {
    return !platform::is_of_the_kernel(platform::thread_name(thread.id));
  });
  if (next != state.first->end() && next->blocks_all_signals) own.push_back(next->id);
  return own;
}

}  // namespace

// Once: a program may load the package in several contexts.
void note_first_threads() {
  if (!state.first && !state.own_is_known) state.first = platform::threads();
}

// Nothing is freed: a child would get a copy of each page that it writes to.
void forget_first_threads() {
  state.own.clear();
  state.own_is_known = true;
}

// Those that are parked are there, and so is the caller; Node's own end with the process alone. If
// it has no more threads than these, it has no other. That needs no descriptor, and no memory.
bool are_all(size_t parked) {
  return state.own_is_known && platform::thread_count() == 1 + parked + state.own.size();
}

std::optional<std::vector<Stranger>> strangers(const std::vector<ThreadId>& workers,
                                               const std::vector<ThreadId>& others) {
  if (!state.own_is_known) {
    state.own = own_threads(workers);
    state.own_is_known = true;
  }
  if (are_all(workers.size() + others.size())) return std::vector<Stranger>();

  const auto list = platform::threads();
  if (!list) {
    const size_t known = 1 + workers.size() + others.size() + state.own.size();
    const size_t count = platform::thread_count();
    if (count < known) return std::nullopt;
    return std::vector<Stranger>(count - known);
  }
  std::vector<Stranger> found;
  for (const Thread& thread : *list) {
    const bool is_known = thread.id == platform::this_thread() || contains(workers, thread.id) ||
                          contains(others, thread.id) || contains(state.own, thread.id);
    if (is_known) continue;
    Stranger stranger{thread.id, platform::thread_name(thread.id)};
    const bool is_harmless =
        platform::is_of_the_kernel(stranger.name) && !platform::polls_a_ring(stranger.name);
    if (!is_harmless) found.push_back(std::move(stranger));
  }
  return found;
}

bool has_unseen(const std::vector<Stranger>& strangers) {
  return std::any_of(strangers.begin(), strangers.end(),
                     [](const Stranger& stranger) { return stranger.id == 0; });
}

bool is_profiler(const Stranger& stranger) { return stranger.name == "v8:ProfEvntProc"; }

}  // namespace realfork
