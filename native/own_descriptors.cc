#include "own_descriptors.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

namespace realfork {
namespace {

using platform::Descriptor;
using Kind = Descriptor::Kind;

// Workers close descriptors too, and make pipes.
std::mutex lock;
std::vector<Descriptor> noted;  // of Node's: pipes, and "/"
// The program's pipes that are closed on exec, as Node's are: of each an end, and its inode.
std::vector<std::pair<int, ino_t>> of_program;
constexpr size_t kMany = 256;

// The other end of a pipe, if that is here as well and closed on exec. Null: there is none.
const Descriptor* other_end(const Descriptor& pipe, const std::vector<Descriptor>& all) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Descriptor& other) {
    return other.kind == Kind::kPipe && other.fd != pipe.fd && other.inode == pipe.inode &&
           other.closes_on_exec;
  });
  return found == all.end() ? nullptr : &*found;
}

// At its start Node marks what it inherits close-on-exec as well, so the mark tells nothing. But
// its first descriptor is that of an event loop: what came from the parent process has a lower
// number.
bool is_above_a_loop(const Descriptor& descriptor, const std::vector<Descriptor>& all) {
  return std::any_of(all.begin(), all.end(), [&](const Descriptor& other) {
    return other.kind == Kind::kEvents && other.fd < descriptor.fd;
  });
}

// Both ends are here, and do not block: a pipe that came from the parent process may have its other
// end elsewhere.
bool is_pipe_of_a_loop(const Descriptor& pipe, const std::vector<Descriptor>& all) {
  if (pipe.kind != Kind::kPipe || pipe.waits || other_end(pipe, all) == nullptr) return false;
  return is_above_a_loop(pipe, all);
}

// From 1.50 on libuv wakes an event loop of kqueue by EVFILT_USER, and opens "/" for the number.
// The loops of Node's other threads have one as well, and cannot be asked.
bool is_number_of_a_loop(const Descriptor& root, const std::vector<Descriptor>& all) {
  return root.kind == Kind::kRoot && root.closes_on_exec && is_above_a_loop(root, all);
}

// libuv's lock around signal handlers, of which there is one for all loops: a pipe that blocks,
// with one byte in it while nobody has the lock. FreeBSD tells of the byte at one end alone.
bool is_lock_of_signals(const Descriptor& pipe, const std::vector<Descriptor>& all) {
  if (pipe.kind != Kind::kPipe || !pipe.waits || !pipe.closes_on_exec) return false;
  const auto holds_one_byte = [](int fd) {
    int count = 0;
    return ioctl(fd, FIONREAD, &count) == 0 && count == 1;
  };
  const Descriptor* const other = other_end(pipe, all);
  return other != nullptr && (holds_one_byte(pipe.fd) || holds_one_byte(other->fd));
}

// Nobody but an event loop makes these: this package has no call that does.
bool is_of_a_loop(const Descriptor& descriptor) {
  switch (descriptor.kind) {
    case Kind::kEvents:
    case Kind::kWakeUp:
    case Kind::kRing:
      return descriptor.closes_on_exec;
    case Kind::kPipe:
    case Kind::kRoot:
    case Kind::kOther:
      return false;
  }
  return false;
}

bool is_among(const Descriptor& descriptor, const std::vector<Descriptor>& list) {
  return std::any_of(list.begin(), list.end(), [&](const Descriptor& other) {
    return other.fd == descriptor.fd && other.kind == descriptor.kind &&
           other.inode == descriptor.inode;
  });
}

bool is_of_program(const Descriptor& pipe) {
  return std::any_of(of_program.begin(), of_program.end(),
                     [&](const auto& known) { return known.second == pipe.inode; });
}

// In a forked child libuv has made its lock anew, under the same numbers mostly.
bool lock_is_another = false;

void note_lock_anew() {
  const std::vector<Descriptor> all = platform::descriptors();
  noted.erase(std::remove_if(noted.begin(), noted.end(),
                             [&](const Descriptor& old) { return !is_among(old, all); }),
              noted.end());
  for (const Descriptor& descriptor : all) {
    if (is_lock_of_signals(descriptor, all) && !is_of_program(descriptor))
      noted.push_back(descriptor);
  }
}

