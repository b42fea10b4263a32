// Brings Node to a point at which fork(2) is sound, and a forked child out of it again.
//
// Node has a pool of V8 workers beside the main thread, and fork copies only the caller. A worker
// may hold a lock at that moment, and even an idle one waits on a condition variable whose copy in
// the child counts a waiter that no longer exists (glibc before 2.41 then blocks for ever in the
// child's next signal to it). So each worker is given a task that says "here" and waits: then none
// holds a lock, none runs a job, none waits on the queue. The same is done with libuv's thread
// pool, once it runs: its threads may hold locks of the resolver, of OpenSSL or of the loop itself.
//
// An addon of its own because it needs V8's platform, and so node.h and its C++ ABI: it is built
// for one major version of Node, where everything else is Node-API.
#include <node.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>
#include <v8-platform.h>
#include <v8.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace {

using node::Environment;
using node::MultiIsolatePlatform;

// Where the workers of one round wait. Each round has one of its own, shared with its tasks: a
// forked child never touches the copy that it has of its parent's.
class Gate {
 public:
  void pass() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++waiting_;
    arrived_.notify_one();
    opened_.wait(lock, [this] { return open_; });
  }

  void open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }

  /** Waits until `count` workers wait here. False if they did not come in time. */
  bool await(int count, std::chrono::milliseconds patience) {
    std::unique_lock<std::mutex> lock(mutex_);
    return arrived_.wait_for(lock, patience, [&] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable opened_;
  int waiting_ = 0;
  bool open_ = false;
};

// Waits in its destructor, not in Run(): Node's worker has by then noted the task as done, so that
// a main thread that waits for all tasks (DrainTasks: at the end of the loop, and in every
// worker_thread) does not wait for this one; in the child it would wait for ever.
class ParkTask : public v8::Task {
 public:
  explicit ParkTask(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
  ParkTask(const ParkTask&) = delete;
  ParkTask& operator=(const ParkTask&) = delete;
  ~ParkTask() override {
    if (ran_) gate_->pass();  // else the queue is being thrown away
  }
  void Run() override { ran_ = true; }

 private:
  std::shared_ptr<Gate> gate_;
  bool ran_ = false;
};

enum class Role {
  kOrdinary,  // has never forked: nothing of this is in force
  kParent,
  kChild,  // has no workers, and may leave through _exit(2) only
};

struct State {
  Role role = Role::kOrdinary;
  v8::Isolate* isolate = nullptr;
  Environment* environment = nullptr;
  MultiIsolatePlatform* platform = nullptr;
  uv_loop_t* loop = nullptr;
  uv_prepare_t* turn = nullptr;  // runs when the event loop turns
  int workers = -1;              // -1: not counted yet
  int status_at_cleanup = 0;     // what a child leaves with that was forked in an 'exit' listener
  // Set while threads are parked, or on their way.
  std::shared_ptr<Gate> gate;
  std::shared_ptr<Gate> pool_gate;
};

State state;

void post(std::unique_ptr<v8::Task> task) {
#if NODE_MAJOR_VERSION >= 24
  // The lowest priority: whatever V8 had posted before is done, not left in the queue, when they
  // park.
  state.platform->PostTaskOnWorkerThread(v8::TaskPriority::kBestEffort, std::move(task));
#else
  state.platform->CallOnWorkerThread(std::move(task));
#endif
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
  for (std::shared_ptr<Gate>* gate : {&state.gate, &state.pool_gate}) {
    // A child has the gate, but nobody who waits at it.
    if (*gate && state.role != Role::kChild) (*gate)->open();
    gate->reset();
  }
}

// How a child leaves when its event loop has nothing left. Node's own way joins the workers, and
// waits for their queue before it even emits 'exit': for threads that do not exist.
void leave_if_done() {
  const auto alive = [] {
    uv_unref(reinterpret_cast<uv_handle_t*>(state.turn));
    const bool others = uv_loop_alive(state.loop) != 0;
    uv_ref(reinterpret_cast<uv_handle_t*>(state.turn));
    return others;
  };
  if (alive()) return;
  const v8::HandleScope scope(state.isolate);
  while (state.platform->FlushForegroundTasks(state.isolate)) {
  }
  if (alive()) return;
  if (node::EmitProcessBeforeExit(state.environment).IsNothing() || alive()) return;
  const v8::Maybe<int> status = node::EmitProcessExit(state.environment);
  _exit(status.FromMaybe(1));
}

void on_turn(uv_prepare_t*) {
  switch (state.role) {
    case Role::kChild:
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

// V8's background jobs never finish in a child. These say to do the work on the main thread; set
// before the first fork, so that no such job is under way in any child, and inherited by all.
void set_flags() {
  for (const char* flag : {"--no-concurrent-recompilation", "--no-concurrent-sparkplug",
                           "--no-concurrent-osr", "--no-wasm-async-compilation"}) {
    v8::V8::SetFlagsFromString(flag);
  }
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
  set_flags();
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

bool park_workers(std::chrono::milliseconds patience) {
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

enum class Parked { kAll = 0, kWorkersBusy = 1, kPoolBusy = 2 };

Parked park_all(bool with_pool, std::chrono::milliseconds patience) {
  uv_prepare_start(state.turn, on_turn);
  if (!park_workers(patience)) return Parked::kWorkersBusy;
  if (with_pool && !park_pool(patience)) return Parked::kPoolBusy;
  return Parked::kAll;
}

/**
 * park(milliseconds, withPool): 0 once all threads are parked, where they stay until the event loop
 * turns. 1 if a worker is still busy: it may wait for this thread to reach a safepoint of V8, so
 * return to JavaScript, which does, and ask again. 2 if a thread of libuv's pool is.
 */
void park(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  if (state.role == Role::kOrdinary) become_parent(isolate);
  Parked parked = Parked::kAll;
  // A child has no workers, nor has it a pool but one that it started itself.
  if (state.role == Role::kParent) {
    const int patience = info[0]->Int32Value(isolate->GetCurrentContext()).FromMaybe(0);
    parked = park_all(info[1]->BooleanValue(isolate), std::chrono::milliseconds(patience));
  }
  info.GetReturnValue().Set(static_cast<int>(parked));
}

/** unpark(): lets the workers go, for a fork that is not to be. */
void unpark(const v8::FunctionCallbackInfo<v8::Value>&) {
  if (state.role != Role::kParent) return;
  release();
  uv_prepare_stop(state.turn);
}

// Requests that the parent's pool was working on are the parent's: in the child nobody will finish
// them, so they must not keep its loop alive, and those that are finished must not be reported in
// both.
void abandon_requests_of_pool(unsigned others) {
  state.loop->active_reqs.count = others;
  // loop->wq is the head of a ring of finished requests: two pointers, to itself when it is empty.
  void* empty[2] = {&state.loop->wq, &state.loop->wq};
  static_assert(sizeof(state.loop->wq) == sizeof(empty), "libuv has another list of finished work");
  memcpy(&state.loop->wq, empty, sizeof(empty));
}

/**
 * becameChild(otherRequests, status): in the child, right after fork. `otherRequests`: how many
 * requests of the event loop were under way besides those of the pool. `status`: process.exitCode.
 */
void became_child(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const v8::Local<v8::Context> context = info.GetIsolate()->GetCurrentContext();
  state.role = Role::kChild;
  state.status_at_cleanup = info[1]->Int32Value(context).FromMaybe(0);
  if (state.pool_gate) abandon_requests_of_pool(info[0]->Uint32Value(context).FromMaybe(0));
  release();
  uv_prepare_start(state.turn, on_turn);
}

/** platformThreads(): how many threads V8's platform has. */
void platform_threads(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  if (state.role == Role::kOrdinary) become_parent(isolate);
  info.GetReturnValue().Set(state.platform->NumberOfWorkerThreads());
}

/** workers(): how many workers were found, or -1 before the first park(). For the tests. */
void workers(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(state.workers);
}

}  // namespace

NODE_MODULE_INIT(/* exports, module, context */) {
  (void)module;
  (void)context;
  NODE_SET_METHOD(exports, "park", park);
  NODE_SET_METHOD(exports, "unpark", unpark);
  NODE_SET_METHOD(exports, "becameChild", became_child);
  NODE_SET_METHOD(exports, "platformThreads", platform_threads);
  NODE_SET_METHOD(exports, "workers", workers);
}
