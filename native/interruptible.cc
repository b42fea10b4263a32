#include "interruptible.h"

#include <pthread.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <uv.h>

#include <atomic>
#include <utility>

#include "helper_threads.h"
#include "own_descriptors.h"
#include "platform.h"
#include "signal_info.h"
#include "signal_sets.h"
#include "signal_state.h"

namespace realfork {
namespace {

// Touched by the JavaScript thread alone, in and out of its signal handlers. Other threads read
// only `thread`, `thread_id` and the flags of an action.
struct State {
  napi_env env = nullptr;
  pthread_t thread{};
  platform::ThreadId thread_id = 0;
  bool adopted = false;
  uv_loop_t* loop = nullptr;
  uv_async_t* async = nullptr;
  uv_async_t* async_of_child = nullptr;  // allocated before a fork, so that no child does
  Napi::AsyncContext* async_context = nullptr;
  Action* actions = nullptr;
  napi_ref report = nullptr;
  napi_ref for_caller = nullptr;  // what a handler threw that nobody could be told of
  int handlers_running = 0;
  unsigned handlers_called = 0;
  // SIGCHLD has a JavaScript handler: look whether libuv has replaced it.
  bool shares_sigchld = false;
  uv_prepare_t* turn = nullptr;
};

State state;
SignalState signals;

// What the program has blocked outside of handlers. Read by its worker_threads, which have all
// signals blocked for its sake (helper_threads.h), when they start a program.
SharedMask mask_of_main;

// This thread is a worker_thread that has set its mask by itself.
thread_local bool mask_is_own = false;

enum class Context { kSignal, kEventLoop };

void fence() { std::atomic_signal_fence(std::memory_order_seq_cst); }

sigset_t every_signal() {
  sigset_t all;
  sigfillset(&all);
  return all;
}

sigset_t complement(const sigset_t& set) { return set_difference(every_signal(), set); }

// ---- Handlers ----

enum class Reported { kYes, kNo, kNoRoom };

// Node ends the asynchronous context of all that runs when it has given an uncaught exception to
// its listeners. Code that was interrupted still runs. No room: so near the end of the stack no
// JavaScript can be called.
Reported reported_in_javascript(napi_env env, napi_value error) {
  napi_value report = nullptr;
  napi_value result = nullptr;
  bool done = false;
  if (state.report == nullptr || napi_get_reference_value(env, state.report, &report) != napi_ok) {
    return Reported::kNo;
  }
  if (napi_call_function(env, error, report, 1, &error, &result) != napi_ok) {
    napi_value ignored = nullptr;
    napi_get_and_clear_last_exception(env, &ignored);
    return Reported::kNoRoom;
  }
  return napi_get_value_bool(env, result, &done) == napi_ok && done ? Reported::kYes
                                                                    : Reported::kNo;
}

// An exception that leaves a handler has no caller to go to: it is an uncaught exception.
void report_exception(napi_env env, Context context) {
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) != napi_ok || !pending) return;
  napi_value error = nullptr;
  if (napi_get_and_clear_last_exception(env, &error) != napi_ok) return;
  if (context == Context::kSignal) {
    switch (reported_in_javascript(env, error)) {
      case Reported::kYes:
        return;
      case Reported::kNo:
        break;
      case Reported::kNoRoom:
        // The interrupted call throws it when it ends: nobody else can be told.
        if (state.for_caller == nullptr) napi_create_reference(env, error, 1, &state.for_caller);
        return;
    }
  }
  napi_fatal_exception(env, error);
}

void throw_in_caller() {
  Napi::HandleScope scope{Napi::Env(state.env)};
  napi_ref reference = std::exchange(state.for_caller, nullptr);
  napi_value error = nullptr;
  napi_get_reference_value(state.env, reference, &error);
  napi_delete_reference(state.env, reference);
  napi_throw(state.env, error);
}