bool is_noted(const Descriptor& descriptor) {
  if (descriptor.kind != Kind::kPipe && descriptor.kind != Kind::kRoot) return false;
  const std::lock_guard<std::mutex> guard(lock);
  if (std::exchange(lock_is_another, false)) note_lock_anew();
  return is_among(descriptor, noted);
}

std::string name_of(Kind kind) {
  switch (kind) {
    case Kind::kEvents:
      return "what an event loop waits on (epoll, kqueue)";
    case Kind::kWakeUp:
      return "the eventfd that wakes an event loop";
    case Kind::kRing:
      return "an io_uring of an event loop";
    case Kind::kPipe:
      return "a pipe of an event loop (libuv passes signals through it)";
    case Kind::kRoot:
      return "a number under which an event loop is woken (libuv opens / for it)";
    case Kind::kOther:
      return "a descriptor of an event loop";
  }
  return {};
}

std::array<int, 6> descriptors_of(const uv_loop_t* loop) {
  return {platform::one_more_descriptor_of(loop),
          loop->backend_fd,
          loop->async_io_watcher.fd,
          loop->async_wfd,
          loop->signal_pipefd[0],
          loop->signal_pipefd[1]};
}

}  // namespace

// Once: later pipes, and later descriptors of "/", are the program's.
void note_own_descriptors() {
  static bool are_noted = false;
  if (std::exchange(are_noted, true)) return;
  const std::vector<Descriptor> all = platform::descriptors();
  for (const Descriptor& descriptor : all) {
    if (is_pipe_of_a_loop(descriptor, all) || is_number_of_a_loop(descriptor, all) ||
        is_lock_of_signals(descriptor, all)) {
      noted.push_back(descriptor);
    }
  }
}

// Those that have been closed since are forgotten now and then.
void note_closed_on_exec(int fd) {
  const auto pipe = platform::descriptor(fd);
  if (!pipe || pipe->kind != Kind::kPipe) return;
  const std::lock_guard<std::mutex> guard(lock);
  if (of_program.size() >= kMany) {
    of_program.erase(std::remove_if(of_program.begin(), of_program.end(),
                                    [](const auto& known) {
                                      const auto now = platform::descriptor(known.first);
                                      return !now || now->inode != known.second;
                                    }),
                     of_program.end());
  }
  of_program.emplace_back(fd, pipe->inode);
}

// What was there before its start cannot be asked: Node tells of a worker when its thread runs
// already.
//
//   new Worker(): starts the thread
//     the worker: makes its event loop
//   new Worker(): publishes on the channel "worker_threads"
//
// Its "/" is not noted: the program may have opened one meanwhile, and nothing tells them apart.
void worker_has_started() {
  const std::vector<Descriptor> all = platform::descriptors();
  const std::lock_guard<std::mutex> guard(lock);
  for (const Descriptor& descriptor : all) {
    const bool is_known = is_among(descriptor, noted) || is_of_program(descriptor);
    if (!is_known && is_pipe_of_a_loop(descriptor, all)) noted.push_back(descriptor);
  }
}

void own_descriptors_after_fork_in_child() { lock_is_another = true; }

std::unique_lock<std::mutex> own_descriptors_at_rest() {
  return std::unique_lock<std::mutex>(lock);
}

// A number that Node has closed since may be the program's now: a pipe has the number of its inode
// as well.
std::optional<std::string> owner_in_node(int fd, const uv_loop_t* loop) {
  if (fd <= STDERR_FILENO) return std::nullopt;
  // All of Node's do. Asked first: it answers for most at little cost.
  const int flags = fcntl(fd, F_GETFD);
  if (flags == -1 || (flags & FD_CLOEXEC) == 0) return std::nullopt;
  const auto now = platform::descriptor(fd);
  if (!now) return std::nullopt;
  const auto of_loop = descriptors_of(loop);
  const bool is_of_this_loop = std::find(of_loop.begin(), of_loop.end(), fd) != of_loop.end();
  if (!is_of_this_loop && !is_of_a_loop(*now) && !is_noted(*now)) return std::nullopt;
  return name_of(now->kind);
}

// Those of the loop, and the pipe that libuv has for all loops together.
int highest_descriptor_made_anew(const uv_loop_t* loop) {
  const auto of_loop = descriptors_of(loop);
  int highest = *std::max_element(of_loop.begin(), of_loop.end());
  for (const Descriptor& pipe : noted) highest = std::max(highest, pipe.fd);
  return highest;
}

}  // namespace realfork
