// The workers of a forked child, in place of V8's, which fork(2) does not copy.
#ifndef REALFORK_CHILD_WORKERS_H_
#define REALFORK_CHILD_WORKERS_H_

#include <v8-platform.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>

namespace realfork {

// Starts no thread before the first task: most children have none. It is never destroyed, since a
// child leaves through _exit(2), and a child of the child has one of its own.
class ChildWorkers {
 public:
  /** Whether the end of an event loop waits for the task (what is of use only to more work is not).
   */
  enum class Awaited : std::uint8_t { kNo, kYes };

  explicit ChildWorkers(int most) : most_(most) {}
  ChildWorkers(const ChildWorkers&) = delete;
  ChildWorkers& operator=(const ChildWorkers&) = delete;

  void post(std::unique_ptr<v8::Task> task, Awaited awaited);
  void post_delayed(std::unique_ptr<v8::Task> task, double seconds);

  /** Waits until no awaited task is queued or running. False if it took longer. */
  bool await_idle(std::chrono::milliseconds patience);

  int started();

  /** From here on no thread is started, up to resume_starting(). How many there are. */
  int pause_starting();
  void resume_starting();

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    std::unique_ptr<v8::Task> task;
    Awaited awaited;
  };

  void enqueue(Entry entry);
  void start_if_needed();
  void work();
  Entry next(std::unique_lock<std::mutex>* lock);
  void run(Entry entry, std::unique_lock<std::mutex>* lock);

  const int most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::deque<Entry> queue_;
  std::multimap<Clock::time_point, std::unique_ptr<v8::Task>> delayed_;
  int started_ = 0;
  size_t waiting_ = 0;
  int awaited_ = 0;
  bool starts_none_ = false;
};

}  // namespace realfork

#endif  // REALFORK_CHILD_WORKERS_H_
