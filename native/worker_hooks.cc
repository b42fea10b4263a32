// V8 has one platform for the life of a process, and Node's has threads and queues that a forked
// child cannot use: tasks that it posts there are never run, and what waits for them (DrainTasks: a
// worker_thread at its end, an event loop that has nothing else left) waits for ever. There is no
// call to give V8 another one. So the three virtual functions that deal with workers are replaced
// in the platform's table; in a process that is not a forked child they go on to Node's own. Before
// anything is written it is checked that the table is the one that this file believes it to be: the
// types of the functions when it is compiled, their names when it runs.
#include "worker_hooks.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <v8-platform.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "child_workers.h"
#include "platform_memory.h"

namespace realfork {
namespace {

using node::MultiIsolatePlatform;

struct State {
  ChildWorkers* child_workers = nullptr;
  pthread_t main_thread{};
  void (*posted)() = nullptr;
  bool holding = false;
};
State state;

bool on_main_thread() { return pthread_equal(pthread_self(), state.main_thread) != 0; }

// As the Itanium C++ ABI has a member function: one whose first argument is the object.
#if NODE_MAJOR_VERSION >= 22
using Location = v8::SourceLocation;
using Post = void(v8::Platform*, v8::TaskPriority, std::unique_ptr<v8::Task>, const Location&);
using PostDelayed = void(v8::Platform*, v8::TaskPriority, std::unique_ptr<v8::Task>, double,
                         const Location&);
#else
struct Location {};
using Post = void(v8::Platform*, std::unique_ptr<v8::Task>);
using PostDelayed = void(v8::Platform*, std::unique_ptr<v8::Task>, double);
#endif
using Drain = void(MultiIsolatePlatform*, v8::Isolate*);

Post* post_of_node = nullptr;
PostDelayed* post_delayed_of_node = nullptr;
Drain* drain_of_node = nullptr;

/** A task on its way to the workers. Before Node 22 all have one priority. */
struct Posted {
  v8::Platform* platform;
  v8::TaskPriority priority;
  std::unique_ptr<v8::Task> task;
  double delay;  // seconds
  Location location;
};

std::vector<Posted> held;

void to_node(Posted posted) {
#if NODE_MAJOR_VERSION >= 22
  if (posted.delay > 0) {
    post_delayed_of_node(posted.platform, posted.priority, std::move(posted.task), posted.delay,
                         posted.location);
  } else {
    post_of_node(posted.platform, posted.priority, std::move(posted.task), posted.location);
  }
#else
  if (posted.delay > 0) {
    post_delayed_of_node(posted.platform, std::move(posted.task), posted.delay);
  } else {
    post_of_node(posted.platform, std::move(posted.task));
  }
#endif
}

void to_child_workers(Posted posted) {
  if (posted.delay > 0) {
    state.child_workers->post_delayed(std::move(posted.task), posted.delay);
    return;
  }
  const bool awaited = posted.priority != v8::TaskPriority::kBestEffort;
  state.child_workers->post(std::move(posted.task),
                            awaited ? ChildWorkers::Awaited::kYes : ChildWorkers::Awaited::kNo);
}

void to_workers(Posted posted) {
  if (state.child_workers == nullptr) {
    to_node(std::move(posted));
  } else {
    to_child_workers(std::move(posted));
  }
}

void pass_on(Posted posted) {
  if (state.holding && on_main_thread()) {
    held.push_back(std::move(posted));
    return;
  }
  to_workers(std::move(posted));
  state.posted();
}

#if NODE_MAJOR_VERSION >= 22
void post(v8::Platform* platform, v8::TaskPriority priority, std::unique_ptr<v8::Task> task,
          const Location& location) {
  pass_on({platform, priority, std::move(task), 0, location});
}

void post_delayed(v8::Platform* platform, v8::TaskPriority priority, std::unique_ptr<v8::Task> task,
                  double seconds, const Location& location) {
  pass_on({platform, priority, std::move(task), seconds, location});
}
#else
void post(v8::Platform* platform, std::unique_ptr<v8::Task> task) {
  pass_on({platform, v8::TaskPriority::kUserVisible, std::move(task), 0, {}});
}

void post_delayed(v8::Platform* platform, std::unique_ptr<v8::Task> task, double seconds) {
  pass_on({platform, v8::TaskPriority::kUserVisible, std::move(task), seconds, {}});
}
#endif

void drain(MultiIsolatePlatform* platform, v8::Isolate* isolate) {
  if (state.child_workers == nullptr) {
    // In here a task may fork. Its child comes back into Node's own function, which finds that
    // none of Node's workers has anything to do, and returns.
    drain_of_node(platform, isolate);
    return;
  }
  // A worker may wait for what it has posted to this thread.
  constexpr std::chrono::milliseconds kPatience{10};
  do {
    while (!state.child_workers->await_idle(kPatience)) platform->FlushForegroundTasks(isolate);
  } while (platform->FlushForegroundTasks(isolate));
}

// Protected, but for those that derive from it.
struct Methods : v8::Platform {
#if NODE_MAJOR_VERSION >= 22
  static auto post() { return &Methods::PostTaskOnWorkerThreadImpl; }
  static auto post_delayed() { return &Methods::PostDelayedTaskOnWorkerThreadImpl; }
#else
  static auto post() { return &Methods::CallOnWorkerThread; }
  static auto post_delayed() { return &Methods::CallDelayedOnWorkerThread; }
#endif
};

#if NODE_MAJOR_VERSION >= 22
constexpr const char* kNameOfPost = "PostTaskOnWorkerThreadImpl";
constexpr const char* kNameOfPostDelayed = "PostDelayedTaskOnWorkerThreadImpl";
#else
constexpr const char* kNameOfPost = "CallOnWorkerThread";
constexpr const char* kNameOfPostDelayed = "CallDelayedOnWorkerThread";
#endif

// The function that takes the place of a member function: the object is its first argument.
template <typename Method>
struct AsFunction;
template <typename Class, typename Result, typename... Arguments>
struct AsFunction<Result (Class::*)(Arguments...)> {
  template <typename Object>
  using Of = Result(Object*, Arguments...);
};
template <typename Method, typename Object>
using FunctionOf = typename AsFunction<Method>::template Of<Object>;

static_assert(std::is_same_v<FunctionOf<decltype(Methods::post()), v8::Platform>, Post>);
static_assert(
    std::is_same_v<FunctionOf<decltype(Methods::post_delayed()), v8::Platform>, PostDelayed>);
static_assert(
    std::is_same_v<FunctionOf<decltype(&MultiIsolatePlatform::DrainTasks), MultiIsolatePlatform>,
                   Drain>);

// A pointer to a virtual member function holds its offset in the table (x86: plus one, which the
// division drops; ARM keeps that bit in the other half).
template <typename Method>
size_t index_of(Method method) {
  uintptr_t offset = 0;
  static_assert(sizeof(method) >= sizeof(offset));
  memcpy(&offset, &method, sizeof(offset));
  return offset / sizeof(void*);
}

// What the dynamic linker calls the function at this address: "node::NodePlatform::DrainTasks(…)".
std::string name_of(const void* function) {
  Dl_info info{};
  if (dladdr(function, &info) == 0 || info.dli_saddr != function || info.dli_sname == nullptr) {
    return {};
  }
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status), free);
  return name ? name.get() : std::string();
}

