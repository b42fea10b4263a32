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
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>
#include <v8-platform.h>
#include <v8.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "child_workers.h"
#include "garbage.h"
#include "gate.h"
#include "handles.h"
#include "pool_requests.h"
#include "worker_hooks.h"

namespace {

using node::Environment;
using node::MultiIsolatePlatform;
using realfork::ChildWorkers;
using realfork::Gate;
using realfork::ParkTask;

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
  bool hooked = false;                       // children will get workers of their own
  int workers = -1;                          // of Node; -1: not counted yet
  ChildWorkers* own_workers = nullptr;       // of a child
  ChildWorkers* workers_of_child = nullptr;  // made before a fork, so that no child makes them
  bool inherited_tasks = false;              // a child has not looked yet whether there are any
  int status_at_cleanup = 0;  // what a child leaves with that was forked in an 'exit' listener
  // Set while threads are parked, or on their way.
  std::shared_ptr<Gate> gate;
  std::shared_ptr<Gate> pool_gate;
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

// A job of libuv's pool that does what ParkTask does among V8's workers.
struct PoolJob {
  uv_work_t request{};
  std::shared_ptr<Gate> gate;
};

void post_to_pool(const std::shared_ptr<Gate>& gate) {
  auto* job = new PoolJob{{}, gate};
  job->request.data = job;
  uv_queue_work(
      state.loop, &job->request,
      [](uv_work_t* request) { static_cast<PoolJob*>(request->data)->gate->pass(); },
      [](uv_work_t* request, int) { delete static_cast<PoolJob*>(request->data); });
}

// As libuv reads it (threadpool(3) of its documentation): 4, or UV_THREADPOOL_SIZE, 1 to 1024.
int pool_size() {
  constexpr int kUsual = 4;
  constexpr int kMost = 1024;
  const char* wanted = getenv("UV_THREADPOOL_SIZE");
  if (wanted == nullptr) return kUsual;
  return std::clamp(static_cast<int>(strtol(wanted, nullptr, 10)), 1, kMost);
}

void release() {
  if (state.gate && state.own_workers != nullptr) state.own_workers->thaw();
  for (std::shared_ptr<Gate>* gate : {&state.gate, &state.pool_gate}) {
    if (*gate) (*gate)->open();
    gate->reset();
  }
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

// What V8 had posted to this thread, and was still to wake the parent's event loop for.
void run_inherited_tasks() {
  if (!state.inherited_tasks) return;
  state.inherited_tasks = false;
  const v8::HandleScope scope(state.isolate);
  while (state.platform->FlushForegroundTasks(state.isolate)) {
  }
}

void on_turn(uv_prepare_t*) {
  switch (state.role) {
    case Role::kChild:
      release();
      run_inherited_tasks();
      leave_if_done();
      return;
    case Role::kParent:
      release();
      uv_prepare_stop(state.turn);
      return;
    case Role::kOrdinary:
      return;
  }
}

// process.exit() and an uncaught error come here, after their 'exit' listeners.
void on_process_exit(Environment* environment, int status) {
  if (state.role == Role::kChild) _exit(status);
  release();  // with workers parked, Node would join them for ever
  node::DefaultProcessExitHandler(environment, status);
}

// The end of the environment without any of these: 'exit' listeners that forked once more.
void on_cleanup(void*) {
  if (state.role == Role::kChild) _exit(state.status_at_cleanup);
  release();
  if (state.turn == nullptr) return;
  uv_close(reinterpret_cast<uv_handle_t*>(state.turn),
           [](uv_handle_t* closed) { delete reinterpret_cast<uv_prepare_t*>(closed); });
  state.turn = nullptr;
}

void become_parent(v8::Isolate* isolate) {
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  state.role = Role::kParent;
  state.isolate = isolate;
  state.environment = node::GetCurrentEnvironment(context);
  state.platform = node::GetMultiIsolatePlatform(state.environment);
  state.loop = node::GetCurrentEventLoop(state.isolate);
  state.turn = new uv_prepare_t;
  uv_prepare_init(state.loop, state.turn);
  state.hooked = realfork::hook_platform(state.platform, release);
  node::SetProcessExitHandler(state.environment, on_process_exit);
  node::AddEnvironmentCleanupHook(state.isolate, on_cleanup, nullptr);
}

bool gather(std::shared_ptr<Gate>* gate, int posted, int expected,
            std::chrono::milliseconds patience) {
  if (!*gate) {
    *gate = std::make_shared<Gate>();
    for (int i = 0; i < posted; ++i) post(std::make_unique<ParkTask>(*gate));
  }
  return (*gate)->await(expected, patience);
}

// NumberOfWorkerThreads() counts the thread of delayed tasks too, which takes no task. Rather than
// trust that: one task more than there should be workers, and see how many are taken. They are let
// go again, so that the one that nobody takes does not stay in the queue.
bool count_workers(std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kGrace{2};
  const int claimed = state.platform->NumberOfWorkerThreads();
  if (!gather(&state.gate, claimed, claimed - 1, patience)) return false;
  state.workers = state.gate->await(claimed, kGrace) ? claimed : claimed - 1;
  release();
  return true;
}

bool park_own_workers(std::chrono::milliseconds patience) {
  if (state.gate) return gather(&state.gate, 0, state.own_workers->started(), patience);
  const int started = state.own_workers->freeze();
  if (started == 0) {
    state.own_workers->thaw();
    return true;
  }
  return gather(&state.gate, started, started, patience);
}

bool park_workers(std::chrono::milliseconds patience) {
  if (state.own_workers != nullptr) return park_own_workers(patience);
  if (state.workers < 0 && !count_workers(patience)) return false;
  return gather(&state.gate, state.workers, state.workers, patience);
}

// The pool takes jobs in their order: what was queued before is done first.
bool park_pool(std::chrono::milliseconds patience) {
  static const int size = pool_size();
  if (!state.pool_gate) {
    state.pool_gate = std::make_shared<Gate>();
    for (int i = 0; i < size; ++i) post_to_pool(state.pool_gate);
  }
  return state.pool_gate->await(size, patience);
}

enum class Parked { kAll = 0, kWorkersBusy = 1, kPoolBusy = 2, kImpossible = 3 };

Parked park_all(bool with_pool, std::chrono::milliseconds patience) {
  if (!state.hooked) return Parked::kImpossible;
  realfork::hold_tasks();
  uv_prepare_start(state.turn, on_turn);
  if (!park_workers(patience)) return Parked::kWorkersBusy;
  if (with_pool && !park_pool(patience)) return Parked::kPoolBusy;
  if (state.workers_of_child == nullptr) state.workers_of_child = new ChildWorkers(state.workers);
  return Parked::kAll;
}

/**
 * park(milliseconds, withPool): 0 once all threads are parked, where they stay until the event loop
 * turns. 1 if a worker is still busy: it may wait for this thread to reach a safepoint of V8, so
 * return to JavaScript, which does, and ask again. 2 if a thread of libuv's pool is. 3 if the
 * system does not allow a child to have workers.
 */
void park(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  if (state.role == Role::kOrdinary) become_parent(isolate);
  const int patience = info[0]->Int32Value(isolate->GetCurrentContext()).FromMaybe(0);
  const Parked parked =
      park_all(info[1]->BooleanValue(isolate), std::chrono::milliseconds(patience));
  info.GetReturnValue().Set(static_cast<int>(parked));
}

/** unpark(): lets the workers go, for a fork that is not to be. */
void unpark(const v8::FunctionCallbackInfo<v8::Value>&) {
  realfork::let_tasks_go();
  release();
  if (state.role == Role::kParent) uv_prepare_stop(state.turn);
}

void become_child(unsigned writes, int status) {
  state.role = Role::kChild;
  state.status_at_cleanup = status;
  state.inherited_tasks = true;
  if (state.pool_gate) realfork::abandon_pool_requests(state.loop, writes);
  // Copies of the parent's, where nobody waits: not to be opened, nor to be used again.
  state.gate.reset();
  state.pool_gate.reset();
  state.own_workers = std::exchange(state.workers_of_child, nullptr);
  // Used up by a fork within this one.
  if (state.own_workers == nullptr) state.own_workers = new ChildWorkers(state.workers);
  realfork::use_workers(state.own_workers);
  uv_prepare_start(state.turn, on_turn);
}

/**
 * afterFork(pid, writes, status, last): after fork, on both sides. `writes`: how many writes to
 * streams Node knows of, where there is a pool. `status`: process.exitCode.
 * `last`: false in a fork within a fork, which a signal handler may make: the threads stay parked
 * for the outer one.
 */
void after_fork(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  if (info[0]->Int32Value(context).FromMaybe(-1) == 0) {
    become_child(info[1]->Uint32Value(context).FromMaybe(0),
                 info[2]->Int32Value(context).FromMaybe(0));
  }
  if (!info[3]->BooleanValue(isolate)) return;
  realfork::let_tasks_go();
}

/** knownThreads(others): how many threads this process has without libuv's pool; `others` are
 * Node's beside V8's. */
void known_threads(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  if (state.role == Role::kOrdinary) become_parent(isolate);
  int threads = 1;
  if (state.own_workers != nullptr) {
    threads += state.own_workers->started();
  } else {
    threads += state.platform->NumberOfWorkerThreads();
    threads += info[0]->Int32Value(isolate->GetCurrentContext()).FromMaybe(0);
  }
  info.GetReturnValue().Set(threads);
}

/** poolThreads(): how many threads libuv's pool has, once something has used it. */
void pool_threads(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(pool_size());
}

/** workers(): how many workers were found, or -1 before the first park(). For the tests. */
void workers(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(state.workers);
}

}  // namespace

NODE_MODULE_INIT(/* exports, module, context */) {
  (void)module;
  (void)context;
  realfork::watch_pool(node::GetCurrentEventLoop(v8::Isolate::GetCurrent()));
  NODE_SET_METHOD(exports, "park", park);
  NODE_SET_METHOD(exports, "unpark", unpark);
  NODE_SET_METHOD(exports, "afterFork", after_fork);
  NODE_SET_METHOD(exports, "knownThreads", known_threads);
  NODE_SET_METHOD(exports, "poolThreads", pool_threads);
  NODE_SET_METHOD(exports, "workers", workers);
  NODE_SET_METHOD(exports, "oldSpace", realfork::call_old_space);
  NODE_SET_METHOD(exports, "collectGarbage", realfork::call_collect_garbage);
  NODE_SET_METHOD(exports, "handles", realfork::call_handles);
  NODE_SET_METHOD(exports, "timers", realfork::call_timers);
}
