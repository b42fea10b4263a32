// Where threads of Node wait while the process forks.
#ifndef REALFORK_GATE_H_
#define REALFORK_GATE_H_

#include <v8-platform.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "own_pages.h"
#include "threads.h"

namespace realfork {

// Never destroyed, and never touched by a child, which has one of its own: a thread that fork(2)
// did not copy may have held the mutex of the copy.
class Gate {
 public:
  using Round = std::uint64_t;

  static void* operator new(size_t size) { return take_pages(size); }
  static void operator delete(void* gate) { ::munmap(gate, sizeof(Gate)); }

  /** From here on those that come for this round wait. */
  Round close() {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.clear();
    closed_ = true;
    return ++round_;
  }

  /**
   * Lets all of them go, or has them let go when a fork that is under way is over. False: it is.
   * Any thread may call it.
   */
  bool open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (kept_) {
      wanted_ = true;
      return false;
    }
    open_locked();
    return true;
  }

  /** From here on open() lets nobody go, up to end_keeping(). */
  void keep() {
    const std::lock_guard<std::mutex> lock(mutex_);
    kept_ = true;
  }

  /** True: somebody has asked for them to be let go meanwhile, and they are. */
  bool end_keeping() {
    const std::lock_guard<std::mutex> lock(mutex_);
    kept_ = false;
    if (!wanted_) return false;
    open_locked();
    return true;
  }

  /** A thread that has come for a round: it notes its number, and waits for the end of the round.
   */
  void pass(Round round) {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!closed_ || round != round_) return;
    waiting_.push_back(platform::this_thread());
    arrived_.notify_one();
    if (told_ != nullptr && waiting_.size() == wanted_count_) told_();
    opened_.wait(lock, [&] { return !closed_ || round != round_; });
  }

  /** Calls `told` on the thread that is the last of so many to come, in this round; nullptr: not.
   */
  void tell(size_t count, void (*told)()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    wanted_count_ = count;
    told_ = told;
  }

  bool is_closed() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return closed_;
  }

  /** Waits until `count` threads wait here. False if they did not come in time, or were let go. */
  bool await(size_t count, std::chrono::milliseconds patience) {
    std::unique_lock<std::mutex> lock(mutex_);
    return arrived_.wait_for(lock, patience, [&] { return closed_ && waiting_.size() >= count; });
  }

  /** How many wait here. */
  size_t waiting_count() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return closed_ ? waiting_.size() : 0;
  }

  /** Those that wait here. */
  std::vector<platform::ThreadId> waiting() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return closed_ ? waiting_ : std::vector<platform::ThreadId>();
  }

 private:
  void open_locked() {
    closed_ = false;
    wanted_ = false;
    opened_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable opened_;
  std::vector<platform::ThreadId> waiting_;
  void (*told_)() = nullptr;
  size_t wanted_count_ = 0;
  Round round_ = 0;
  bool closed_ = false;
  bool kept_ = false;
  bool wanted_ = false;
};

// Waits in its destructor, not in Run(): the worker has by then noted the task as done, so that a
// main thread that waits for all tasks (DrainTasks: at the end of the loop, and in every
// worker_thread) does not wait for this one.
class ParkTask : public v8::Task {
 public:
  ParkTask(Gate* gate, Gate::Round round) : gate_(gate), round_(round) {}
  ParkTask(const ParkTask&) = delete;
  ParkTask& operator=(const ParkTask&) = delete;
  ~ParkTask() override {
    if (ran_) gate_->pass(round_);  // else the queue is being thrown away
  }
  void Run() override { ran_ = true; }

 private:
  Gate* gate_;
  Gate::Round round_;
  bool ran_ = false;
};

}  // namespace realfork

#endif  // REALFORK_GATE_H_
