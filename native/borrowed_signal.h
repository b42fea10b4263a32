// A signal that carries requests to threads, and is the program's all the same.
#ifndef REALFORK_BORROWED_SIGNAL_H_
#define REALFORK_BORROWED_SIGNAL_H_

#include <errno.h>
#include <signal.h>

#include <array>
#include <atomic>

#include "interruptible.h"
#include "platform.h"

namespace realfork {

/**
 * The owner's action of a signal whose handler is ours for a while. Read by the handler, on any
 * thread. Written by one thread at a time, always the one of the two that is not in use, which is
 * then made the one in use.
 */
class BorrowedSignal {
 public:
  bool is_out() const { return is_out_.load(std::memory_order_acquire); }
  const struct sigaction& owner() const { return owner_[in_use_.load(std::memory_order_acquire)]; }

  void change_owner(const struct sigaction& action) {
    const size_t other = 1 - in_use_.load(std::memory_order_relaxed);
    owner_[other] = action;
    in_use_.store(other, std::memory_order_release);
  }

  void borrow(int signo, const struct sigaction& ours) {
    struct sigaction found {};
    if (is_out() || sigaction(signo, nullptr, &found) == -1) return;
    change_owner(found);
    is_out_.store(sigaction(signo, &ours, nullptr) == 0, std::memory_order_release);
  }

  void give_back(int signo) {
    if (!is_out()) return;
    sigaction(signo, &owner(), nullptr);
    is_out_.store(false, std::memory_order_release);
  }

  /** What came and is no request: the owner's action. Async-signal-safe. */
  void act_as_owner(int signo, siginfo_t* info, void* context) const {
    const struct sigaction& action = owner();
    if (call_foreign(action, signo, info, context) || action.sa_handler == SIG_IGN) return;
    sigaction(signo, &action, nullptr);
    platform::raise_again(signo, *info);
  }

 private:
  std::atomic<bool> is_out_{false};
  std::array<struct sigaction, 2> owner_{};
  std::atomic<size_t> in_use_{0};
};

static_assert(std::atomic<size_t>::is_always_lock_free, "it is read in a signal handler");

}  // namespace realfork

#endif  // REALFORK_BORROWED_SIGNAL_H_
