#include "helper_threads.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <ucontext.h>

#include <algorithm>
#include <vector>

#include "borrowed_signal.h"
#include "platform.h"
#include "signal_sets.h"
#include "worker_interruption.h"

namespace realfork {
namespace {

using platform::ThreadId;
using platform::ThreadState;

// The highest real-time signal carries the request. It is borrowed from its owner, the program, as
// long as somebody has been asked and has not answered: one that is late would meet the owner's
// disposition, by default the end of the process.
BorrowedSignal loan;

int carrier() { return platform::kSignalCount - 1; }

// By their numbers, not by how many they are: as many end as are started.
std::vector<ThreadId> known;
// Those of them that have been asked and have not answered.
std::vector<ThreadId> asked;

// Runs on the thread that is to block signals: what it returns to is the mask to change. It keeps
// those that are raised on it, for it: a fault while its signal is blocked ends the process (V8
// makes traps of WebAssembly from some), SIGPROF, by which V8 samples a thread, and the signal that
// ends the call of a worker: whether this is one cannot be asked here, and another hands it on.
void block_everything(ucontext_t* interrupted) {
  sigset_t all;
  sigfillset(&all);
  for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGPROF}) {
    sigdelset(&all, own);
  }
  if (const int of_workers = signal_of_workers(); of_workers != 0) sigdelset(&all, of_workers);
  copy_set(&interrupted->uc_sigmask, all);
}

// What is no request is the owner's.
void on_carrier(int signo, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  if (platform::is_request(*info)) {
    block_everything(static_cast<ucontext_t*>(context));
  } else {
    loan.act_as_owner(signo, info, context);
  }
  errno = saved_errno;
}

void borrow() {
  struct sigaction ours {};
  ours.sa_sigaction = on_carrier;
  ours.sa_flags = SA_SIGINFO | SA_RESTART;
  sigfillset(&ours.sa_mask);
  loan.borrow(carrier(), ours);
}

void give_back() {
  if (asked.empty()) loan.give_back(carrier());
}

bool contains(const std::vector<ThreadId>& threads, ThreadId thread) {
  return std::binary_search(threads.begin(), threads.end(), thread);
}

bool is_open(ThreadId thread) {
  switch (platform::thread_state(thread, carrier())) {
    case ThreadState::kOpen:
    case ThreadState::kUninterruptible:
      return true;
    case ThreadState::kGone:
    case ThreadState::kBlocks:
      return false;
  }
  return false;
}

// Those of `threads`, all but this one, that are not known yet and are open to signals.
void ask_new(const std::vector<ThreadId>& threads) {
  const ThreadId self = platform::this_thread();
  for (const ThreadId thread : threads) {
    if (thread == self || contains(known, thread) || !is_open(thread)) continue;
    borrow();
    if (loan.is_out() && platform::request(thread, carrier())) asked.push_back(thread);
  }
}

time_t monotonic_seconds() {
  struct timespec now {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

// Not for one that sleeps in the kernel where no signal reaches it (vfork(2), a file system that
// does not answer): it takes the request before it takes anything else, when it wakes. Nor for ever
// for one that is not scheduled.
void await_answers() {
  constexpr time_t kPatience = 2;
  const time_t deadline = monotonic_seconds() + kPatience;
  const auto may_answer = [](ThreadId thread) {
    return platform::thread_state(thread, carrier()) == ThreadState::kOpen;
  };
  while (std::any_of(asked.begin(), asked.end(), may_answer) && monotonic_seconds() < deadline) {
    sched_yield();
  }
}

void forget_who_answered() {
  const auto last =
      std::remove_if(asked.begin(), asked.end(), [](ThreadId thread) { return !is_open(thread); });
  asked.erase(last, asked.end());
}

}  // namespace

void keep_signals_from_helper_threads() {
  forget_who_answered();
  std::vector<ThreadId> threads = platform::thread_ids();
  if (threads != known) {
    const size_t late = asked.size();
    ask_new(threads);
    known = std::move(threads);
    if (asked.size() > late) await_answers();
    forget_who_answered();
  }
  give_back();
}

int change_action(int signo, const struct sigaction* wanted, struct sigaction* before) {
  if (signo == signal_of_workers()) {
    change_action_of_workers(wanted, before);
    return 0;
  }
  if (!loan.is_out() || signo != carrier()) return sigaction(signo, wanted, before);
  if (before != nullptr) *before = loan.owner();
  if (wanted != nullptr) loan.change_owner(*wanted);
  return 0;
}

void forget_helper_threads() {
  asked.clear();
  known.clear();
  give_back();
}

}  // namespace realfork
