#include "interruptible.h"

#include <pthread.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <uv.h>

#include <atomic>
#include <utility>

#include "platform.h"
#include "signal_info.h"
#include "signal_sets.h"

namespace realfork {
namespace {

// Touched by the JavaScript thread alone, in and out of its signal handlers, so that compiler
// fences are enough and there are no locks. Other threads read only `thread`, `thread_id` and the
// flags of an action.
struct State {
  napi_env env = nullptr;
  pthread_t thread{};
  platform::ThreadId thread_id = 0;
  bool adopted = false;
  uv_loop_t* loop = nullptr;
  uv_async_t* async = nullptr;
  uv_async_t* async_of_child = nullptr;  // allocated before a fork, so that no child does
  Napi::AsyncContext* async_context = nullptr;

  // Set: the JavaScript thread is between here and the return of one async-signal-safe call.
  volatile sig_atomic_t armed = 0;
  // Set: some signal is recorded.
  volatile sig_atomic_t any_recorded = 0;
  sigset_t recorded{};  // signals that wait in their slots
  sigset_t masked{};    // those of them that the program itself has blocked since
  siginfo_t* slots = nullptr;
  Action* actions = nullptr;
  // SIGCHLD has a JavaScript handler: look whether libuv has replaced it.
  bool shares_sigchld = false;
  uv_prepare_t* turn = nullptr;
  // While in sigsuspend(2), ppoll(2) or pselect(2): the mask that it gave the program for the
  // while.
  const sigset_t* suspended = nullptr;
};

State state;

enum class Context { kSignal, kEventLoop };

void fence() { std::atomic_signal_fence(std::memory_order_seq_cst); }

// ---- Masks. All of these are called with every signal blocked. ----

sigset_t block_all() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigemptyset(&before);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  return before;
}

void set_mask(const sigset_t& mask) { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }

// What the program has blocked, of a mask that was in force.
sigset_t program_mask(const sigset_t& in_force) {
  return set_union(set_difference(in_force, state.recorded), state.masked);
}

// A SIGCHLD that waits is not blocked while libuv handles it too: spawnSync() lives by the next
// one, and does not return to where ours could run. What comes meanwhile merges with it in its
// slot.
bool stays_open(int signo) {
  return signo == SIGCHLD && has_handler(state.actions[signo].displaced);
}

// From here on the program has `program` blocked. Returns the mask to put in force.
sigset_t adopt_program_mask(const sigset_t& program) {
  state.masked = set_intersection(state.recorded, program);
  sigset_t held = state.recorded;
  if (stays_open(SIGCHLD)) sigdelset(&held, SIGCHLD);
  return set_union(program, held);
}

// ---- Handlers ----

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
  if ((action.flags & SA_SIGINFO) != 0) arguments[count++] = signal_info(env, info);
  napi_value ignored = nullptr;
  if (context == Context::kSignal) {
    // Plain call: promise callbacks wait for the code that was interrupted.
    napi_call_function(env, receiver, function, count, arguments, &ignored);
  } else {
    napi_make_callback(env, *state.async_context, receiver, function, count, arguments, &ignored);
  }
  report_exception(env);
}

// Runs one handler as the kernel would: over the program's mask, its own mask and its signal. While
// JavaScript runs, `armed` is clear and a signal that comes is recorded. Every signal is blocked
// before and after: what the handler did to the mask ends with it, as with sigreturn(2).
void run_handler(int signo, const siginfo_t& info, const sigset_t& program, Context context) {
  const Action& action = state.actions[signo];
  const sigset_t outer_masked = state.masked;
  sigset_t during = set_union(program, action.mask);
  if ((action.flags & SA_NODEFER) == 0) sigaddset(&during, signo);
  state.armed = 0;
  fence();
  set_mask(adopt_program_mask(during));
  call_handler(signo, info, context);
  block_all();
  state.masked = set_intersection(outer_masked, state.recorded);
}

// Runs what is recorded and not blocked by the program: all of it until there is none, or, for an
// event loop that must turn, each signal at most once.
void run_recorded(const sigset_t& program, Context context) {
  bool again = true;
  while (again) {
    again = false;
    for (int signo = 1; signo < platform::kSignalCount; ++signo) {
      if (sigismember(&state.recorded, signo) != 1 || sigismember(&program, signo) == 1) continue;
      const siginfo_t info = state.slots[signo];
      sigdelset(&state.recorded, signo);
      run_handler(signo, info, program, context);
      again = context == Context::kSignal;
    }
  }
  state.any_recorded = is_empty(state.recorded) ? 0 : 1;
}

