// The threads of this process, as the kernel has them. Part of both addons: it keeps no state.
#ifndef REALFORK_THREADS_H_
#define REALFORK_THREADS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace realfork::platform {

/** The kernel's name for a thread: a signal can be aimed at it. */
using ThreadId = long;

struct Thread {
  ThreadId id;
  bool blocks_all_signals;
};

ThreadId this_thread();

/** True on the thread that main() runs on; in a forked child, on the one thread that it has. */
bool is_main_thread();

/** How many threads this process has; 0 where that cannot be looked at. Needs no descriptor. */
size_t thread_count();

/**
 * The threads of this process, in the order in which they were made. Nothing where they cannot be
 * looked at: no /proc, or no descriptor left to read it with.
 */
std::optional<std::vector<Thread>> threads();

/** Their numbers, ascending; none where they cannot be looked at. Cheaper than threads(). */
std::vector<ThreadId> thread_ids();

/** The name of a thread of this process, or "". */
std::string thread_name(ThreadId thread);

/**
 * True if the thread sleeps until something wakes it, or has ended; false if it runs, is ready to,
 * or is about to be: while the kernel reads or maps memory for it.
 */
bool sleeps(ThreadId thread);

enum class ThreadState : std::uint8_t {
  kGone,
  kBlocks,           // the signal that was asked about
  kOpen,             // to it
  kUninterruptible,  // open to it, and asleep in the kernel in a way that no signal ends
};

ThreadState thread_state(ThreadId thread, int signo);

/** True for a thread that the kernel has made for its own work. */
bool is_of_the_kernel(const std::string& thread_name);

/** One of these, which polls a ring that this process has in memory, and a child has not. */
bool polls_a_ring(const std::string& thread_name);

}  // namespace realfork::platform

#endif  // REALFORK_THREADS_H_