void call_handler(int signo, const siginfo_t& info, Context context) {
  const Action& action = state.actions[signo];
  // Set to SIG_DFL while a helper thread handed it on, or not to be heard.
  if (action.handler == nullptr) return;
  ++state.handlers_called;
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
  report_exception(env, context);
}

// Runs one handler as the kernel would: over the mask `under`, its own mask and its signal. While
// JavaScript runs, a signal that comes is recorded. Every signal is blocked before and after: what
// the handler did to the mask ends with it, as with sigreturn(2), and the program has `after`
// blocked.
//
// A signal that the handler lets through and `after` does not is due before that: in C it has
// interrupted the handler.
//
//   sigsuspend({USR1})        the program blocks USR1 until here, and again after it
//     <- USR2: its handler
//          sigprocmask(SIG_UNBLOCK, {USR1})
//          <- USR1: recorded
//        its end: USR1's handler runs
//
// Each level of the recursion lets through what the one above it blocks: there are at most as many
// as there are signals. NOLINTNEXTLINE(misc-no-recursion)
void run_handler(int signo, const siginfo_t& info, const sigset_t& under, const sigset_t& after,
                 Context context) {
  const Action& action = state.actions[signo];
  sigset_t during = set_union(under, action.mask);
  if ((action.flags & SA_NODEFER) == 0) sigaddset(&during, signo);
  signals.leave_call();
  ++state.handlers_running;
  signals.let_in(during);
  call_handler(signo, info, context);
  const sigset_t at_end = signals.block_all();
  // Not what the caller would run as well: a signal that comes faster than its handler ends would
  // have them nest without end.
  const sigset_t due = set_difference(after, at_end);
  while (const int next = signals.recorded_of(due)) {
    const siginfo_t next_info = signals.take(next);
    run_handler(next, next_info, at_end, at_end, context);
  }
  --state.handlers_running;
}

// Runs what is recorded and not blocked by the program: all of it until there is none, or, for an
// event loop that must turn, each signal at most once.
void run_recorded(const sigset_t& program, Context context) {
  bool again = true;
  while (again) {
    again = false;
    for (int signo = 1; signo < platform::kSignalCount; ++signo) {
      if (!signals.is_recorded(signo) || sigismember(&program, signo) == 1) continue;
      const siginfo_t info = signals.take(signo);
      run_handler(signo, info, program, program, context);
      again = context == Context::kSignal;
    }
  }
}

void wake_event_loop() {
  if (state.async != nullptr) uv_async_send(state.async);
}

void record(int signo, const siginfo_t& info) {
  signals.record(signo, info);
  wake_event_loop();
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
  const sigset_t program = signals.block_all();
  displace(SIGCHLD, found);
  const struct sigaction ours = kernel_action(action.flags);
  sigaction(SIGCHLD, &ours, nullptr);
  siginfo_t child{};
  if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0 && child.si_pid != 0) {
    record(SIGCHLD, child);
  }
  signals.let_in(program);
}

// Lets in what the program does not block, with its handlers run when it returns: what is recorded
// first, then what the kernel kept. From here on a signal runs at once. Every signal is blocked.
void run_what_waits(const sigset_t& program) {
  run_recorded(program, Context::kSignal);
  signals.enter_call();
  signals.let_in(program);
}

// On return a signal runs at once.
//
//   the order that loses a signal:        this order:
//     nothing recorded                      in a call
//        <- SIGCHLD: recorded               nothing recorded
//     in a call                                <- SIGCHLD: runs now
//     accept() blocks for ever              accept() blocks: as in C
void enter_call() {
  if (state.shares_sigchld) reclaim_sigchld();
  signals.enter_call();
  if (signals.any_recorded()) run_what_waits(signals.block_all());
}

