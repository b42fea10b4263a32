// Brings Node to a point at which fork(2) is sound, and a forked child out of it again.
//
// Node has a pool of V8 workers beside the main thread, and fork copies only the caller. A worker
// may hold a lock at that moment, and even an idle one waits on a condition variable whose copy in
// the child counts a waiter that no longer exists (glibc before 2.41 then blocks for ever in the
// child's next signal to it). So each worker is given a task that says "here" and waits: then none
// holds a lock, none runs a job, none waits on the queue.
//
// An addon of its own because it needs V8's platform, and so node.h and its C++ ABI: it is built
// for one major version of Node, where everything else is Node-API.
#include <node.h>
#include <unistd.h>
#include <uv.h>
#include <v8-platform.h>
#include <v8.h>

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

class ParkTask : public v8::Task {
 public:
  explicit ParkTask(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
  void Run() override { gate_->pass(); }

 private:
  std::shared_ptr<Gate> gate_;
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
  std::shared_ptr<Gate> gate;    // set while workers are parked, or on their way
  bool parked = false;
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

void release() {
  if (state.gate && state.role != Role::kChild) state.gate->open();
  state.gate.reset();
  state.parked = false;
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
  if (state.role == Role::kChild) _exit(0);
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

// NumberOfWorkerThreads() counts the thread of delayed tasks too, which takes no task. Rather than
// trust that: one task more than there should be workers, and see how many are taken.
bool count_workers(std::chrono::milliseconds patience) {
  const int claimed = state.platform->NumberOfWorkerThreads();
  if (!state.gate) {
    state.gate = std::make_shared<Gate>();
    for (int i = 0; i < claimed; ++i) post(std::make_unique<ParkTask>(state.gate));
  }
  if (!state.gate->await(claimed - 1, patience)) return false;
  constexpr std::chrono::milliseconds kGrace{2};
  state.workers = state.gate->await(claimed, kGrace) ? claimed : claimed - 1;
  return true;
}

bool park_workers(std::chrono::milliseconds patience) {
  if (state.workers < 0) return count_workers(patience);
  if (!state.gate) {
    state.gate = std::make_shared<Gate>();
    for (int i = 0; i < state.workers; ++i) post(std::make_unique<ParkTask>(state.gate));
  }
  return state.gate->await(state.workers, patience);
}

/**
 * park(milliseconds): true once all workers are parked, where they stay until the event loop turns.
 * False if some are still busy: a worker may wait for this thread to reach a safepoint of V8, so
 * return to JavaScript, which does, and ask again.
 */
void park(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  if (state.role == Role::kOrdinary) become_parent(isolate);
  if (state.role == Role::kParent && !state.parked) {
    const auto patience =
        std::chrono::milliseconds(info[0]->Int32Value(isolate->GetCurrentContext()).FromMaybe(0));
    uv_prepare_start(state.turn, on_turn);
    state.parked = park_workers(patience);
  }
  info.GetReturnValue().Set(state.role == Role::kChild || state.parked);
}

/** unpark(): lets the workers go, for a fork that is not to be. */
void unpark(const v8::FunctionCallbackInfo<v8::Value>&) {
  if (state.role != Role::kParent) return;
  release();
  uv_prepare_stop(state.turn);
}

/** becameChild(): in the child, right after fork. */
void became_child(const v8::FunctionCallbackInfo<v8::Value>&) {
  state.role = Role::kChild;
  release();
  uv_prepare_start(state.turn, on_turn);
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
  NODE_SET_METHOD(exports, "workers", workers);
}
