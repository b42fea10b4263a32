// The requests of an event loop that libuv's thread pool works on. A forked child has none of them.
#ifndef REALFORK_POOL_REQUESTS_H_
#define REALFORK_POOL_REQUESTS_H_

#include <uv.h>

#include <cstddef>
#include <vector>

#include "gate.h"

namespace realfork {

/** Jobs for libuv's pool that park a thread each. Their requests are used again and again. */
class ParkJobs {
 public:
  /** Sees to it that the pool has been given so many for this round. */
  void post(uv_loop_t* loop, Gate* gate, Gate::Round round, size_t count);

  /** How many of them the event loop counts among its requests. */
  unsigned under_way() const;

  /** In a child: its pool knows none of them. */
  void forget();

 private:
  struct Job;

  void take_back_finished(uv_loop_t* loop);
  Job* idle_job();

  std::vector<Job*> jobs_;  // never freed: the pool may have one at any time
  Gate::Round round_ = 0;
  size_t of_this_round_ = 0;
};

/** Call when the package is loaded: from here on a callback of the pool may fork. */
void watch_pool(uv_loop_t* loop);

/**
 * How many requests of this loop the pool has not finished, those of ParkJobs among them. `writes`:
 * how many writes to streams Node knows of.
 */
unsigned pool_requests_under_way(uv_loop_t* loop, unsigned writes);

/** Whether a stream of this loop has a write under way. Call when no callback of a write runs. */
bool writes_under_way(uv_loop_t* loop);

/**
 * In a child, before its own first request: those that its parent's pool was working on will be
 * finished by nobody, so they must not keep the loop alive, and those that are finished must not be
 * reported in both. `writes`: how many writes to streams Node knows of.
 */
void abandon_pool_requests(uv_loop_t* loop, unsigned writes);

}  // namespace realfork

#endif  // REALFORK_POOL_REQUESTS_H_
