// Where the JavaScript thread is with its signals: which are recorded, what the program has
// blocked, and whether a signal that comes now runs at once. One type with its transitions.
//
// The mask in force is always
//
//   what the program has blocked  ∪  what is recorded
//
// and it is a result of both at one moment. So no mask that was in force is ever given out: what is
// kept over a wait or a handler is the program's mask, and let_in() makes of it what is to be in
// force then, when it puts it in force.
//
//   a mask in force, kept:                      the program's, kept:
//     before = in force: {}                       before = the program's: {}
//     sigsuspend()                                sigsuspend()
//       <- USR1 comes, is recorded                  <- USR1 comes, is recorded
//     in force = before: {}, and the recorded     in force = {} ∪ {USR1}
//     USR1 counts as blocked by the program
#ifndef REALFORK_SIGNAL_STATE_H_
#define REALFORK_SIGNAL_STATE_H_

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include <array>
#include <atomic>

namespace realfork {

/**
 * Used by the JavaScript thread alone, in and out of its signal handlers: compiler fences are
 * enough, and there are no locks. Async-signal-safe but for allocate().
 */
class SignalState {
 public:
  /** Before the first signal; what it allocates is kept until the process ends. */
  void allocate();

  // ---- Where the thread is ----

  /** From here to the return of one async-signal-safe call a signal runs at once. */
  void enter_call();
  /** The same under the mask of a call that has one of its own (sigsuspend, ppoll, pselect). */
  void enter_wait(const sigset_t& mask);
  /** From here on a signal is recorded. */
  void leave_call();
  bool in_call() const { return place_ != kElsewhere; }
  /** The mask of the call that waits, or nullptr in any other. */
  const sigset_t* mask_of_wait() const { return place_ == kInWait ? &wait_mask_ : nullptr; }

  // ---- Recorded signals. With every signal blocked. ----

  /** Keeps a signal until its handler can run. */
  void record(int signo, const siginfo_t& info);
  bool any_recorded() const { return any_recorded_ != 0; }
  bool is_recorded(int signo) const { return sigismember(&recorded_, signo) == 1; }
  /** The lowest recorded signal of `set`, or 0. */
  int recorded_of(const sigset_t& set) const;
  /** What was recorded of a signal, which is recorded no more. */
  siginfo_t take(int signo);
  /** Those of them that the program has blocked since: to it they are pending. */
  const sigset_t& blocked_since() const { return blocked_since_; }
  /** In a forked child: nothing is pending for it. */
  void forget();

  // ---- Masks ----

  /** Blocks every signal. The program's mask until here. */
  sigset_t block_all();
  /** With every signal blocked: puts in force that the program has `program` blocked. */
  void let_in(const sigset_t& program);
  /** In a signal handler: the program's mask in what it interrupted. */
  sigset_t program_mask(const ucontext_t& interrupted) const;
  /** In a signal handler: has its return put in force that the program has `program` blocked. */
  void return_to(ucontext_t* interrupted, const sigset_t& program);
  /** A recorded signal that is not blocked for it: somebody else handles it as well. */
  void keep_open(int signo, bool open);

 private:
  enum Place : sig_atomic_t { kElsewhere, kInCall, kInWait };

  sigset_t held() const;
  sigset_t in_force(const sigset_t& program);

  volatile sig_atomic_t place_ = kElsewhere;
  volatile sig_atomic_t any_recorded_ = 0;
  sigset_t recorded_{};
  sigset_t blocked_since_{};
  sigset_t open_{};
  sigset_t wait_mask_{};
  siginfo_t* slots_ = nullptr;
};

/** A mask that one thread sets and any may read. */
class SharedMask {
 public:
  static constexpr size_t kWords = 2;
  static constexpr size_t kBytes = kWords * sizeof(uint64_t);

  void set(const sigset_t& mask);
  sigset_t get() const;

 private:
  std::array<std::atomic<uint64_t>, kWords> words_{};
};

}  // namespace realfork

#endif  // REALFORK_SIGNAL_STATE_H_