/** One function of the platform's table. */
template <typename Function>
struct Slot {
  void** address = nullptr;
  std::optional<int> protection;

  /** Finds it, and the function that is in it. False if that has another name than `name`. */
  bool find(void** table, size_t index, const char* name, Function** original) {
    address = table + index;
    *original = reinterpret_cast<Function*>(*address);
    protection = platform::protection_of(address);
    return protection &&
           name_of(*address).starts_with(std::string("node::NodePlatform::") + name + '(');
  }

  // The table is read-only once the loader is done with it. Its page gets back the protection that
  // it had. No thread of Node calls through the table meanwhile: all are parked, and what they find
  // when they are let go was written before (Gate::open, a mutex). Another thread finds the old
  // function or the new one, and with the new one, by the release, the pointer to the old.
  bool replace(Function* replacement) const {
    const WritablePage page(address, *protection);
    if (!page.ok()) return false;
    __atomic_store_n(address, reinterpret_cast<void*>(replacement), __ATOMIC_RELEASE);
    return true;
  }
};

Slot<Post> slot_of_post;
Slot<PostDelayed> slot_of_post_delayed;
Slot<Drain> slot_of_drain;

}  // namespace

bool find_platform(MultiIsolatePlatform* platform) {
  void** table = *reinterpret_cast<void***>(platform);
  return slot_of_post.find(table, index_of(Methods::post()), kNameOfPost, &post_of_node) &&
         slot_of_post_delayed.find(table, index_of(Methods::post_delayed()), kNameOfPostDelayed,
                                   &post_delayed_of_node) &&
         slot_of_drain.find(table, index_of(&MultiIsolatePlatform::DrainTasks), "DrainTasks",
                            &drain_of_node);
}

bool hook_platform(void (*posted)()) {
  state.main_thread = pthread_self();
  state.posted = posted;
  return slot_of_post.replace(post) && slot_of_post_delayed.replace(post_delayed) &&
         slot_of_drain.replace(drain);
}

void use_workers(ChildWorkers* workers) { state.child_workers = workers; }

void post_to_node(MultiIsolatePlatform* platform, std::unique_ptr<v8::Task> task) {
  // Where there are priorities the lowest, so that what was posted before is done, not left in the
  // queue, when it runs.
  to_node({platform, v8::TaskPriority::kBestEffort, std::move(task), 0, {}});
}

void hold_tasks() { state.holding = true; }

void pass_on_tasks() {
  state.holding = false;
  for (Posted& posted : std::exchange(held, {})) pass_on(std::move(posted));
}

}  // namespace realfork
