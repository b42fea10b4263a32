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
// a handler. Every step from one mask to the next (signal_state.h) is made with all signals
// blocked: the C handler is installed with a full mask, whatever mask the program gave, and sets
// that one by itself.
#ifndef REALFORK_INTERRUPTIBLE_H_
#define REALFORK_INTERRUPTIBLE_H_

#include <errno.h>
#include <napi.h>
#include <signal.h>
#include <time.h>

#include "worker_interruption.h"

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

/**
 * What the kernel is told for a JavaScript handler with these flags. Async-signal-safe. Without
 * SA_ONSTACK: V8 looks how far the stack pointer is from the end of the thread's own stack, and
 * takes another stack for one that has overflowed.
 */
struct sigaction kernel_action(int flags);

/** Calls a handler that is not JavaScript's, if the action has one. False if it has none. */
bool call_foreign(const struct sigaction& action, int signo, siginfo_t* info, void* context);

/** From here on `found` is what is behind our handler of a signal: it has been seen there. */
void displace(int signo, const struct sigaction& found);

/** True if a function is called, ours or somebody else's. */
bool has_handler(const struct sigaction& action);

/** True if the kernel has our C handler for a signal. */
bool is_ours(const struct sigaction& action);

/** Makes the thread of this environment the one that JavaScript handlers run on. */
void adopt_javascript_thread(Napi::Env env);

/** True on the thread that JavaScript signal handlers run on. */
bool on_javascript_thread();

/**
 * Sends a signal that another thread took on to that one. Async-signal-safe. False on that thread,
 * and where there is none.
 */
bool hand_on_from_worker(int signo, const siginfo_t& info);

/**
 * From here on SIGCHLD has (or has not) a JavaScript handler that must share the signal with libuv,
 * which installs a handler of its own for child_process, over ours or under it, and takes it away.
 */
void share_sigchld(bool shares);

/**
 * Has `report(error)` called when an exception leaves a handler that interrupted a call. True: it
 * has been dealt with. Else Node does, as with every uncaught exception, and the code that was
 * interrupted loses its asynchronous context by that.
 */
void report_exceptions_to(napi_env env, napi_ref report);

/** Lets recorded signals run when the event loop turns. Call with the first handler. */
napi_status watch_event_loop(Napi::Env env);

/** Before fork(2). */
void interruptible_before_fork();

/** In the child after fork(2), before signals are unblocked: this thread is another one now. */
void interruptible_after_fork_in_child();

/** How many handlers have been called so far, JavaScript's. On its thread. */
unsigned handlers_called();

/**
 * While it lives SIGCHLD ends a call that waits, and its JavaScript handler is not called: who has
 * this looks for children that have ended by itself, and at its end.
 */
class SigchldUnheard {
 public:
  SigchldUnheard();
  ~SigchldUnheard();
  SigchldUnheard(const SigchldUnheard&) = delete;
  SigchldUnheard& operator=(const SigchldUnheard&) = delete;

 private:
  napi_ref handler_;
};

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
    // It would block, and nobody is to wait for it.
    if (!here_ && worker_is_ending()) return static_cast<decltype(system_call())>(-EINTR);
    const auto result = system_call();
    return result == -1 ? static_cast<decltype(system_call())>(-errno) : result;
  }

 private:
  bool here_;
};

/**
 * True if a worker_thread is in a call of this package, and was for as long as one may take that
 * does not block.
 */
bool workers_are_blocked();

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

/**
 * Every signal blocked on this thread for as long as it lives. No handler runs at its beginning,
 * nor at its end: what comes meanwhile is recorded then.
 */
class AllSignalsBlocked {
 public:
  AllSignalsBlocked();
  ~AllSignalsBlocked();
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

  /** The mask for a program that is started meanwhile: what this one has blocked by itself. */
  sigset_t mask_of_new_program() const;

 private:
  sigset_t program_{};
};

/** What is recorded runs here: for a call that can neither block nor fail. */
inline void run_recorded_signals() { const Interruptible here; }

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

/** While a call may replace this program by another one: execute(). */
class ReadyToExecute {
 public:
  ReadyToExecute();
  ~ReadyToExecute();
  ReadyToExecute(const ReadyToExecute&) = delete;
  ReadyToExecute& operator=(const ReadyToExecute&) = delete;

 private:
  sigset_t of_worker_{};
};

/**
 * execve(2) and its kin: the new program has the mask that this one has set by itself, and what is
 * recorded and blocked is pending for it, as it would be of a C program. The negative errno.
 */
template <typename Execute>
int execute(Execute execute_program) {
  Interruptible here;
  const ReadyToExecute ready;
  return here.call(execute_program);
}

}  // namespace realfork

#endif  // REALFORK_INTERRUPTIBLE_H_
