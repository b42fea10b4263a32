// The requests of an event loop that libuv's thread pool works on. A forked child has none of them.
#ifndef REALFORK_POOL_REQUESTS_H_
#define REALFORK_POOL_REQUESTS_H_

#include <uv.h>

namespace realfork {

/** Call when the package is loaded: from here on a callback of the pool may fork. */
void watch_pool(uv_loop_t* loop);

/**
 * In a child, before its own first request: those that its parent's pool was working on will be
 * finished by nobody, so they must not keep the loop alive, and those that are finished must not be
 * reported in both. `writes`: how many writes to streams Node knows of.
 */
void abandon_pool_requests(uv_loop_t* loop, unsigned writes);

}  // namespace realfork

#endif  // REALFORK_POOL_REQUESTS_H_
