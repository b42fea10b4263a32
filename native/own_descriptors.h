// The descriptors that Node has for itself: noted when they are made, or asked of the event loop.
#ifndef REALFORK_OWN_DESCRIPTORS_H_
#define REALFORK_OWN_DESCRIPTORS_H_

#include <sys/types.h>
#include <uv.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace realfork {

namespace platform {

struct Descriptor {
  enum class Kind : std::uint8_t { kEvents, kWakeUp, kRing, kPipe, kRoot, kOther };
  int fd;
  Kind kind;
  ino_t inode;  // of a pipe, and of "/"
  bool closes_on_exec;
  bool waits;  // not O_NONBLOCK
};

/** The descriptors of this process above 2, lowest first; none where they cannot be looked at. */
std::vector<Descriptor> descriptors();

/** What a descriptor is for now. Nothing if it is closed. */
std::optional<Descriptor> descriptor(int fd);

/** The one of an event loop that it has on this system alone; -1: none. */
int one_more_descriptor_of(const uv_loop_t* loop);

}  // namespace platform

/** Notes Node's descriptors. Call on the main thread when the package is loaded. */
void note_own_descriptors();

/** Notes the pipes of a worker_thread, which has an event loop of its own. Call when it runs. */
void worker_has_started();

/** After the program has had a descriptor closed on exec: if it is a pipe, it is none of Node's. */
void note_closed_on_exec(int fd);

/** In a forked child. What is to be looked for anew is looked for when it is asked for. */
void own_descriptors_after_fork_in_child();

/** What is noted is not changed by other threads as long as this lives: over a fork, for a child.
 */
std::unique_lock<std::mutex> own_descriptors_at_rest();

/** What in Node owns this descriptor ("the epoll instance of its event loop"), or nothing. */
std::optional<std::string> owner_in_node(int fd, const uv_loop_t* loop);

/** The highest of the descriptors that libuv makes anew in a forked child. */
int highest_descriptor_made_anew(const uv_loop_t* loop);

}  // namespace realfork

#endif  // REALFORK_OWN_DESCRIPTORS_H_
