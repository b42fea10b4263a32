// Brings Node to a point at which fork(2) is sound, and a forked child out of it again.
//
// Node has a pool of V8 workers beside the main thread, and fork copies only the caller. A worker
// may hold a lock at that moment, and even an idle one waits on a condition variable whose copy in
// the child counts a waiter that no longer exists (glibc before 2.41 then blocks for ever in the
// child's next signal to it). So each worker is given a task that says "here" and waits: then none
// holds a lock and none runs a job. The same is done with libuv's thread pool, once it runs: its
// threads may hold locks of the resolver, of OpenSSL or of the loop itself. The child never touches
// the platform's queues again: it gets workers of its own (child_workers.h).
//
// An addon of its own because it needs V8's platform, and so node.h and its C++ ABI: it is built
// for one major version of Node, where everything else is Node-API.
#include <node.h>
#include <unistd.h>
#include <uv.h>
#include <v8-platform.h>
#include <v8.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "child_workers.h"
#include "exit_handler.h"
#include "garbage.h"
#include "gate.h"
#include "handles.h"
#include "pool_requests.h"
#include "quiescence.h"
#include "random_caches.h"
#include "watched_descriptors.h"
#include "worker_hooks.h"

namespace {

using node::Environment;
using node::MultiIsolatePlatform;
using realfork::ChildWorkers;
using realfork::Gate;
using realfork::ParkJobs;
using realfork::ParkTask;
using realfork::Quiescence;
using realfork::platform::ThreadId;

enum class Role {
  kOrdinary,  // has never forked: nothing of this is in force
  kParent,
  kChild,  // may leave through _exit(2) only, and may be a parent as well
};

struct State {
  Role role = Role::kOrdinary;
  v8::Isolate* isolate = nullptr;
  Environment* environment = nullptr;
  MultiIsolatePlatform* platform = nullptr;
  uv_loop_t* loop = nullptr;
  uv_prepare_t* turn = nullptr;              // runs when the event loop turns
  bool platform_is_known = false;            // the functions that are to be replaced were found
  bool hooked = false;                       // children will get workers of their own
  int workers = -1;                          // of Node; -1: not counted yet
  ChildWorkers* own_workers = nullptr;       // of a child
  ChildWorkers* workers_of_child = nullptr;  // made before a fork, as its gates, so that no child
                                             // makes them
  bool is_new_child = false;                 // up to the end of the fork that made it
  bool is_before_first_turn = false;         // of a child's event loop
  int status_at_cleanup = 0;  // what a child leaves with that was forked in an 'exit' listener
  Gate* gate = nullptr;       // of V8's workers
  Gate* pool_gate = nullptr;
  Gate* gate_of_child = nullptr;
  Gate* pool_gate_of_child = nullptr;
  Gate::Round round = 0;
  Gate::Round pool_round = 0;
  bool parks_pool = false;  // the gate of the pool is closed
  size_t wanted = 0;        // V8's workers that have been asked to park
  ParkJobs pool_jobs;
  v8::Global<v8::Function> at_rest;  // who waits for Node to be at rest; see rest.ts
  uv_async_t* rest_news = nullptr;   // wakes the event loop, to look again
  std::atomic<bool> awaits_rest{false};
};

State state;

// To the queue of the workers, past what holds back the tasks that V8 posts meanwhile.
void post(std::unique_ptr<v8::Task> task) {
  if (state.own_workers != nullptr) {
    state.own_workers->post(std::move(task), ChildWorkers::Awaited::kNo);
  } else {
    realfork::post_to_node(state.platform, std::move(task));
  }
}

void resume_starting() {
  if (state.own_workers != nullptr) state.own_workers->resume_starting();
}

// V8's workers go back to work, if a fork is under way when it is over. Any thread may call it.
void let_workers_go() {
  if (!state.gate->open()) return;
  resume_starting();
  // V8 has work for them: when it is done somebody has to ask them again to park.
  if (state.awaits_rest.load(std::memory_order_acquire)) uv_async_send(state.rest_news);
}

// How a child leaves when its event loop has nothing left. Node's own way joins its workers, which
// a child has not.
void leave_if_done() {
  const auto alive = [] {
    uv_unref(reinterpret_cast<uv_handle_t*>(state.turn));
    const bool others = uv_loop_alive(state.loop) != 0;
    uv_ref(reinterpret_cast<uv_handle_t*>(state.turn));
    return others;
  };
  if (alive()) return;
  const v8::HandleScope scope(state.isolate);
  state.platform->DrainTasks(state.isolate);
  if (alive()) return;
  if (node::EmitProcessBeforeExit(state.environment).IsNothing() || alive()) return;
  const v8::Maybe<int> status = node::EmitProcessExit(state.environment);
  _exit(status.FromMaybe(1));
}

// Before a child's event loop first waits. Tasks that V8 had posted to this thread are run: it was
// still to wake the parent's event loop for them.
void begin_first_turn() {
  if (!std::exchange(state.is_before_first_turn, false)) return;
  const v8::HandleScope scope(state.isolate);
  while (state.platform->FlushForegroundTasks(state.isolate)) {
  }
  realfork::stop_watching_closed(state.loop);
}

bool look_for_rest();

void on_turn(uv_prepare_t*) {
  if (state.awaits_rest.load(std::memory_order_relaxed)) {
    if (look_for_rest()) return;  // on another side of a fork, perhaps
  } else {
    let_workers_go();
  }
  switch (state.role) {
    case Role::kChild:
      begin_first_turn();
      // Who waits for rest has nothing else in the loop, perhaps: the last worker to park wakes it.
      if (!state.awaits_rest.load(std::memory_order_relaxed)) leave_if_done();
      return;
    case Role::kParent:
      if (!state.awaits_rest.load(std::memory_order_relaxed)) uv_prepare_stop(state.turn);
      return;
    case Role::kOrdinary:
      return;
  }
}

// process.exit() and an uncaught error come here, after their 'exit' listeners.
void on_process_exit(Environment* environment, int status) {
  if (state.role == Role::kChild) _exit(status);
  let_workers_go();  // with workers parked, Node would join them for ever
  node::DefaultProcessExitHandler(environment, status);
}

// The end of the environment without any of these: 'exit' listeners that forked once more.
void on_cleanup(void*) {
  if (state.role == Role::kChild) _exit(state.status_at_cleanup);
  let_workers_go();
  if (state.turn == nullptr) return;
  uv_close(reinterpret_cast<uv_handle_t*>(state.turn),
           [](uv_handle_t* closed) { delete reinterpret_cast<uv_prepare_t*>(closed); });
  state.turn = nullptr;
  if (state.rest_news == nullptr) return;
  uv_close(reinterpret_cast<uv_handle_t*>(state.rest_news),
           [](uv_handle_t* closed) { delete reinterpret_cast<uv_async_t*>(closed); });
  state.rest_news = nullptr;
}

// process.exitCode: process.exit(7) and an uncaught error have set it by then.
int status_of_exit() {
  const v8::HandleScope scope(state.isolate);
  const v8::Local<v8::Context> context = state.isolate->GetCurrentContext();
  const auto get = [&](v8::Local<v8::Object> object, const char* name) {
    const v8::Local<v8::String> key = v8::String::NewFromUtf8(state.isolate, name).ToLocalChecked();
    return object->Get(context, key).FromMaybe(v8::Local<v8::Value>());
  };
  const v8::Local<v8::Value> process = get(context->Global(), "process");
  if (process.IsEmpty() || !process->IsObject()) return 0;
  const v8::Local<v8::Value> status = get(process.As<v8::Object>(), "exitCode");
  return status.IsEmpty() ? 0 : status->Int32Value(context).FromMaybe(0);
}

// Node ends V8's profilers here, between the 'exit' listeners and on_process_exit(): it would wait
// for ever for the profiler's thread, which the child has not. What is called last when a process
// begins to exit is called first.
void on_exit_of_profiled_child(void*) { _exit(status_of_exit()); }

void become_parent() {
  state.role = Role::kParent;
  state.turn = new uv_prepare_t;
  uv_prepare_init(state.loop, state.turn);
  state.gate = new Gate;
  state.pool_gate = new Gate;
  realfork::platform::set_exit_handler(state.environment, on_process_exit);
  node::AddEnvironmentCleanupHook(state.isolate, on_cleanup, nullptr);
}

// Tasks are posted once for a round, and only where no worker is parked yet.
void ask_to_park(size_t count) {
  if (state.gate->is_closed()) return;
  state.round = state.gate->close();
  state.wanted = count;
  for (size_t i = 0; i < count; ++i) post(std::make_unique<ParkTask>(state.gate, state.round));
}

class NodeQuiescence final : public Quiescence {
 public:
  NodeQuiescence() = default;

