// epoll(7) with EPOLLEXCLUSIVE: of those that wait for a listener a client wakes one. With poll(2)
// it would wake all of them, for one that gets it; and to block in accept(2), which wakes one as
// well, a child could not hear meanwhile that it is to end, nor wait at two listeners.
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "client_wait.h"

namespace realfork {

int ClientWait::open(const std::vector<int>& listeners, int life) {
  fd_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd_ == -1) return -errno;
  polled_.clear();
  for (const int fd : listeners) polled_.push_back({fd, POLLIN, 0});
  polled_.push_back({life, POLLIN, 0});
  for (size_t i = 0; i < polled_.size(); ++i) {
    struct epoll_event event {};
    event.events = EPOLLIN;
    if (i < listeners.size()) event.events |= EPOLLEXCLUSIVE;
    event.data.u64 = i;
    if (::epoll_ctl(fd_, EPOLL_CTL_ADD, polled_[i].fd, &event) == -1) {
      const int failure = -errno;
      close();
      return failure;
    }
  }
  return 0;
}

void ClientWait::close() {
  if (fd_ != -1) ::close(fd_);
  fd_ = -1;
}

// Who is woken and finds that the client has gone to another waits again: its listener is still in
// the list of epoll then, and is looked at anew.
int ClientWait::wait(int timeout, Ready* ready) {
  std::array<struct epoll_event, 16> events;  // of more the rest comes first the next time
  const int count = ::epoll_wait(fd_, events.data(), static_cast<int>(events.size()), timeout);
  if (count == -1) return -errno;
  for (int i = 0; i < count; ++i) {
    const auto index = static_cast<size_t>(events[static_cast<size_t>(i)].data.u64);
    if (index + 1 == polled_.size()) {
      ready->has_life_ended = true;
    } else {
      ready->listener = index;
    }
  }
  return count == 0 ? 0 : 1;
}

}  // namespace realfork
