#include "helper_threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <ucontext.h>

#include <atomic>

#include "platform.h"
#include "signal_sets.h"

namespace realfork {
namespace {

std::atomic<size_t> blocked_count{0};
static_assert(std::atomic<size_t>::is_always_lock_free, "it is counted in a signal handler");

// Runs on the thread that is to block signals: what it returns to is the mask to change. It keeps
// those that are raised on it, for it: a fault while its signal is blocked ends the process (V8
// makes traps of WebAssembly from some), and SIGPROF, by which V8 samples a thread.
void block_everything(int, siginfo_t*, void* context) {
  sigset_t all;
  sigfillset(&all);
  for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGPROF}) {
    sigdelset(&all, own);
  }
  copy_set(&static_cast<ucontext_t*>(context)->uc_sigmask, all);
  blocked_count.fetch_add(1);
}

time_t monotonic_seconds() {
  struct timespec now {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

}  // namespace

void keep_signals_from_helper_threads() {
  static size_t known = 0;
  const size_t count = platform::thread_count();
  if (count != 0 && count == known) return;

  // The highest real-time signal carries the request, borrowed from its owner: this thread blocks
  // it meanwhile, and it is given back only when every thread that was asked has answered, since
  // one that is late would meet the owner's disposition (by default the end of the process).
  const int signo = platform::kSignalCount - 1;
  sigset_t carrier;
  sigset_t mask;
  sigemptyset(&carrier);
  sigaddset(&carrier, signo);
  pthread_sigmask(SIG_BLOCK, &carrier, &mask);
  struct sigaction ours {};
  struct sigaction owner {};
  ours.sa_sigaction = block_everything;
  ours.sa_flags = SA_SIGINFO | SA_RESTART;
  sigfillset(&ours.sa_mask);
  if (sigaction(signo, &ours, &owner) == 0) {
    blocked_count = 0;
    size_t asked = 0;
    for (const platform::ThreadId thread : platform::other_threads_open_to(signo)) {
      if (platform::signal_thread(thread, signo)) ++asked;
    }
    // A thread that ended between question and answer is the only one that never answers.
    const time_t deadline = monotonic_seconds() + 2;
    while (blocked_count < asked && monotonic_seconds() < deadline) sched_yield();
    if (blocked_count >= asked) {
      sigaction(signo, &owner, nullptr);
      known = count;
    }
  }
  if (sigismember(&mask, signo) == 0) pthread_sigmask(SIG_UNBLOCK, &carrier, nullptr);
}

}  // namespace realfork