void on_event_loop_turn(uv_async_t*) {
  if (!signals.any_recorded()) return;
  Napi::HandleScope scope{Napi::Env(state.env)};
  const sigset_t program = signals.block_all();
  run_recorded(program, Context::kEventLoop);
  // One that came while its own handler ran is recorded again, and nobody else may wake the loop.
  // One that the program blocks is not for the loop: it runs when it is let in.
  if (signals.recorded_of(complement(program)) != 0) wake_event_loop();
  signals.let_in(program);
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
// WebAssembly traps); else the process has the end, the core and the status that it would have had
// without us: raised again, since not every instruction that faults does so twice (a breakpoint has
// been passed), and delivered when this handler returns, with what was interrupted as it was.
void hand_back_fault(int signo, siginfo_t* info, void* context) {
  if (call_foreign(state.actions[signo].displaced, signo, info, context)) return;
  struct sigaction fallback {};
  fallback.sa_handler = SIG_DFL;
  sigemptyset(&fallback.sa_mask);
  sigaction(signo, &fallback, nullptr);
  platform::raise_again(signo, *info);
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
  const sigset_t program = signals.program_mask(*interrupted);
  // A call with a mask of its own ends with the first handler, over that mask. What that lets
  // through besides interrupts the handler, or waits until the program lets it through: when the
  // handler ends, so does the mask (sigsuspend(2): every signal is blocked in its context here).
  const sigset_t* const of_wait = signals.mask_of_wait();
  const sigset_t under = of_wait == nullptr ? program : *of_wait;
  run_handler(signo, info, under, program, Context::kSignal);
  run_recorded(program, Context::kSignal);
  // The mask of the context that we return to. What was recorded there before us has run.
  signals.return_to(interrupted, program);
  signals.enter_call();
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
    // child_process lives by libuv's handler for SIGCHLD: it gets its signal too.
    if (signo == SIGCHLD) call_foreign(state.actions[signo].displaced, signo, info, context);
    if (signals.in_call()) {
      run_now(signo, *info, interrupted);
    } else {
      const sigset_t program = signals.program_mask(*interrupted);
      record(signo, *info);
      signals.return_to(interrupted, program);
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

void stop_watching() {
  close_async();
  close_turn();
  delete std::exchange(state.async_context, nullptr);
}

// The environment ends with its functions. The C handler stays where it is: until the process ends,
// or has another environment (of a program that embeds Node), what comes goes nowhere.
void on_environment_end() {
  stop_watching();
  for (int signo = 1; signo < platform::kSignalCount; ++signo) {
    Action& action = state.actions[signo];
    if (action.handler != nullptr) napi_delete_reference(state.env, action.handler);
    action.handler = nullptr;
  }
  if (state.report != nullptr) {
    napi_delete_reference(state.env, std::exchange(state.report, nullptr));
  }
  state.env = nullptr;
}

}  // namespace

Action& action_of(int signo) { return state.actions[signo]; }

struct sigaction kernel_action(int flags) {
  struct sigaction action {};
  action.sa_sigaction = realfork_on_signal;
  action.sa_flags = (flags & ~(SA_NODEFER | SA_ONSTACK)) | SA_SIGINFO;
  sigfillset(&action.sa_mask);
  return action;
}

bool has_handler(const struct sigaction& action) {
  return action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

bool is_ours(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == realfork_on_signal;
}

bool call_foreign(const struct sigaction& action, int signo, siginfo_t* info, void* context) {
  if (!has_handler(action)) return false;
  if ((action.sa_flags & SA_SIGINFO) != 0) {
    action.sa_sigaction(signo, info, context);
  } else {
    action.sa_handler(signo);
  }
  return true;
}

void displace(int signo, const struct sigaction& found) {
  struct sigaction nobody {};
  state.actions[signo].displaced = has_handler(found) ? found : nobody;
  // A SIGCHLD that waits is not blocked while libuv handles it too: spawnSync() lives by the next
  // one, and does not return to where ours could run. What comes meanwhile merges with it in its
  // slot.
  if (signo == SIGCHLD) signals.keep_open(SIGCHLD, has_handler(found));
}

void adopt_javascript_thread(Napi::Env env) {
  if (state.env != nullptr || !platform::is_main_thread()) return;
  state.env = env;
  env.AddCleanupHook(on_environment_end);
  if (state.adopted) return;  // by an environment that has ended
  const auto count = static_cast<size_t>(platform::kSignalCount);
  // Sized before the first signal and kept until the process ends: a handler may look at any time.
  signals.allocate();
  state.actions = new Action[count]();
  for (size_t signo = 0; signo < count; ++signo) sigemptyset(&state.actions[signo].mask);
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  mask_of_main.set(mask);
  state.thread = pthread_self();
  state.thread_id = platform::this_thread();
  state.adopted = true;
}

bool on_javascript_thread() {
  return state.adopted && pthread_equal(pthread_self(), state.thread) != 0;
}

bool hand_on_from_worker(int signo, const siginfo_t& info) {
  if (!state.adopted || on_javascript_thread()) return false;
  platform::forward_signal(state.thread_id, state.thread, signo, info);
  return true;
}

napi_status watch_event_loop(Napi::Env env) {
  if (state.async != nullptr) return napi_ok;
  const napi_status status = napi_get_uv_event_loop(env, &state.loop);
  if (status != napi_ok) return status;
  if (state.async_context == nullptr) {
    state.async_context = new Napi::AsyncContext(env, "realfork:signal");
  }
  return open_async();
}

void report_exceptions_to(napi_env env, napi_ref report) {
  if (state.report != nullptr) napi_delete_reference(env, state.report);
  state.report = report;
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

void interruptible_before_fork() {
  if (state.async != nullptr && state.async_of_child == nullptr) {
    state.async_of_child = new uv_async_t;
  }
}

void interruptible_after_fork_in_child() {
  forget_workers();
  own_descriptors_after_fork_in_child();
  if (!state.adopted) return;
  state.thread = pthread_self();
  state.thread_id = platform::this_thread();
  signals.forget();
  forget_helper_threads();
  // Whether a send was under way is part of the handle, and its wake-up went with the parent's
  // descriptor: a send by the child would be taken for one that is already on its way.
  if (state.async != nullptr) {
    close_async();
    open_async();
  }
}

unsigned handlers_called() { return state.handlers_called; }

SigchldUnheard::SigchldUnheard()
    : handler_(std::exchange(state.actions[SIGCHLD].handler, nullptr)) {}

SigchldUnheard::~SigchldUnheard() {
  napi_ref& handler = state.actions[SIGCHLD].handler;
  if (handler == nullptr) {
    handler = handler_;
  } else if (handler_ != nullptr) {
    napi_delete_reference(state.env, handler_);  // another handler has set one meanwhile
  }
}

bool workers_are_blocked() {
  constexpr int kLooks = 50;
  constexpr struct timespec kBetween { 0, 1'000'000 };
  for (int i = 0; i < kLooks; ++i) {
    if (!any_worker_is_in_call()) return false;
    nanosleep(&kBetween, nullptr);
  }
  return true;
}

Interruptible::Interruptible() : here_(on_javascript_thread()) {
  if (here_) {
    enter_call();
  } else {
    worker_enters_call();
  }
}

Interruptible::~Interruptible() {
  if (!here_) {
    worker_leaves_call();
    return;
  }
  signals.leave_call();
  if (state.for_caller != nullptr) throw_in_caller();
}

AllSignalsBlocked::AllSignalsBlocked() {
  if (on_javascript_thread()) {
    program_ = signals.block_all();
  } else {
    const sigset_t all = every_signal();
    pthread_sigmask(SIG_SETMASK, &all, &program_);
  }
}

AllSignalsBlocked::~AllSignalsBlocked() {
  if (on_javascript_thread()) {
    signals.let_in(program_);
  } else {
    pthread_sigmask(SIG_SETMASK, &program_, nullptr);
  }
}

sigset_t AllSignalsBlocked::mask_of_new_program() const {
  return on_javascript_thread() || mask_is_own ? program_ : mask_of_main.get();
}

ReadyToExecute::ReadyToExecute() {
  if (on_javascript_thread()) {
    const sigset_t program = signals.block_all();
    while (const int signo = signals.recorded_of(every_signal())) {
      platform::forward_signal(state.thread_id, state.thread, signo, signals.take(signo));
    }
    run_what_waits(program);
  } else {
    pthread_sigmask(SIG_SETMASK, nullptr, &of_worker_);
    const sigset_t mask = mask_is_own ? of_worker_ : mask_of_main.get();
    pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  }
}

ReadyToExecute::~ReadyToExecute() {
  if (!on_javascript_thread()) pthread_sigmask(SIG_SETMASK, &of_worker_, nullptr);
}

namespace {

// A worker keeps the signal open by which its calls can be ended: who sends that to the process
// means the main thread, to which it is handed on.
sigset_t mask_of_worker(sigset_t mask) {
  if (const int open = signal_of_workers(); open != 0) sigdelset(&mask, open);
  return mask;
}

// False if there is no such way to change a mask.
bool changed_mask(int how, const sigset_t& set, sigset_t* mask) {
  switch (how) {
    case SIG_BLOCK:
      *mask = set_union(*mask, set);
      return true;
    case SIG_UNBLOCK:
      *mask = set_difference(*mask, set);
      return true;
    case SIG_SETMASK:
      *mask = set;
      return true;
    default:
      return false;
  }
}

}  // namespace

int change_mask(int how, const sigset_t* set, sigset_t* before) {
  if (!on_javascript_thread()) {
    if (set == nullptr) return -pthread_sigmask(how, set, before);
    mask_is_own = true;
    const sigset_t wanted = mask_of_worker(*set);
    return -pthread_sigmask(how, &wanted, before);
  }
  const Interruptible here;
  const sigset_t program = signals.block_all();
  sigset_t wanted = program;
  const bool known = set == nullptr || changed_mask(how, *set, &wanted);
  *before = program;
  if (state.handlers_running == 0) mask_of_main.set(wanted);
  // A pending signal that this unblocks is delivered before the call returns: here.
  run_what_waits(wanted);
  return known ? 0 : -EINVAL;
}

int wait_under(const sigset_t& mask, MaskedWait& call) {
  if (!on_javascript_thread()) {
    return interruptible([&] { return call.wait(mask_of_worker(mask)); });
  }
  Interruptible here;
  const sigset_t program = signals.block_all();
  int result = 0;
  // In a handler a signal may be recorded that its mask blocks and this one lets through: the
  // kernel does not have it, so it would not end the call. It ends it unless there is something
  // already.
  if (const int signo = signals.recorded_of(complement(mask))) {
    result = here.call([&] { return call.look(); });
    if (result == 0) {
      const siginfo_t info = signals.take(signo);
      run_handler(signo, info, mask, every_signal(), Context::kSignal);
      result = -EINTR;
    }
  } else {
    // Every signal stays blocked up to the call, which sets its mask and waits in one step.
    signals.enter_wait(mask);
    result = here.call([&] { return call.wait(mask); });
  }
  // Not the mask that was in force before: a signal may have been recorded since.
  run_what_waits(program);
  return result;
}

int pending(sigset_t* set) {
  const int result = interruptible([&] { return ::sigpending(set); });
  // To the program, what is recorded and blocked by it is pending.
  if (result == 0 && on_javascript_thread()) *set = set_union(*set, signals.blocked_since());
  return result;
}

int take_pending(const sigset_t& set, const struct timespec* timeout, siginfo_t* info) {
  Interruptible here;
  if (on_javascript_thread()) {
    // To the program, what is recorded and blocked by it is pending. The kernel does not have it.
    const sigset_t program = signals.block_all();
    const int taken = signals.recorded_of(set_intersection(signals.blocked_since(), set));
    if (taken != 0) *info = signals.take(taken);
    signals.let_in(program);
    if (taken != 0) return taken;
  }
  const int result = here.call([&] {
    return timeout == nullptr ? ::sigwaitinfo(&set, info) : ::sigtimedwait(&set, info, timeout);
  });
  if (result > 0) platform::unwrap_forwarded(info);
  return result;
}

}  // namespace realfork