void record(int signo, const siginfo_t& info) {
  state.slots[signo] = info;
  sigaddset(&state.recorded, signo);
  state.any_recorded = 1;
  if (state.async != nullptr) uv_async_send(state.async);
}

// libuv installs its handler for SIGCHLD over ours when child_process is first used, and resets the
// signal to SIG_DFL when its last child has ended. Ours goes back on top, and hands on to what it
// found:
//
//   sigaction(SIGCHLD, ours)
//   spawn()                      libuv's, over ours
//     <- SIGCHLD of a forked child: libuv's handler finds no child of its own
//   accept()                     reclaimed; that child waits to be reaped: recorded, not lost
void reclaim_sigchld() {
  Action& action = state.actions[SIGCHLD];
  struct sigaction found {};
  if ((action.flags & SA_RESETHAND) != 0) return;
  if (sigaction(SIGCHLD, nullptr, &found) == -1 || is_ours(found)) return;
  const sigset_t program = program_mask(block_all());
  struct sigaction nobody {};
  action.displaced = has_handler(found) ? found : nobody;
  const struct sigaction ours = kernel_action(action.flags);
  sigaction(SIGCHLD, &ours, nullptr);
  siginfo_t child{};
  if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0 && child.si_pid != 0) {
    record(SIGCHLD, child);
  }
  set_mask(adopt_program_mask(program));
}

// With `armed` set on return, a signal from here on runs at once.
//
//   the order that loses a signal:        this order:
//     nothing recorded                      armed = 1
//        <- SIGCHLD: recorded               nothing recorded
//     armed = 1                                <- SIGCHLD: runs now
//     accept() blocks for ever              accept() blocks: as in C
void arm() {
  if (state.shares_sigchld) reclaim_sigchld();
  state.armed = 1;
  fence();
  if (state.any_recorded == 0) return;
  const sigset_t program = program_mask(block_all());
  run_recorded(program, Context::kSignal);
  const sigset_t in_force = adopt_program_mask(program);
  state.armed = 1;
  fence();
  set_mask(in_force);  // what the kernel kept meanwhile is delivered here, and runs at once
}

void disarm() {
  fence();
  state.armed = 0;
}

void on_event_loop_turn(uv_async_t*) {
  if (state.any_recorded == 0) return;
  Napi::HandleScope scope{Napi::Env(state.env)};
  const sigset_t program = program_mask(block_all());
  run_recorded(program, Context::kEventLoop);
  set_mask(adopt_program_mask(program));
  // One that came while its own handler ran is recorded again, and nobody else may wake the loop.
  if (state.any_recorded != 0 && state.async != nullptr) uv_async_send(state.async);
}

// ---- The C handler. The kernel has blocked every signal. ----

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
  if ((displaced.sa_flags & SA_SIGINFO) != 0 && has_handler(displaced)) {
    displaced.sa_sigaction(signo, info, context);
    return;
  }
  struct sigaction fallback {};
  fallback.sa_handler = SIG_DFL;
  sigemptyset(&fallback.sa_mask);
  sigaction(signo, &fallback, nullptr);
}

// Node's helper threads take what this one blocks: it goes on to the thread that it is for.
void hand_on(int signo, const siginfo_t& info) {
  const int flags = state.actions[signo].flags;
  if ((flags & SA_RESETHAND) != 0) {
    // SA_RESETHAND was spent on the wrong thread. The right one is to meet our handler as well,
    // not the default action.
    const struct sigaction again = kernel_action(flags);
    sigaction(signo, &again, nullptr);
  }
  platform::forward_signal(state.thread_id, state.thread, signo, info);
}

void run_now(int signo, const siginfo_t& info, ucontext_t* interrupted) {
  const sigset_t program = program_mask(interrupted->uc_sigmask);
  if (state.suspended == nullptr) {
    run_handler(signo, info, program, Context::kSignal);
    run_recorded(program, Context::kSignal);
  } else {
    // The call gave the program another mask, and ends with the first handler. Until it has,
    // whatever that mask lets through is delivered too.
    const sigset_t temporary = *state.suspended;
    state.suspended = nullptr;
    run_handler(signo, info, temporary, Context::kSignal);
    do {
      run_recorded(temporary, Context::kSignal);
      set_mask(adopt_program_mask(temporary));  // not armed: recorded
      block_all();
    } while (!is_empty(set_difference(state.recorded, temporary)));
  }
  // The mask of the context that we return to. What was recorded there before us has run.
  copy_set(&interrupted->uc_sigmask, adopt_program_mask(program));
  state.armed = 1;
  fence();
}

