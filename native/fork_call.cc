// fork(2), with all that makes it sound.
#include "fork_call.h"

#include <errno.h>
#include <uv.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "exports.h"
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

}  // namespace

ForkRequest fork_request(const Napi::CallbackInfo& info) {
  return {
      .patience_for_workers = milliseconds(info[0]),
      .patience_for_pool = milliseconds(info[1]),
      .allows_threads = info[2].As<Napi::Boolean>().Value(),
      .exit_status = info[3].ToNumber().Int32Value(),
      .writes_under_way = info[4].As<Napi::Function>(),
      .safepoint = info[5].As<Napi::Function>(),
      .sorts_malloc = info[6].As<Napi::Boolean>().Value(),
  };
}

std::optional<ForkPlace> fork_place(Napi::Env env) {
  // Asked of the kernel once: fork(2) leaves the thread what it is.
  thread_local const bool is_on_main_thread = platform::is_main_thread();
  if (!is_on_main_thread) {
    napi_throw_error(
        env, "ERR_FORK_IN_WORKER",
        "fork() works on the main thread only: the child would have this worker's thread "
        "alone, and not the one that Node's exit and event loop need. Ask the main thread "
        "to fork (worker.postMessage)");
    return std::nullopt;
  }
  uv_loop_t* loop = nullptr;
  if (quiescence == nullptr || napi_get_uv_event_loop(env, &loop) != napi_ok) {
    napi_throw_error(env, "ERR_FORK_NO_EVENT_LOOP", "fork(): this environment has no event loop");
    return std::nullopt;
  }
  return ForkPlace{loop, *quiescence};
}

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
  const auto place = fork_place(env);
  if (!place) return env.Undefined();
  const unsigned handlers_before = handlers_called();
  const ForkRequest request = fork_request(info);
  ForkTransaction transaction(env, place->loop, place->quiescence, request);
  const Refusal refusal = transaction.prepare(handlers_before);
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

}  // namespace realfork
