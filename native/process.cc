// fork(2), _exit(2), getpid(2), getppid(2).
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "large_pages.h"
#include "platform.h"
#include "results.h"

namespace realfork {
namespace {

/** Every signal blocked on this thread for as long as it lives. */
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    // Through Interruptible: what was recorded has run when the mask is read, so that the child
    // does not inherit, as if the program had asked for it, a signal that is blocked only for
    // waiting.
    Interruptible here;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

// The head of a ring: two pointers, of which the first is to the first node (or to the head
// itself).
bool has_processes(const uv_loop_t* loop) {
  const auto* head = reinterpret_cast<const void* const*>(&loop->process_handles);
  return head[0] != head;
}

// Processes that child_process started are the parent's children: the child will never hear of
// their end, so its copies of these handles must not keep its loop alive. Where there are none the
// handles are left alone: uv_walk() writes to each, and each page of them would be copied.
void disown_processes(uv_loop_t* loop) {
  if (!has_processes(loop)) return;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void*) {
        if (uv_handle_get_type(handle) == UV_PROCESS) uv_unref(handle);
      },
      nullptr);
}

// glibc's malloc sorts what has been freed when it next serves a large request, writing into every
// free block. What the parent has freed since its last one would be sorted by every child, which
// gets a copy of each page that it writes to: some twenty, before its first buffer.
void let_malloc_sort() {
  constexpr size_t kLarge = 4096;
  void* volatile block = malloc(kLarge);
  free(block);
}

}  // namespace

// The caller has parked V8's workers (quiesce.cc). Signals stay blocked until the child is whole:
//
//   child of a fork without that:
//     fork() returns 0
//        <- SIGTERM: the handler forwards it to "the JavaScript thread": the parent's, which is
//        gone
Napi::Value call_fork(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!platform::is_main_thread()) {
    napi_throw_error(
        env, "ERR_FORK_IN_WORKER",
        "fork() works on the main thread only: the child would have this worker's thread "
        "alone, and not the one that Node's exit and event loop need. Ask the main thread "
        "to fork (worker.postMessage)");
    return env.Undefined();
  }
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) {
    napi_throw_error(env, "ERR_FORK_NO_EVENT_LOOP", "fork(): this environment has no event loop");
    return env.Undefined();
  }

  AllSignalsBlocked blocked;
  interruptible_before_fork();
  let_malloc_sort();
  const int refused = platform::make_memory_inheritable();
  if (refused != 0) return number(env, refused);
  const pid_t pid = ::fork();
  if (pid == -1) return number(env, -errno);
  if (pid == 0) {
    // The parent's epoll descriptor is shared: used by both, each would steal the other's events.
    const int failure = platform::fork_event_loop(loop);
    if (failure != 0) {
      napi_fatal_error("realfork::fork", NAPI_AUTO_LENGTH, uv_strerror(failure), NAPI_AUTO_LENGTH);
    }
    disown_processes(loop);
    interruptible_after_fork_in_child();
  }
  return number(env, pid);
}

Napi::Value call_exit(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "_exit");
  const int status = arguments.integer(0, "status");
  if (!arguments.ok()) return info.Env().Undefined();
  const Interruptible here;  // what was recorded runs before, as it would have in C
  ::_exit(status);
}

Napi::Value call_getpid(const Napi::CallbackInfo& info) { return number(info.Env(), ::getpid()); }

Napi::Value call_getppid(const Napi::CallbackInfo& info) { return number(info.Env(), ::getppid()); }

Napi::Value call_thread_count(const Napi::CallbackInfo& info) {
  return number(info.Env(), platform::thread_count());
}

Napi::Value call_is_main_thread(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), platform::is_main_thread());
}

Napi::Value call_gather_heap(const Napi::CallbackInfo& info) {
  // Between the copy of a chunk and its way back a handler of anybody's could write to the old one.
  const AllSignalsBlocked no_signals;
  return Napi::Boolean::New(info.Env(), platform::gather_heap());
}

}  // namespace realfork
