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
  MaskedPoll(std::vector<struct pollfd>& set, const struct timespec* timeout)
      : set_(set), timeout_(timeout) {}
  int look() override { return ::poll(set_.data(), set_.size(), 0); }
  int wait(const sigset_t& mask) override {
    return ::ppoll(set_.data(), set_.size(), timeout_, &mask);
  }

 private:
  std::vector<struct pollfd>& set_;
  const struct timespec* timeout_;
};

}  // namespace realfork

#endif  // REALFORK_MASKED_POLL_H_
