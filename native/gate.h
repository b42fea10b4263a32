// Where threads of Node wait while the process forks.
#ifndef REALFORK_GATE_H_
#define REALFORK_GATE_H_

#include <v8-platform.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

namespace realfork {

// Each round has one of its own, shared with its tasks: a forked child never touches the copy that
// it has of its parent's.
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

  /** Waits until `count` threads wait here. False if they did not come in time. */
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

// Waits in its destructor, not in Run(): the worker has by then noted the task as done, so that a
// main thread that waits for all tasks (DrainTasks: at the end of the loop, and in every
// worker_thread) does not wait for this one.
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

}  // namespace realfork

#endif  // REALFORK_GATE_H_