  Begun begin(Milliseconds patience) override {
    if (!state.platform_is_known) return Begun::kNoPlatform;
    if (state.role == Role::kOrdinary) become_parent();
    if (state.workers < 0) {
      if (!count_workers(patience)) return Begun::kBusy;
    }
    if (!state.hooked) return Begun::kNoPlatform;
    prepare_for_child();
    realfork::hold_tasks();
    state.gate->keep();
    uv_prepare_start(state.turn, on_turn);
    return Begun::kYes;
  }

  bool park_workers(Milliseconds patience) override {
    if (state.own_workers == nullptr) {
      ask_to_park(static_cast<size_t>(state.workers));
    } else if (!state.gate->is_closed()) {
      ask_to_park(static_cast<size_t>(state.own_workers->pause_starting()));
    }
    return state.gate->await(state.wanted, patience);
  }

  // The pool takes jobs in their order: what was queued before is done first.
  bool park_pool(size_t jobs, Milliseconds patience) override {
    if (!state.parks_pool) state.pool_round = state.pool_gate->close();
    state.parks_pool = true;
    state.pool_jobs.post(state.loop, state.pool_gate, state.pool_round, jobs);
    return state.pool_gate->await(jobs, patience);
  }

  size_t workers_at_rest() override {
    return state.gate == nullptr ? 0 : state.gate->waiting_count();
  }
  size_t pool_at_rest() override {
    return state.pool_gate == nullptr ? 0 : state.pool_gate->waiting_count();
  }

