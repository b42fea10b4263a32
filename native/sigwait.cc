// sigwait(3), sigwaitinfo(2), sigtimedwait(2), sigqueue(3).
#include <errno.h>
#include <signal.h>

#include "arguments.h"
#include "exports.h"
#include "helper_threads.h"
#include "interruptible.h"
#include "results.h"
#include "signal_info.h"
#include "signal_sets.h"
#include "times.h"

namespace realfork {
namespace {

// A signal for the process is to stay pending for this thread: no other one may take it.
void keep_signals_here() {
  if (on_javascript_thread()) keep_signals_from_helper_threads();
}

Napi::Value take_signal(Napi::Env env, const sigset_t& set, const struct timespec* timeout) {
  keep_signals_here();
  siginfo_t taken{};
  const int result = take_pending(set, timeout, &taken);
  if (result < 0) return number(env, result);
  return signal_info(env, taken);
}

}  // namespace

Napi::Value call_sigwait(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "sigwait");
  const sigset_t set = signal_set(arguments, info[0], "set");
  if (!arguments.ok()) return info.Env().Undefined();
  keep_signals_here();
  siginfo_t taken{};
  // sigwait(3) knows no EINTR: a handler that ran meanwhile does not end it.
  int result = 0;
  do {
    result = take_pending(set, nullptr, &taken);
  } while (result == -EINTR && !worker_is_ending());
  return number(info.Env(), result);
}

Napi::Value call_sigwaitinfo(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "sigwaitinfo");
  const sigset_t set = signal_set(arguments, info[0], "set");
  if (!arguments.ok()) return info.Env().Undefined();
  return take_signal(info.Env(), set, nullptr);
}

Napi::Value call_sigtimedwait(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "sigtimedwait");
  const sigset_t set = signal_set(arguments, info[0], "set");
  const auto timeout = timespec_or_none(arguments, 1, "timeout");
  if (!arguments.ok()) return info.Env().Undefined();
  return take_signal(info.Env(), set, timeout ? &*timeout : nullptr);
}

Napi::Value call_sigqueue(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "sigqueue");
  const pid_t pid = arguments.integer(0, "pid");
  const int signo = arguments.integer(1, "sig");
  union sigval value {};
  value.sival_int = arguments.integer(2, "value");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::sigqueue(pid, signo, value); }));
}

}  // namespace realfork
