#include "interruptible.h"

#include <pthread.h>
#include <ucontext.h>
#include <uv.h>

#include <atomic>

#include "platform.h"

namespace realfork {
namespace {

// All of this is touched by the JavaScript thread alone, in and out of its signal handlers; other
// threads read only `thread`, `thread_id` and an action's flags. Hence volatile sig_atomic_t and
// compiler fences where a handler looks, and no locks.
struct State {
  napi_env env = nullptr;
  pthread_t thread{};
  platform::ThreadId thread_id = 0;
  bool adopted = false;
  uv_loop_t* loop = nullptr;
  uv_async_t* async = nullptr;
  Napi::AsyncContext* async_context = nullptr;

  // Set: the JavaScript thread is between here and the return of one async-signal-safe call.
  volatile sig_atomic_t armed = 0;
  volatile sig_atomic_t any_recorded = 0;
  volatile sig_atomic_t* recorded = nullptr;
  siginfo_t* record = nullptr;
  Action* actions = nullptr;
};

State state;

enum class Context { kSignal, kEventLoop };

void fence() { std::atomic_signal_fence(std::memory_order_seq_cst); }

napi_value describe(Napi::Env env, int signo, const siginfo_t& info) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("signo", Napi::Number::New(env, signo));
  object.Set("code", Napi::Number::New(env, info.si_code));
  object.Set("pid", Napi::Number::New(env, info.si_pid));
  object.Set("uid", Napi::Number::New(env, info.si_uid));
  object.Set("status", Napi::Number::New(env, info.si_status));
  return object;
}

// An exception that leaves a handler has no caller to go to: it is an uncaught exception.
void report_exception(napi_env env) {
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) != napi_ok || !pending) return;
  napi_value error = nullptr;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

void call_handler(int signo, const siginfo_t& info, Context context) {
  const Action& action = state.actions[signo];
  if (action.handler == nullptr) return;  // set to SIG_DFL while a helper thread handed it on
  Napi::Env env(state.env);
  Napi::HandleScope scope(env);
  napi_value function = nullptr;
  if (napi_get_reference_value(env, action.handler, &function) != napi_ok) return;
  napi_value receiver = env.Global();
  napi_value arguments[2] = {Napi::Number::New(env, signo), nullptr};
  size_t count = 1;
  if ((action.flags & SA_SIGINFO) != 0) arguments[count++] = describe(env, signo, info);
  napi_value ignored = nullptr;
  if (context == Context::kSignal) {
    // Plain call: promise callbacks wait for the code that was interrupted.
    napi_call_function(env, receiver, function, count, arguments, &ignored);
  } else {
    napi_make_callback(env, *state.async_context, receiver, function, count, arguments, &ignored);
  }
  report_exception(env);
}

// The signals that wait in their slots; each is blocked in the context that it interrupted.
sigset_t recorded_set() {
  sigset_t set;
  sigemptyset(&set);
  for (int signo = 1; signo < platform::kSignalCount; ++signo) {
    if (state.recorded[signo] != 0) sigaddset(&set, signo);
  }
  return set;
}

// In `mask`, puts what is blocked for waiting now in the place of what was (`then`): those that
// have run since are free again, those that were recorded since stay blocked until they run.
void update_blocked(sigset_t* mask, const sigset_t& then) {
  for (int signo = 1; signo < platform::kSignalCount; ++signo) {
    if (state.recorded[signo] != 0) {
      sigaddset(mask, signo);
    } else if (sigismember(&then, signo) == 1) {
      sigdelset(mask, signo);
    }
  }
}

// Runs one recorded signal as the kernel would have: under the action's mask, put back afterwards.
// `armed` is clear while JavaScript runs. On return the signal is unblocked, so that one that the
// kernel kept meanwhile is delivered at once: to its handler if `armed` was set, else to its slot.
void run_one(int signo, Context context, sig_atomic_t armed) {
  const sigset_t waiting = recorded_set();
  const siginfo_t info = state.record[signo];
  state.recorded[signo] = 0;
  const Action& action = state.actions[signo];
  sigset_t during = action.mask;
  sigset_t before;
  sigaddset(&during, signo);
  state.armed = 0;
  fence();
  pthread_sigmask(SIG_BLOCK, &during, &before);
  if ((action.flags & SA_NODEFER) != 0) {
    sigset_t just_this;
    sigemptyset(&just_this);
    sigaddset(&just_this, signo);
    pthread_sigmask(SIG_UNBLOCK, &just_this, nullptr);
  }
  call_handler(signo, info, context);
  update_blocked(&before, waiting);
  state.armed = armed;
  fence();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// Until nothing is recorded. With `armed` set on return, a signal from here on runs at once.
//
//   the order that loses a signal:        this order:
//     nothing recorded                      armed = 1
//        <- SIGCHLD: recorded               nothing recorded
//     armed = 1                                <- SIGCHLD: runs now
//     accept() blocks for ever              accept() blocks: as in C
void run_until_none(sig_atomic_t armed) {
  state.armed = armed;
  fence();
  while (state.any_recorded != 0) {
    state.any_recorded = 0;
    fence();
    for (int signo = 1; signo < platform::kSignalCount; ++signo) {
      if (state.recorded[signo] != 0) run_one(signo, Context::kSignal, armed);
    }
  }
}

// Once through the slots only: signals that keep coming must not keep the event loop from turning.
void on_event_loop_turn(uv_async_t*) {
  if (state.any_recorded == 0) return;
  Napi::HandleScope scope{Napi::Env(state.env)};
  state.any_recorded = 0;
  fence();
  for (int signo = 1; signo < platform::kSignalCount; ++signo) {
    if (state.recorded[signo] != 0) run_one(signo, Context::kEventLoop, 0);
  }
}

bool is_fault(int signo, const siginfo_t& info) {
  switch (signo) {
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
      return !platform::sent_by_process(info);
    default:
      return false;
  }
}

// A fault is not for JavaScript. Whoever handled faults before us does (V8 turns some into
// WebAssembly traps); else the instruction runs again on return under the default action, and the
// process has the end, the core and the status that it would have had without us.
void hand_back_fault(int signo, siginfo_t* info, void* context) {
  const struct sigaction& displaced = state.actions[signo].displaced;
  if ((displaced.sa_flags & SA_SIGINFO) != 0 && displaced.sa_sigaction != nullptr) {
    displaced.sa_sigaction(signo, info, context);
    return;
  }
  struct sigaction fallback {};
  fallback.sa_handler = SIG_DFL;
  sigemptyset(&fallback.sa_mask);
  sigaction(signo, &fallback, nullptr);
}

// SA_RESETHAND was spent when the kernel chose the wrong thread. The right one still has to be
// delivered the signal, and by our handler rather than by the default action.
void restore_one_shot(int signo) {
  const Action& action = state.actions[signo];
  if ((action.flags & SA_RESETHAND) == 0) return;
  struct sigaction again {};
  again.sa_sigaction = realfork_on_signal;
  again.sa_flags = action.flags | SA_SIGINFO;
  again.sa_mask = action.mask;
  sigaction(signo, &again, nullptr);
}

}  // namespace

