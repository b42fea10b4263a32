// How a child waits for its next client, beside others that wait for the same:
// client_wait_linux.cc, client_wait_freebsd.cc.
#ifndef REALFORK_CLIENT_WAIT_H_
#define REALFORK_CLIENT_WAIT_H_

#include <poll.h>

#include <cstddef>
#include <optional>
#include <vector>

namespace realfork {

class ClientWait {
 public:
  /** `life`: a descriptor whose end is the end of all waiting. 0 or -errno. */
  int open(const std::vector<int>& listeners, int life);
  void close();

  struct Ready {
    bool has_life_ended = false;
    /** By its index. */
    std::optional<size_t> listener;
  };

  /**
   * Waits so many milliseconds, -1 for ever. 1: `ready` says what for; 0: the time is over; or
   * -errno. Where the system can, a client wakes one of those that wait, and not all.
   * Async-signal-safe.
   */
  int wait(int timeout, Ready* ready);

 private:
  std::vector<struct pollfd> polled_;  // the listeners; then, the last, life
  [[maybe_unused]] int fd_ = -1;       // of epoll(7), on Linux
};

}  // namespace realfork

#endif  // REALFORK_CLIENT_WAIT_H_