// child_process lives by libuv's handler for SIGCHLD: it gets its signal too.
void hand_to_displaced(int signo, siginfo_t* info, void* context) {
  if (signo != SIGCHLD) return;
  const struct sigaction& displaced = state.actions[signo].displaced;
  if (!has_handler(displaced)) return;
  if ((displaced.sa_flags & SA_SIGINFO) != 0) {
    displaced.sa_sigaction(signo, info, context);
  } else {
    displaced.sa_handler(signo);
  }
}

extern "C" void realfork_on_signal(int signo, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  auto* interrupted = static_cast<ucontext_t*>(context);
  platform::unwrap_forwarded(info);
  if (is_fault(signo, *info)) {
    hand_back_fault(signo, info, context);
  } else if (!on_javascript_thread()) {
    hand_on(signo, *info);
  } else {
    hand_to_displaced(signo, info, context);
    if (state.armed != 0) {
      run_now(signo, *info, interrupted);
    } else {
      record(signo, *info);
      if (!stays_open(signo)) sigaddset(&interrupted->uc_sigmask, signo);
    }
  }
  errno = saved_errno;
}

// ---- The event loop's part ----

napi_status open_async() {
  auto* async = std::exchange(state.async_of_child, nullptr);
  if (async == nullptr) async = new uv_async_t;
  if (uv_async_init(state.loop, async, on_event_loop_turn) != 0) {
    delete async;
    return napi_generic_failure;
  }
  uv_unref(reinterpret_cast<uv_handle_t*>(async));
  state.async = async;
  return napi_ok;
}

void close_turn() {
  if (state.turn == nullptr) return;
  state.shares_sigchld = false;
  uv_close(reinterpret_cast<uv_handle_t*>(state.turn),
           [](uv_handle_t* closed) { delete reinterpret_cast<uv_prepare_t*>(closed); });
  state.turn = nullptr;
}

void close_async() {
  if (state.async == nullptr) return;
  auto* handle = reinterpret_cast<uv_handle_t*>(state.async);
  state.async = nullptr;
  fence();
  uv_close(handle, [](uv_handle_t* closed) { delete reinterpret_cast<uv_async_t*>(closed); });
}

}  // namespace

Action& action_of(int signo) { return state.actions[signo]; }

struct sigaction kernel_action(int flags) {
  struct sigaction action {};
  action.sa_sigaction = realfork_on_signal;
  action.sa_flags = (flags & ~SA_NODEFER) | SA_SIGINFO;
  sigfillset(&action.sa_mask);
  return action;
}

