// fork(2), _exit(2), getpid(2), getppid(2).
#include <errno.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "arguments.h"
#include "exports.h"
#include "fork_transaction.h"
#include "interruptible.h"
#include "large_pages.h"
#include "platform.h"
#include "results.h"

namespace realfork {
namespace {

/** quiesce.node's, once that is loaded. */
Quiescence* quiescence = nullptr;

const char* name_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::kPlatform:
      return "platform";
    case Refusal::kWorkersBusy:
      return "workers busy";
    case Refusal::kPoolBusy:
      return "pool busy";
    case Refusal::kThreads:
      return "threads";
    case Refusal::kUnseen:
      return "unseen";
    case Refusal::kDescriptors:
      return "descriptors";
    case Refusal::kNone:
    case Refusal::kException:
      break;
  }
  return "none";
}

Napi::Array numbers(Napi::Env env, const std::vector<platform::ThreadId>& threads) {
  auto list = Napi::Array::New(env);
  for (const platform::ThreadId thread : threads) {
    list[list.Length()] = Napi::Number::New(env, static_cast<double>(thread));
  }
  return list;
}

/** { reason, threads: [{ id, name }], workers: [id], pool: [id] } */
Napi::Value report(Napi::Env env, Refusal refusal, const std::vector<Stranger>& others) {
  auto threads = Napi::Array::New(env);
  for (const Stranger& other : others) {
    auto thread = Napi::Object::New(env);
    thread["id"] = Napi::Number::New(env, static_cast<double>(other.id));
    thread["name"] = Napi::String::New(env, other.name);
    threads[threads.Length()] = thread;
  }
  auto result = Napi::Object::New(env);
  result["reason"] = Napi::String::New(env, name_of(refusal));
  result["threads"] = threads;
  result["workers"] = numbers(env, quiescence->parked_workers());
  result["pool"] = numbers(env, quiescence->parked_pool());
  return result;
}

std::chrono::milliseconds milliseconds(const Napi::Value& value) {
  // Longer than any process lives, and far from what a clock can be asked to add.
  constexpr double kMost = 1e12;
  const double given = value.As<Napi::Number>().DoubleValue();
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(given, kMost)));
}

ForkRequest request_of(const Napi::CallbackInfo& info) {
  return {
      .patience_for_workers = milliseconds(info[0]),
      .patience_for_pool = milliseconds(info[1]),
      .allows_threads = info[2].As<Napi::Boolean>().Value(),
      .exit_status = info[3].ToNumber().Int32Value(),
      .writes_under_way = info[4].As<Napi::Function>(),
      .safepoint = info[5].As<Napi::Function>(),
      .is_tuned = info[6].As<Napi::Boolean>().Value(),
  };
}

}  // namespace

Napi::Value call_use_quiescence(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  bool lossless = false;
  const uint64_t address =
      info[0].IsBigInt() ? info[0].As<Napi::BigInt>().Uint64Value(&lossless) : 0;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): from the other addon, by way of JavaScript
  auto* const given = reinterpret_cast<Quiescence*>(static_cast<uintptr_t>(address));
  // It is the same each time: a program may load the package in several contexts.
  if (given == nullptr || (quiescence != nullptr && quiescence != given)) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE",
                          "useQuiescence() takes the bigint that quiesce.node gives");
  } else {
    quiescence = given;
  }
  return env.Undefined();
}

// fork(patienceForWorkers, patienceForPool, allowsThreads, exitStatus, writesUnderWay, safepoint,
// isTuned, isRehearsal): src/fork/ checks what the program has given. A rehearsal makes no
// child, and reports what it has seen, as a fork that is refused does.
Napi::Value call_fork(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  // Asked of the kernel once: fork(2) leaves the thread what it is.
  thread_local const bool is_on_main_thread = platform::is_main_thread();
  if (!is_on_main_thread) {
    napi_throw_error(
        env, "ERR_FORK_IN_WORKER",
        "fork() works on the main thread only: the child would have this worker's thread "
        "alone, and not the one that Node's exit and event loop need. Ask the main thread "
        "to fork (worker.postMessage)");
    return env.Undefined();
  }
  uv_loop_t* loop = nullptr;
  if (quiescence == nullptr || napi_get_uv_event_loop(env, &loop) != napi_ok) {
    napi_throw_error(env, "ERR_FORK_NO_EVENT_LOOP", "fork(): this environment has no event loop");
    return env.Undefined();
  }
  const ForkRequest request = request_of(info);
  ForkTransaction transaction(env, loop, *quiescence, request);
  const Refusal refusal = transaction.prepare();
  if (refusal == Refusal::kException) return env.Undefined();
  const bool is_rehearsal = info[7].As<Napi::Boolean>().Value();
  if (refusal == Refusal::kNone && !is_rehearsal) {
    const pid_t pid = transaction.fork();
    if (pid == 0 && transaction.is_profiled()) return Napi::String::New(env, "profiled");
    return number(env, pid);
  }
  if (refusal == Refusal::kDescriptors && !is_rehearsal) return number(env, -EMFILE);
  return report(env, refusal, transaction.others());
}

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
  platform::gather_heap();
  return info.Env().Undefined();
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