  std::vector<ThreadId> parked_workers() override {
    return state.gate == nullptr ? std::vector<ThreadId>() : state.gate->waiting();
  }
  std::vector<ThreadId> parked_pool() override {
    return state.pool_gate == nullptr ? std::vector<ThreadId>() : state.pool_gate->waiting();
  }

  unsigned jobs_under_way(unsigned writes) override {
    const unsigned all = realfork::pool_requests_under_way(state.loop, writes);
    const unsigned ours = state.pool_jobs.under_way();
    return all > ours ? all - ours : 0;
  }

  void become_child(unsigned writes, int status, bool profiled) override {
    state.role = Role::kChild;
    state.status_at_cleanup = status;
    state.is_before_first_turn = true;
    state.is_new_child = true;
    // Whoever waits for rest is the parent's. A wake-up that was under way is part of the handle,
    // and went with the parent's descriptor: a new one is made when it is wanted.
    state.awaits_rest.store(false, std::memory_order_relaxed);
    state.at_rest.Reset();
    state.rest_news = nullptr;
    if (std::exchange(state.parks_pool, false)) {
      realfork::abandon_pool_requests(state.loop, writes);
      state.pool_jobs.forget();
    }
    state.gate = std::exchange(state.gate_of_child, nullptr);
    state.pool_gate = std::exchange(state.pool_gate_of_child, nullptr);
    state.own_workers = std::exchange(state.workers_of_child, nullptr);
    realfork::use_workers(state.own_workers);
    if (profiled) node::AtExit(state.environment, on_exit_of_profiled_child, nullptr);
  }

  void end(bool all) override {
    if (std::exchange(state.parks_pool, false)) state.pool_gate->open();
    // The gates of a child that has just been made are open.
    if (!std::exchange(state.is_new_child, false)) {
      if (all) state.gate->open();
      if (state.gate->end_keeping()) resume_starting();
    }
    realfork::pass_on_tasks();
    if (all && state.role == Role::kParent) uv_prepare_stop(state.turn);
  }

  /** Asks them to park, without a wait. False: `told` will be called by the last to come. */
  bool workers_are_parked(void (*told)()) {
    constexpr Milliseconds kNoTime{0};
    const bool is_child = state.own_workers != nullptr;
    const int claimed = state.workers < 0 ? state.platform->NumberOfWorkerThreads() - 1
                        : is_child        ? state.own_workers->started()
                                          : state.workers;
    state.gate->tell(static_cast<size_t>(claimed), told);
    if (state.workers < 0) return count_workers(kNoTime);
    return park_workers(kNoTime);
  }

 private:
  static void prepare_for_child() {
    if (state.workers_of_child != nullptr) return;
    state.workers_of_child = new ChildWorkers(state.workers);
    state.gate_of_child = new Gate;
    state.pool_gate_of_child = new Gate;
  }

