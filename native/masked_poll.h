// ppoll(2), for wait_under().
#ifndef REALFORK_MASKED_POLL_H_
#define REALFORK_MASKED_POLL_H_

#include <poll.h>
#include <signal.h>
#include <time.h>

#include <vector>

#include "interruptible.h"

namespace realfork {

class MaskedPoll final : public MaskedWait {
 public:
  /** @param set of its elements `revents` is set */
  template <typename Set>
  MaskedPoll(Set& set, const struct timespec* timeout)
      : set_(set.data()), size_(set.size()), timeout_(timeout) {}
  int look() override { return ::poll(set_, size_, 0); }
  int wait(const sigset_t& mask) override { return ::ppoll(set_, size_, timeout_, &mask); }

 private:
  struct pollfd* set_;
  nfds_t size_;
  const struct timespec* timeout_;
};

}  // namespace realfork

#endif  // REALFORK_MASKED_POLL_H_