bool has_handler(const struct sigaction& action) {
  return action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

bool is_ours(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == realfork_on_signal;
}

void adopt_javascript_thread(Napi::Env env) {
  if (state.adopted || !platform::is_main_thread()) return;
  const auto count = static_cast<size_t>(platform::kSignalCount);
  // Sized before the first signal and kept until the process ends: a handler may look at any time.
  state.slots = new siginfo_t[count]();
  state.actions = new Action[count]();
  for (size_t signo = 0; signo < count; ++signo) sigemptyset(&state.actions[signo].mask);
  sigemptyset(&state.recorded);
  sigemptyset(&state.masked);
  state.env = env;
  state.thread = pthread_self();
  state.thread_id = platform::this_thread();
  state.adopted = true;
}

bool on_javascript_thread() {
  return state.adopted && pthread_equal(pthread_self(), state.thread) != 0;
}

napi_status watch_event_loop(Napi::Env env) {
  if (state.async != nullptr) return napi_ok;
  const napi_status status = napi_get_uv_event_loop(env, &state.loop);
  if (status != napi_ok) return status;
  if (state.async_context == nullptr) {
    state.async_context = new Napi::AsyncContext(env, "realfork:signal");
  }
  env.AddCleanupHook([] {
    close_async();
    close_turn();
  });
  return open_async();
}

void share_sigchld(bool shares) {
  state.shares_sigchld = shares;
  if (!shares) {
    if (state.turn != nullptr) uv_prepare_stop(state.turn);
    return;
  }
  if (state.turn == nullptr) {
    state.turn = new uv_prepare_t;
    uv_prepare_init(state.loop, state.turn);
    uv_unref(reinterpret_cast<uv_handle_t*>(state.turn));
  }
  uv_prepare_start(state.turn, [](uv_prepare_t*) { reclaim_sigchld(); });
}

sigset_t program_mask_of(const sigset_t& in_force) {
  return on_javascript_thread() ? program_mask(in_force) : in_force;
}

void interruptible_before_fork() {
  if (state.async != nullptr && state.async_of_child == nullptr) {
    state.async_of_child = new uv_async_t;
  }
}

void interruptible_after_fork_in_child() {
  if (!state.adopted) return;
  state.thread = pthread_self();
  state.thread_id = platform::this_thread();
  sigemptyset(&state.recorded);
  sigemptyset(&state.masked);
  state.any_recorded = 0;
  // Whether a send was under way is part of the handle, and its wake-up went with the parent's
  // descriptor: a send by the child would be taken for one that is already on its way.
  if (state.async != nullptr) {
    close_async();
    open_async();
  }
}

Interruptible::Interruptible() : armed_(on_javascript_thread()) {
  if (armed_) arm();
}

Interruptible::~Interruptible() {
  if (armed_) disarm();
}

int change_mask(int how, const sigset_t* set, sigset_t* before) {
  if (!on_javascript_thread()) return -pthread_sigmask(how, set, before);
  const Interruptible here;
  const sigset_t in_force = block_all();
  const sigset_t program = program_mask(in_force);
  sigset_t wanted = program;
  int result = 0;
  if (set != nullptr) {
    switch (how) {
      case SIG_BLOCK:
        wanted = set_union(program, *set);
        break;
      case SIG_UNBLOCK:
        wanted = set_difference(program, *set);
        break;
      case SIG_SETMASK:
        wanted = *set;
        break;
      default:
        result = -EINVAL;
    }
  }
  *before = program;
  // A pending signal that this unblocks is delivered before the call returns: here.
  run_recorded(wanted, Context::kSignal);
  const sigset_t next = adopt_program_mask(wanted);
  state.armed = 1;
  fence();
  set_mask(next);
  return result;
}

int wait_under(const sigset_t& mask, MaskedWait& call) {
  if (!on_javascript_thread()) return interruptible([&] { return call.wait(mask); });
  Interruptible here;
  const sigset_t program = program_mask(block_all());
  // In a handler a signal may be recorded that its mask blocks and this one lets through: the
  // kernel does not have it, so it would not end the call. It ends it unless there is something
  // already.
  const bool lets_one_through = !is_empty(set_difference(state.recorded, mask));
  int result = 0;
  if (lets_one_through) {
    result = here.call([&] { return call.look(); });
    if (result == 0) {
      run_recorded(mask, Context::kSignal);
      result = -EINTR;
    }
  }
  const sigset_t temporary = set_union(mask, state.recorded);
  const sigset_t in_force = adopt_program_mask(program);
  if (!lets_one_through) {
    // Every signal stays blocked up to the call, which sets its mask and waits in one step.
    state.suspended = &mask;
    state.armed = 1;
    fence();
    result = here.call([&] { return call.wait(temporary); });
    state.suspended = nullptr;
  }
  state.armed = 1;
  fence();
  set_mask(in_force);
  return result;
}

int pending(sigset_t* set) {
  const int result = interruptible([&] { return ::sigpending(set); });
  // To the program, what is recorded and blocked by it is pending.
  if (result == 0 && on_javascript_thread()) *set = set_union(*set, state.masked);
  return result;
}

int take_pending(const sigset_t& set, const struct timespec* timeout, siginfo_t* info) {
  Interruptible here;
  if (on_javascript_thread()) {
    // To the program, what is recorded and blocked by it is pending. The kernel does not have it.
    const sigset_t program = program_mask(block_all());
    int taken = 0;
    for (int signo = 1; taken == 0 && signo < platform::kSignalCount; ++signo) {
      if (sigismember(&state.masked, signo) == 1 && sigismember(&set, signo) == 1) taken = signo;
    }
    if (taken != 0) {
      *info = state.slots[taken];
      sigdelset(&state.recorded, taken);
      state.any_recorded = is_empty(state.recorded) ? 0 : 1;
    }
    set_mask(adopt_program_mask(program));
    if (taken != 0) return taken;
  }
  const int result = here.call([&] {
    return timeout == nullptr ? ::sigwaitinfo(&set, info) : ::sigtimedwait(&set, info, timeout);
  });
  if (result > 0) platform::unwrap_forwarded(info);
  return result;
}

}  // namespace realfork
