// Node at rest: quiesce.node brings it there and out again, realfork.node forks in between.
#ifndef REALFORK_QUIESCENCE_H_
#define REALFORK_QUIESCENCE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "threads.h"

namespace realfork {

// V8's workers stay parked after a fork, since a program that forks again pays nothing for them
// then: until V8 has work for them, whichever thread posts it, or the event loop turns. The threads
// of libuv's pool are let go at once: nobody can tell when a thread that is not V8's needs them.
class Quiescence {
 public:
  using Milliseconds = std::chrono::milliseconds;

  enum class Begun : std::uint8_t { kYes, kNoPlatform, kBusy };

  Quiescence() = default;
  Quiescence(const Quiescence&) = delete;
  Quiescence& operator=(const Quiescence&) = delete;

  /**
   * From here up to end() tasks that this thread posts are held, and nobody lets a thread go that
   * is parked. kNoPlatform: V8's platform is
   * not as this addon knows it, or may not be changed. kBusy: a worker of V8 was not at rest in
   * time, at the first call alone; call again, or end().
   */
  virtual Begun begin(Milliseconds patience) = 0;

  /** True once all of V8's workers are parked. */
  virtual bool park_workers(Milliseconds patience) = 0;

  /**
   * Gives libuv's pool so many jobs that park a thread each, with those of this fork that it has
   * already. True once all of them have a thread.
   */
  virtual bool park_pool(size_t jobs, Milliseconds patience) = 0;

  /** How many threads are parked. Nothing is allocated for that. */
  virtual size_t workers_at_rest() = 0;
  virtual size_t pool_at_rest() = 0;

  /** The threads that are parked. */
  virtual std::vector<platform::ThreadId> parked_workers() = 0;
  virtual std::vector<platform::ThreadId> parked_pool() = 0;

  /**
   * How many jobs of the program's the pool has not finished, by the requests of the event loop.
   * `writes`: how many writes to streams Node knows of.
   */
  virtual unsigned jobs_under_way(unsigned writes) = 0;

  /**
   * In a child. `status`: what it leaves with if no 'exit' is emitted any more. `profiled`: a
   * profiler of V8 runs, whose thread the child has not.
   */
  virtual void become_child(unsigned writes, int status, bool profiled) = 0;

  /**
   * The threads of the pool, and if `all` V8's workers, are let go. What was held is passed on to
   * the workers of this process.
   */
  virtual void end(bool all) = 0;

 protected:
  ~Quiescence() = default;
};

}  // namespace realfork

#endif  // REALFORK_QUIESCENCE_H_
