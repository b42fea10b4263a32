#include "worker_interruption.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "borrowed_signal.h"
#include "interruptible.h"
#include "platform.h"

namespace realfork {
namespace {

struct Worker {
  uint32_t id;
  platform::ThreadId thread;
  std::atomic<bool> is_ending{false};
  std::atomic<int> calls{0};
};

struct Registry {
  std::mutex lock;
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::pair<uint32_t, uint32_t>> parents;  // of each child its parent
};

// A pointer, as a forked child takes another: this one may be locked by a thread that the child
// does not have.
Registry* registry = new Registry;
BorrowedSignal borrowed;
thread_local Worker* this_worker = nullptr;

// One below that of helper_threads.cc, whose requests interrupt no call.
int carrier() { return platform::kSignalCount - 2; }

// What is no request was sent to the process, and the kernel chose a worker because the main thread
// blocks the signal: there it stays pending.
void on_carrier(int signo, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  platform::unwrap_forwarded(info);
  if (!platform::is_request(*info)) {
    if (has_handler(borrowed.owner()) || !hand_on_from_worker(signo, *info)) {
      borrowed.act_as_owner(signo, info, context);
    }
  }
  errno = saved_errno;
}

bool any_is_ending() {
  return std::any_of(registry->workers.begin(), registry->workers.end(),
                     [](const auto& worker) { return worker->is_ending.load(); });
}

// The main thread's calls go on, or do not, as the owner has it. Only while a worker is to end
// every call is interrupted.
struct sigaction kernel_action_now() {
  struct sigaction ours {};
  const struct sigaction& owner = borrowed.owner();
  const bool restarts = !has_handler(owner) || (owner.sa_flags & SA_RESTART) != 0;
  ours.sa_sigaction = on_carrier;
  ours.sa_flags = SA_SIGINFO | (restarts && !any_is_ending() ? SA_RESTART : 0);
  sigfillset(&ours.sa_mask);
  return ours;
}

void tell_kernel() {
  const struct sigaction ours = kernel_action_now();
  sigaction(carrier(), &ours, nullptr);
}

void forget(void* worker) {
  const std::lock_guard<std::mutex> guard(registry->lock);
  auto& workers = registry->workers;
  workers.erase(std::remove_if(workers.begin(), workers.end(),
                               [&](const auto& one) { return one.get() == worker; }),
                workers.end());
  this_worker = nullptr;
  tell_kernel();
}

bool descends_from(uint32_t id, uint32_t ancestor) {
  const auto& parents = registry->parents;
  for (size_t generations = 0; generations <= parents.size(); ++generations) {
    if (id == ancestor) return true;
    const auto own = std::find_if(parents.begin(), parents.end(),
                                  [&](const auto& pair) { return pair.first == id; });
    if (own == parents.end()) return false;
    id = own->second;
  }
  return false;
}

// How many of them are in a call.
int interrupt_descendants(uint32_t id) {
  // Locked until it is sent: the thread cannot end meanwhile, and leave its number to another.
  const std::lock_guard<std::mutex> guard(registry->lock);
  int in_call = 0;
  for (const auto& worker : registry->workers) {
    if (!descends_from(worker->id, id)) continue;
    worker->is_ending = true;
    tell_kernel();
    if (worker->calls == 0) continue;
    ++in_call;
    platform::request(worker->thread, carrier());
  }
  return in_call;
}

}  // namespace

void note_worker(napi_env env, uint32_t id) {
  if (this_worker != nullptr) return;
  const std::lock_guard<std::mutex> guard(registry->lock);
  // The handler first: the signal's default action is the end of the process.
  borrowed.borrow(carrier(), kernel_action_now());
  if (!borrowed.is_out()) return;
  tell_kernel();  // with the owner's flags, which are known now
  auto worker = std::make_unique<Worker>();
  worker->id = id;
  worker->thread = platform::this_thread();
  this_worker = worker.get();
  registry->workers.push_back(std::move(worker));
  napi_add_env_cleanup_hook(env, forget, this_worker);
  sigset_t own;
  sigemptyset(&own);
  sigaddset(&own, carrier());
  pthread_sigmask(SIG_UNBLOCK, &own, nullptr);
}

void interrupt_worker(uint32_t id) { interrupt_descendants(id); }

void end_calls_of_worker(uint32_t id) {
  constexpr int kTimes = 1000;
  constexpr struct timespec kBetween { 0, 1'000'000 };
  for (int i = 0; i < kTimes && interrupt_descendants(id) > 0; ++i) nanosleep(&kBetween, nullptr);
}

void worker_enters_call() {
  if (this_worker != nullptr) ++this_worker->calls;
}

void worker_leaves_call() {
  if (this_worker != nullptr) --this_worker->calls;
}

void note_parent_of_worker(uint32_t child, uint32_t parent) {
  const std::lock_guard<std::mutex> guard(registry->lock);
  registry->parents.emplace_back(child, parent);
}

void forget_parent_of_worker(uint32_t child) {
  const std::lock_guard<std::mutex> guard(registry->lock);
  auto& parents = registry->parents;
  parents.erase(std::remove_if(parents.begin(), parents.end(),
                               [&](const auto& pair) { return pair.first == child; }),
                parents.end());
}

bool there_are_workers() {
  const std::lock_guard<std::mutex> guard(registry->lock);
  return !registry->workers.empty();
}

bool any_worker_is_in_call() {
  const std::lock_guard<std::mutex> guard(registry->lock);
  return std::any_of(registry->workers.begin(), registry->workers.end(),
                     [](const auto& worker) { return worker->calls != 0; });
}

bool worker_is_ending() { return this_worker != nullptr && this_worker->is_ending; }

int signal_of_workers() { return borrowed.is_out() ? carrier() : 0; }

void change_action_of_workers(const struct sigaction* wanted, struct sigaction* before) {
  const std::lock_guard<std::mutex> guard(registry->lock);
  if (before != nullptr) *before = borrowed.owner();
  if (wanted == nullptr) return;
  borrowed.change_owner(*wanted);
  tell_kernel();
}

void forget_workers() {
  if (!borrowed.is_out()) return;
  registry = new Registry;
  this_worker = nullptr;
  borrowed.give_back(carrier());
}

}  // namespace realfork
