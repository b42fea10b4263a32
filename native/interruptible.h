// The one place where a JavaScript signal handler may run.
//
// POSIX (2.4.3, Signal Actions) lets a signal handler call anything at all if what it interrupted
// is async-signal-safe. So a handler written in JavaScript may run in true signal context while the
// JavaScript thread is inside one of our system calls, and nowhere else. Elsewhere (V8 compiling,
// allocating, collecting) the C handler records the signal and leaves; it is run at the next such
// call, or when the event loop next turns.
//
// A recorded signal stays blocked until its handler has run, so the kernel keeps what comes after
// it: standard signals merge and real-time signals queue there exactly as they do for a C program
// that has the signal blocked. One slot per signal is therefore enough, and nothing is allocated in
// a handler. The mask in force is always
//
//   what the program has blocked  ∪  what is recorded
//
// and every step from one such state to the next is made with all signals blocked: the C handler
// is installed with a full mask, whatever mask the program gave, and sets that one by itself.
#ifndef REALFORK_INTERRUPTIBLE_H_
#define REALFORK_INTERRUPTIBLE_H_

#include <errno.h>
#include <napi.h>
#include <signal.h>
#include <time.h>

namespace realfork {

/** The JavaScript function of a signal, with the flags and the mask its user gave. */
struct Action {
  napi_ref handler = nullptr;
  int flags = 0;
  sigset_t mask{};
  struct sigaction displaced {};  // the last one found here that was not ours
};

/** The action behind the C handler of `signo`, 1 <= signo < platform::kSignalCount. */
Action& action_of(int signo);

/** What the kernel is told for a JavaScript handler with these flags. Async-signal-safe. */
struct sigaction kernel_action(int flags);

/** True if a function is called, ours or somebody else's. */
bool has_handler(const struct sigaction& action);

/** True if the kernel has our C handler for a signal. */
bool is_ours(const struct sigaction& action);

/** Makes the thread of this environment the one that JavaScript handlers run on. */
void adopt_javascript_thread(Napi::Env env);

/** True on the thread that JavaScript signal handlers run on. */
bool on_javascript_thread();

/**
 * From here on SIGCHLD has (or has not) a JavaScript handler that must share the signal with libuv,
 * which installs a handler of its own for child_process, over ours or under it, and takes it away.
 */
void share_sigchld(bool shares);

/** Lets recorded signals run when the event loop turns. Call with the first handler. */
napi_status watch_event_loop(Napi::Env env);

/** What the program has blocked, of a mask that was in force. Call with every signal blocked. */
sigset_t program_mask_of(const sigset_t& in_force);

/** Before fork(2). */
void interruptible_before_fork();

/** In the child after fork(2), before signals are unblocked: this thread is another one now. */
void interruptible_after_fork_in_child();

/**
 * Where a system call may be interrupted by a JavaScript handler: construct, call(), destroy, with
 * nothing in between that is not async-signal-safe. What was recorded has run when it begins.
 */
class Interruptible {
 public:
  Interruptible();
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

  /** Makes one system call. Returns what it returned, or the negative errno in place of -1. */
  template <typename SystemCall>
  auto call(SystemCall system_call) -> decltype(system_call()) {
    const auto result = system_call();
    return result == -1 ? static_cast<decltype(system_call())>(-errno) : result;
  }

 private:
  bool armed_;
};

/** One system call, interruptible: its result or the negative errno. */
template <typename SystemCall>
auto interruptible(SystemCall system_call) -> decltype(system_call()) {
  Interruptible here;
  return here.call(system_call);
}

/**
 * A call that is not async-signal-safe (it allocates, or takes a lock of the C library): what is
 * recorded has run when it begins, and no handler runs in it. Its result or the negative errno.
 */
template <typename Call>
auto uninterruptible(Call call) -> decltype(call()) {
  { const Interruptible before; }
  const auto result = call();
  return result == -1 ? static_cast<decltype(call())>(-errno) : result;
}

/** sigprocmask(2) for a program whose recorded signals are blocked besides. 0 or -errno. */
int change_mask(int how, const sigset_t* set, sigset_t* before);

/** A system call that waits under a signal mask of its own: sigsuspend(2), ppoll(2), pselect(2). */
class MaskedWait {
 public:
  MaskedWait() = default;
  MaskedWait(const MaskedWait&) = delete;
  MaskedWait& operator=(const MaskedWait&) = delete;

  /** What the call gives if it does not wait: 0 if there is nothing yet; -1 and errno. */
  virtual int look() = 0;
  /** The call itself, with `mask` as the kernel is to have it. -1 and errno on failure. */
  virtual int wait(const sigset_t& mask) = 0;

 protected:
  ~MaskedWait() = default;
};

/**
 * Makes such a call: from its beginning to its end, and in no moment before or after, the program's
 * mask is `mask`. Its result or the negative errno.
 */
int wait_under(const sigset_t& mask, MaskedWait& call);

/**
 * sigtimedwait(2), or without `timeout` sigwaitinfo(2), likewise: takes one of the signals of
 * `set`, which the program blocks, without its handler. Its number or the negative errno.
 */
int take_pending(const sigset_t& set, const struct timespec* timeout, siginfo_t* info);

/** sigpending(2), likewise. 0 or -errno. */
int pending(sigset_t* set);

}  // namespace realfork

#endif  // REALFORK_INTERRUPTIBLE_H_
