#include "child_signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "arguments.h"
#include "exports.h"
#include "helper_threads.h"
#include "interruptible.h"
#include "platform.h"
#include "results.h"
#include "signal_sets.h"

namespace realfork {
namespace {

// The function that was the handler stays referenced: a child is short, and to give a reference up
// is to write to more of these pages.
int set_default(int signo) {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  if (change_action(signo, &by_default, nullptr) == -1) return -errno;
  action_of(signo).handler = nullptr;
  if (signo == SIGCHLD) share_sigchld(false);
  return 0;
}

int set_defaults(const sigset_t& signals) {
  run_recorded_signals();  // under the actions that they were sent to
  const AllSignalsBlocked blocked;
  for (int signo = 1; signo < platform::kSignalCount; ++signo) {
    if (sigismember(&signals, signo) != 1) continue;
    if (const int failure = set_default(signo); failure != 0) return failure;
  }
  return 0;
}

bool blocks_more(const sigset_t& mask) {
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  return !is_empty(set_difference(mask, now));
}

}  // namespace

int default_signals(const sigset_t& signals, const sigset_t& mask) {
  if (const int failure = set_defaults(signals); failure != 0) return failure;
  if (blocks_more(mask)) keep_signals_from_helper_threads();
  sigset_t before;
  return change_mask(SIG_SETMASK, &mask, &before);
}

// defaultSignals(signals, mask): these do what they do by default, and then the mask is this.
Napi::Value call_default_signals(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "defaultSignals");
  const sigset_t signals = signal_set(arguments, arguments.value(0), "signals");
  const sigset_t mask = signal_set(arguments, arguments.value(1), "mask");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), default_signals(signals, mask));
}

}  // namespace realfork
