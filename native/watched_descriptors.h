// Descriptors that the event loop watches, and that are closed by number, behind its back.
#ifndef REALFORK_WATCHED_DESCRIPTORS_H_
#define REALFORK_WATCHED_DESCRIPTORS_H_

#include <uv.h>

namespace realfork {

/**
 * Before a descriptor is closed: its handle, if it has one, stays silent from then on, and does not
 * keep the loop alive. True if the kernel has been told to watch it, and is to be told otherwise.
 */
bool stop_watching(uv_loop_t* loop, int fd);

/** In a child, before its loop first waits: the same for all that are closed already. */
void stop_watching_closed(uv_loop_t* loop);

}  // namespace realfork

#endif  // REALFORK_WATCHED_DESCRIPTORS_H_
