// _exit(2), getpid(2), getppid(2), and which threads there are.
#include <unistd.h>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "large_pages.h"
#include "platform.h"
#include "results.h"

namespace realfork {

Napi::Value call_exit(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "_exit");
  const int status = arguments.integer(0, "status");
  if (!arguments.ok()) return info.Env().Undefined();
  const Interruptible here;  // what was recorded runs before, as it would have in C
  ::_exit(status);
}

Napi::Value call_getpid(const Napi::CallbackInfo& info) {
  run_recorded_signals();
  return number(info.Env(), ::getpid());
}

/** For process.pid, which is read where nobody expects a handler: none runs here. */
Napi::Value call_current_pid(const Napi::CallbackInfo& info) {
  return number(info.Env(), ::getpid());
}

Napi::Value call_getppid(const Napi::CallbackInfo& info) {
  run_recorded_signals();
  return number(info.Env(), ::getppid());
}

Napi::Value call_thread_count(const Napi::CallbackInfo& info) {
  return number(info.Env(), platform::thread_count());
}

Napi::Value call_is_main_thread(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), platform::is_main_thread());
}

Napi::Value call_gather_heap(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), platform::gather_heap());
}

/** noteWorker(threadId): this environment is a worker's. */
Napi::Value call_note_worker(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "noteWorker");
  const int64_t id = arguments.integer(0, "threadId", 0, UINT32_MAX);
  if (arguments.ok() && !platform::is_main_thread()) {
    note_worker(info.Env(), static_cast<uint32_t>(id));
  }
  return info.Env().Undefined();
}

/** interruptWorker(threadId): it is to end, and a call that it is blocked in ends. */
Napi::Value call_interrupt_worker(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "interruptWorker");
  const int64_t id = arguments.integer(0, "threadId", -1, UINT32_MAX);  // -1: it has ended
  if (arguments.ok() && id >= 0) interrupt_worker(static_cast<uint32_t>(id));
  return info.Env().Undefined();
}

/** endCallsOfWorker(threadId): the same, until it and those that it has started are in no call. */
Napi::Value call_end_calls_of_worker(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "endCallsOfWorker");
  const int64_t id = arguments.integer(0, "threadId", -1, UINT32_MAX);
  if (arguments.ok() && id >= 0) end_calls_of_worker(static_cast<uint32_t>(id));
  return info.Env().Undefined();
}

/** noteParentOfWorker(threadId, parent): a worker has started another. */
Napi::Value call_note_parent_of_worker(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "noteParentOfWorker");
  const int64_t child = arguments.integer(0, "threadId", 0, UINT32_MAX);
  const int64_t parent = arguments.integer(1, "parent", 0, UINT32_MAX);
  if (arguments.ok()) {
    note_parent_of_worker(static_cast<uint32_t>(child), static_cast<uint32_t>(parent));
  }
  return info.Env().Undefined();
}

/** forgetParentOfWorker(threadId): that has ended. */
Napi::Value call_forget_parent_of_worker(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "forgetParentOfWorker");
  const int64_t child = arguments.integer(0, "threadId", 0, UINT32_MAX);
  if (arguments.ok()) forget_parent_of_worker(static_cast<uint32_t>(child));
  return info.Env().Undefined();
}

/** thereAreWorkers(): that have loaded this package. */
Napi::Value call_there_are_workers(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), there_are_workers());
}

/** workersAreBlocked(): in a call of this package. */
Napi::Value call_workers_are_blocked(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), workers_are_blocked());
}

}  // namespace realfork
