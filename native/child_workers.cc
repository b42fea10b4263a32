#include "child_workers.h"

#include <pthread.h>
#include <signal.h>
#include <uv.h>

#include <utility>

namespace realfork {

void ChildWorkers::post(std::unique_ptr<v8::Task> task, Awaited awaited) {
  const std::lock_guard<std::mutex> lock(mutex_);
  enqueue({std::move(task), awaited});
}

void ChildWorkers::post_delayed(std::unique_ptr<v8::Task> task, double seconds) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto delay =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  delayed_.emplace(Clock::now() + delay, std::move(task));
  wake_.notify_one();  // whoever waits may have to wait for less long
  start_if_needed();
}

bool ChildWorkers::await_idle(std::chrono::milliseconds patience) {
  std::unique_lock<std::mutex> lock(mutex_);
  // Where no thread could be started the one that waits does the work.
  while (started_ == 0 && !queue_.empty()) run(next(&lock), &lock);
  return idle_.wait_for(lock, patience, [this] { return awaited_ == 0; });
}

int ChildWorkers::started() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return started_;
}

int ChildWorkers::pause_starting() {
  const std::lock_guard<std::mutex> lock(mutex_);
  starts_none_ = true;
  return started_;
}

void ChildWorkers::resume_starting() {
  const std::lock_guard<std::mutex> lock(mutex_);
  starts_none_ = false;
  start_if_needed();
}

void ChildWorkers::enqueue(Entry entry) {
  if (entry.awaited == Awaited::kYes) ++awaited_;
  queue_.push_back(std::move(entry));
  wake_.notify_one();
  start_if_needed();
}

void ChildWorkers::start_if_needed() {
  const size_t work = queue_.size() + (delayed_.empty() ? 0 : 1);
  if (starts_none_ || work <= waiting_ || started_ >= most_) return;
  // Signals are for the JavaScript thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  // libuv's thread has the stack that Node gives V8's workers. The C library's would do, but for
  // musl's 128 KiB.
  uv_thread_t thread{};
  const int failure = uv_thread_create(
      &thread, [](void* self) { static_cast<ChildWorkers*>(self)->work(); }, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failure != 0) return;  // those that there are do it, or await_idle()
  pthread_detach(thread);
  ++started_;
}

void ChildWorkers::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) run(next(&lock), &lock);
}

ChildWorkers::Entry ChildWorkers::next(std::unique_lock<std::mutex>* lock) {
  for (;;) {
    const auto due = delayed_.begin();
    if (due != delayed_.end() && due->first <= Clock::now()) {
      Entry entry{std::move(due->second), Awaited::kNo};
      delayed_.erase(due);
      return entry;
    }
    if (!queue_.empty()) {
      Entry entry = std::move(queue_.front());
      queue_.pop_front();
      return entry;
    }
    ++waiting_;
    if (due == delayed_.end()) {
      wake_.wait(*lock);
    } else {
      // A copy: whichever thread wakes first takes the task, and its time with it, while the others
      // still look whether their wait is over.
      const Clock::time_point when = due->first;
      wake_.wait_until(*lock, when);
    }
    --waiting_;
  }
}

// The task is noted as done before it is destroyed: see ParkTask.
void ChildWorkers::run(Entry entry, std::unique_lock<std::mutex>* lock) {
  lock->unlock();
  entry.task->Run();
  lock->lock();
  if (entry.awaited == Awaited::kYes && --awaited_ == 0) idle_.notify_all();
  lock->unlock();
  entry.task.reset();
  lock->lock();
}

}  // namespace realfork
