// poll(2): a client wakes all that wait for it, and one of them gets it. kqueue(2) has no way to
// wake one only.
#include <errno.h>
#include <poll.h>

#include <vector>

#include "client_wait.h"

namespace realfork {

int ClientWait::open(const std::vector<int>& listeners, int life) {
  polled_.clear();
  for (const int fd : listeners) polled_.push_back({fd, POLLIN, 0});
  polled_.push_back({life, POLLIN, 0});
  return 0;
}

void ClientWait::close() {}

int ClientWait::wait(int timeout, Ready* ready) {
  const int count = ::poll(polled_.data(), polled_.size(), timeout);
  if (count == -1) return -errno;
  for (size_t i = 0; i < polled_.size(); ++i) {
    if (polled_[i].revents == 0) continue;
    if (i + 1 == polled_.size()) {
      ready->has_life_ended = true;
    } else {
      ready->listener = i;
    }
  }
  return count == 0 ? 0 : 1;
}

}  // namespace realfork