  // NumberOfWorkerThreads() counts the thread of delayed tasks too, which takes no task. Rather
  // than trust that: one task more than there should be workers, and see how many are taken. While
  // they wait the platform is changed, through which they would else be calling.
  static bool count_workers(Milliseconds patience) {
    constexpr Milliseconds kGrace{2};
    const auto claimed = static_cast<size_t>(state.platform->NumberOfWorkerThreads());
    ask_to_park(claimed);
    if (!state.gate->await(claimed - 1, patience)) return false;
    const bool one_more = state.gate->await(claimed, kGrace);
    state.workers = static_cast<int>(one_more ? claimed : claimed - 1);
    state.gate->tell(0, nullptr);
    state.hooked = realfork::hook_platform(let_workers_go);
    state.gate->open();
    return true;
  }
};

NodeQuiescence quiescence;

void wake_loop() { uv_async_send(state.rest_news); }

// Each turn of the event loop, while somebody waits: are the pool, the streams and V8's workers at
// rest? The end of a job or of a write makes the loop turn; the last of V8's workers to park wakes
// it. True: they are, and whoever waited has been called, and may have forked.
bool look_for_rest() {
  if (quiescence.jobs_under_way(0) > 0 || realfork::writes_under_way(state.loop)) {
    state.gate->open();
    return false;
  }
  if (!quiescence.workers_are_parked(wake_loop)) return false;
  state.awaits_rest.store(false, std::memory_order_release);
  const v8::HandleScope scope(state.isolate);
  const v8::Local<v8::Function> at_rest = state.at_rest.Get(state.isolate);
  state.at_rest.Reset();
  const v8::Local<v8::Context> context = state.isolate->GetCurrentContext();
  static_cast<void>(node::MakeCallback(state.isolate, context->Global(), at_rest, 0, nullptr,
                                       node::async_context{0, 0}));
  return true;
}

/**
 * whenAtRest(callback): calls it once, from the event loop, when the pool, the streams and V8's
 * workers are at rest. Without a callback: nobody waits any more.
 */
void when_at_rest(const v8::FunctionCallbackInfo<v8::Value>& info) {
  if (!info[0]->IsFunction()) {
    state.awaits_rest.store(false, std::memory_order_release);
    state.at_rest.Reset();
    return;
  }
  if (state.role == Role::kOrdinary) become_parent();
  if (state.rest_news == nullptr) {
    state.rest_news = new uv_async_t;
    uv_async_init(state.loop, state.rest_news, [](uv_async_t*) {});
    uv_unref(reinterpret_cast<uv_handle_t*>(state.rest_news));
  }
  state.at_rest.Reset(state.isolate, info[0].As<v8::Function>());
  state.awaits_rest.store(true, std::memory_order_release);
  uv_prepare_start(state.turn, on_turn);
}

/** workers(): how many workers were found, or -1 before the first fork. For `doctor`. */
void workers(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(state.workers);
}

}  // namespace

NODE_MODULE_INIT(/* exports, module, context */) {
  (void)module;
  state.isolate = v8::Isolate::GetCurrent();
  state.environment = node::GetCurrentEnvironment(context);
  state.platform = node::GetMultiIsolatePlatform(state.environment);
  state.loop = node::GetCurrentEventLoop(state.isolate);
  state.platform_is_known = realfork::find_platform(state.platform);
  realfork::watch_pool(state.loop);
  const auto name = [&](const char* text) {
    return v8::String::NewFromUtf8(state.isolate, text).ToLocalChecked();
  };
  // Its address: what Node-API calls an external is more than V8's External.
  Quiescence* const interface = &quiescence;
  const auto address =
      v8::BigInt::NewFromUnsigned(state.isolate, reinterpret_cast<uintptr_t>(interface));
  exports->Set(context, name("quiescence"), address).Check();
  NODE_SET_METHOD(exports, "whenAtRest", when_at_rest);
  NODE_SET_METHOD(exports, "workers", workers);
  NODE_SET_METHOD(exports, "oldSpace", realfork::call_old_space);
  NODE_SET_METHOD(exports, "collectGarbage", realfork::call_collect_garbage);
  NODE_SET_METHOD(exports, "handles", realfork::call_handles);
  NODE_SET_METHOD(exports, "hasRequests", realfork::call_has_requests);
  NODE_SET_METHOD(exports, "watchCache", realfork::call_watch_cache);
  NODE_SET_METHOD(exports, "watchBuffer", realfork::call_watch_buffer);
  NODE_SET_METHOD(exports, "renewCaches", realfork::call_renew_caches);
}