extern "C" void realfork_on_signal(int signo, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  auto* interrupted = static_cast<ucontext_t*>(context);
  if (is_fault(signo, *info)) {
    hand_back_fault(signo, info, context);
  } else if (!on_javascript_thread()) {
    restore_one_shot(signo);
    platform::forward_signal(state.thread_id, state.thread, signo, info);
  } else if (state.armed != 0) {
    // What was recorded before us (between `armed = 1` and its run) is blocked in the context that
    // we return to. It runs here, so it must not stay blocked there.
    const sigset_t waiting = recorded_set();
    state.armed = 0;
    fence();
    call_handler(signo, *info, Context::kSignal);
    run_until_none(1);
    update_blocked(&interrupted->uc_sigmask, waiting);
  } else {
    state.record[signo] = *info;
    fence();
    state.recorded[signo] = 1;
    state.any_recorded = 1;
    sigaddset(&interrupted->uc_sigmask, signo);
    if (state.async != nullptr) uv_async_send(state.async);
  }
  errno = saved_errno;
}

void adopt_javascript_thread(Napi::Env env) {
  if (state.adopted || !platform::is_main_thread()) return;
  const auto count = static_cast<size_t>(platform::kSignalCount);
  // Sized before the first signal and kept until the process ends: a handler may look at any time.
  state.recorded = new sig_atomic_t[count]();
  state.record = new siginfo_t[count]();
  state.actions = new Action[count]();
  for (size_t signo = 0; signo < count; ++signo) sigemptyset(&state.actions[signo].mask);
  state.env = env;
  state.thread = pthread_self();
  state.thread_id = platform::this_thread();
  state.adopted = true;
}

bool on_javascript_thread() {
  return state.adopted && pthread_equal(pthread_self(), state.thread) != 0;
}

Action& action_of(int signo) { return state.actions[signo]; }

namespace {

napi_status open_async() {
  auto* async = new uv_async_t;
  if (uv_async_init(state.loop, async, on_event_loop_turn) != 0) {
    delete async;
    return napi_generic_failure;
  }
  uv_unref(reinterpret_cast<uv_handle_t*>(async));
  state.async = async;
  return napi_ok;
}

void close_async() {
  if (state.async == nullptr) return;
  auto* handle = reinterpret_cast<uv_handle_t*>(state.async);
  state.async = nullptr;
  fence();
  uv_close(handle, [](uv_handle_t* closed) { delete reinterpret_cast<uv_async_t*>(closed); });
}

}  // namespace

napi_status watch_event_loop(Napi::Env env) {
  if (state.async != nullptr) return napi_ok;
  const napi_status status = napi_get_uv_event_loop(env, &state.loop);
  if (status != napi_ok) return status;
  if (state.async_context == nullptr)
    state.async_context = new Napi::AsyncContext(env, "realfork:signal");
  env.AddCleanupHook([] { close_async(); });
  return open_async();
}

void run_recorded_signals() {
  if (!on_javascript_thread()) return;
  run_until_none(0);
}

void interruptible_after_fork_in_child() {
  if (!state.adopted) return;
  state.thread = pthread_self();
  state.thread_id = platform::this_thread();
  // Whether a send was under way is part of the handle, and its wake-up went with the parent's
  // descriptor: a send by the child would be taken for one that is already on its way.
  if (state.async != nullptr) {
    close_async();
    open_async();
  }
}

Interruptible::Interruptible() : armed_(on_javascript_thread()) {
  if (armed_) run_until_none(1);
}

Interruptible::~Interruptible() {
  if (!armed_) return;
  fence();
  state.armed = 0;
}

}  // namespace realfork
