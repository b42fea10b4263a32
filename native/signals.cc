// kill(2), killpg(3), raise(3), sigaction(2), siginterrupt(3), sigprocmask(2), sigpending(2),
// sigsuspend(2), pause(2).
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "arguments.h"
#include "exports.h"
#include "helper_threads.h"
#include "interruptible.h"
#include "platform.h"
#include "results.h"
#include "signal_sets.h"

namespace realfork {
namespace {

// SIG_DFL and SIG_IGN are numbers in JavaScript, those that the headers give them.
bool is_disposition(double number, void (*disposition)(int)) {
  return number == static_cast<double>(reinterpret_cast<intptr_t>(disposition));
}

// A handler that was there before and is not ours. JavaScript holds it to put it back, no more.
constexpr napi_type_tag kForeignAction = {0x7265616c666f726bULL, 0x666f726569676e31ULL};

Napi::Value foreign(Napi::Env env, const struct sigaction& action) {
  auto external = Napi::External<struct sigaction>::New(
      env, new struct sigaction(action), [](Napi::Env, struct sigaction* copy) { delete copy; });
  napi_type_tag_object(env, external, &kForeignAction);
  return external;
}

struct sigaction* as_foreign(Napi::Env env, Napi::Value value) {
  bool tagged = false;
  if (!value.IsExternal() ||
      napi_check_object_type_tag(env, value, &kForeignAction, &tagged) != napi_ok || !tagged) {
    return nullptr;
  }
  return value.As<Napi::External<struct sigaction>>().Data();
}

// What JavaScript asked for: what the kernel is to be told, and the function behind it if any.
struct Request {
  struct sigaction kernel {};
  Napi::Value handler;
  sigset_t mask{};
  int flags = 0;
};

Request read_request(Arguments& arguments, size_t index) {
  Request request;
  sigemptyset(&request.mask);
  const Napi::Env env = arguments.env();
  Napi::Value handler = arguments.value(index);
  if (handler.IsObject() && !handler.IsFunction() && !handler.IsExternal()) {
    const auto action = handler.As<Napi::Object>();
    arguments.only(action, "action", {"handler", "mask", "flags"});
    if (!arguments.ok()) return request;
    handler = action.Get("handler");
    const Napi::Value flags = action.Get("flags");
    const Napi::Value mask = action.Get("mask");
    if (env.IsExceptionPending()) {
      arguments.propagate();
      return request;
    }
    if (!flags.IsUndefined()) {
      request.flags =
          static_cast<int>(arguments.whole_number(flags, "action.flags", INT32_MIN, UINT32_MAX));
    }
    if (!mask.IsUndefined()) request.mask = signal_set(arguments, mask, "action.mask");
  }
  if (!arguments.ok()) return request;
  request.kernel.sa_flags = request.flags;
  request.kernel.sa_mask = request.mask;
  if (handler.IsFunction()) {
    request.handler = handler;
    request.kernel = kernel_action(request.flags);
  } else if (const struct sigaction* displaced = as_foreign(env, handler)) {
    request.kernel = *displaced;
  } else if (handler.IsNumber() && is_disposition(handler.As<Napi::Number>(), SIG_DFL)) {
    request.kernel.sa_handler = SIG_DFL;
  } else if (handler.IsNumber() && is_disposition(handler.As<Napi::Number>(), SIG_IGN)) {
    request.kernel.sa_handler = SIG_IGN;
  } else {
    arguments.wrong_type("action.handler",
                         "a function, SIG_DFL, SIG_IGN or an old action's handler", handler);
  }
  return request;
}

// What a caller of sigaction(2) knows: the C library adds bits of its own (SA_RESTORER).
constexpr unsigned kPublicFlags = static_cast<unsigned>(SA_NOCLDSTOP) | SA_NOCLDWAIT | SA_SIGINFO |
                                  SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND;

bool is_foreign(const struct sigaction& action) { return has_handler(action) && !is_ours(action); }

Napi::Value old_action(Napi::Env env, const struct sigaction& kernel, const Action& ours) {
  Napi::Object action = Napi::Object::New(env);
  int flags = static_cast<int>(static_cast<unsigned>(kernel.sa_flags) & kPublicFlags);
  if (is_ours(kernel) && ours.handler != nullptr) {
    napi_value handler = nullptr;
    napi_get_reference_value(env, ours.handler, &handler);
    action.Set("handler", Napi::Value(env, handler));
    flags = ours.flags;
  } else if (is_foreign(kernel)) {
    action.Set("handler", foreign(env, kernel));
  } else {
    action.Set("handler", number(env, reinterpret_cast<intptr_t>(kernel.sa_handler)));
  }
  action.Set("mask", signal_numbers(env, is_ours(kernel) ? ours.mask : kernel.sa_mask));
  action.Set("flags", Napi::Number::New(env, flags));
  return action;
}

// Blocks one signal on this thread for as long as it lives, so that no delivery falls between the
// kernel's action and the function that stands behind it. What has come meanwhile runs at its end.
class SignalBlocked {
 public:
  explicit SignalBlocked(int signo) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signo);
    run_recorded_signals();  // under the action that they were sent to
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &set, &before);
    sigemptyset(&to_unblock_);
    if (sigismember(&before, signo) == 0) sigaddset(&to_unblock_, signo);
  }
  // Not the whole mask: another signal may have been recorded since and be blocked for waiting.
  ~SignalBlocked() {
    const Interruptible here;
    pthread_sigmask(SIG_UNBLOCK, &to_unblock_, nullptr);
  }
  SignalBlocked(const SignalBlocked&) = delete;
  SignalBlocked& operator=(const SignalBlocked&) = delete;

 private:
  sigset_t to_unblock_{};
};

// Nothing but a signal ends it.
class Suspension final : public MaskedWait {
 public:
  int look() override { return 0; }
  int wait(const sigset_t& mask) override { return ::sigsuspend(&mask); }
};

}  // namespace

Napi::Value call_kill(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "kill");
  const pid_t pid = arguments.integer(0, "pid");
  const int signo = arguments.integer(1, "sig");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::kill(pid, signo); }));
}

Napi::Value call_killpg(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "killpg");
  const pid_t pgrp = arguments.integer(0, "pgrp");
  const int signo = arguments.integer(1, "sig");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::killpg(pgrp, signo); }));
}

Napi::Value call_raise(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "raise");
  const int signo = arguments.integer(0, "sig");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::raise(signo); }));
}

Napi::Value call_sigaction(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "sigaction");
  const Napi::Env env = info.Env();
  const int signo = arguments.integer(0, "signum");
  const bool changes = arguments.given(1);
  Request request;
  if (changes) request = read_request(arguments, 1);
  if (!arguments.ok()) return env.Undefined();
  if (signo < 1 || signo >= platform::kSignalCount) return number(env, -EINVAL);
  if (!on_javascript_thread()) {
    arguments.refuse(
        "ERR_SIGNAL_IN_WORKER",
        "sigaction() works on the main thread only: signal handlers belong to the process and "
        "run on the thread that blocks in its system calls");
    return env.Undefined();
  }

  struct sigaction before {};
  if (!changes) {
    run_recorded_signals();
    if (change_action(signo, nullptr, &before) == -1) return number(env, -errno);
    return old_action(env, before, action_of(signo));
  }

  napi_ref handler = nullptr;
  if (!request.handler.IsEmpty()) {
    if (watch_event_loop(env) != napi_ok ||
        napi_create_reference(env, request.handler, 1, &handler) != napi_ok) {
      arguments.refuse("ERR_SIGNAL_HANDLER", "sigaction() could not keep the handler");
      return env.Undefined();
    }
  }
  // A handler has signals blocked while it runs: what is sent then is to stay pending for this
  // thread.
  if (handler != nullptr) keep_signals_from_helper_threads();
  SignalBlocked blocked(signo);
  if (change_action(signo, &request.kernel, &before) == -1) {
    const int failure = errno;
    if (handler != nullptr) napi_delete_reference(env, handler);
    return number(env, -failure);
  }
  Action& action = action_of(signo);
  const Napi::Value old = old_action(env, before, action);
  if (!is_ours(before)) displace(signo, before);
  if (action.handler != nullptr) napi_delete_reference(env, action.handler);
  action.handler = handler;
  action.flags = request.flags;
  action.mask = request.mask;
  if (signo == SIGCHLD) share_sigchld(handler != nullptr);
  return old;
}

// siginterrupt(3), which in the C library would change the kernel's flags alone.
Napi::Value call_siginterrupt(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "siginterrupt");
  const int signo = arguments.integer(0, "sig");
  const bool interrupts = arguments.integer(1, "flag") != 0;
  if (!arguments.ok()) return info.Env().Undefined();
  if (signo < 1 || signo >= platform::kSignalCount) return number(info.Env(), -EINVAL);
  const auto changed = [&](int flags) {
    return interrupts ? flags & ~SA_RESTART : flags | SA_RESTART;
  };
  const int result = interruptible([&] {
    struct sigaction action {};
    if (change_action(signo, nullptr, &action) == -1) return -1;
    action.sa_flags = changed(action.sa_flags);
    return change_action(signo, &action, nullptr);
  });
  if (result == 0 && on_javascript_thread()) {
    Action& action = action_of(signo);
    action.flags = changed(action.flags);
  }
  return number(info.Env(), result);
}

/** onThrown(report): `report` is called with what leaves a handler that interrupted a call. */
Napi::Value call_on_thrown(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "onThrown");
  const Napi::Function report = arguments.function(0, "report");
  napi_ref reference = nullptr;
  if (arguments.ok() && on_javascript_thread() &&
      napi_create_reference(info.Env(), report, 1, &reference) == napi_ok) {
    report_exceptions_to(info.Env(), reference);
  }
  return info.Env().Undefined();
}

Napi::Value call_sigprocmask(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "sigprocmask");
  const Napi::Env env = info.Env();
  const int how = arguments.integer(0, "how");
  const bool changes = arguments.given(1);
  sigset_t set;
  sigemptyset(&set);
  if (changes) set = signal_set(arguments, arguments.value(1), "set");
  if (!arguments.ok()) return env.Undefined();
  if (changes && on_javascript_thread()) keep_signals_from_helper_threads();
  sigset_t before;
  sigemptyset(&before);
  const int result = change_mask(how, changes ? &set : nullptr, &before);
  if (result < 0) return number(env, result);
  return signal_numbers(env, before);
}

Napi::Value call_sigpending(const Napi::CallbackInfo& info) {
  sigset_t set;
  sigemptyset(&set);
  const int result = pending(&set);
  if (result < 0) return number(info.Env(), result);
  return signal_numbers(info.Env(), set);
}

Napi::Value call_sigsuspend(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "sigsuspend");
  const Napi::Value set = arguments.given(0) ? arguments.value(0) : info.Env().Undefined();
  const sigset_t mask = signal_set(arguments, set, "mask");
  if (!arguments.ok()) return info.Env().Undefined();
  if (on_javascript_thread()) keep_signals_from_helper_threads();
  Suspension suspension;
  return number(info.Env(), wait_under(mask, suspension));
}

Napi::Value call_pause(const Napi::CallbackInfo& info) {
  return number(info.Env(), interruptible([] { return ::pause(); }));
}

}  // namespace realfork
