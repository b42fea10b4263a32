#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "threads.h"

namespace realfork::platform {

ThreadId this_thread() { return ::syscall(SYS_gettid); }

bool is_main_thread() { return this_thread() == ::getpid(); }

size_t thread_count() {
  // A directory has a link for itself, one from its parent, and one for each directory in it.
  struct stat status {};
  if (stat("/proc/self/task", &status) == -1 || status.st_nlink < 2) return 0;
  return static_cast<size_t>(status.st_nlink) - 2;
}

namespace {

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

/** @param thread as /proc numbers it */
File open_of_thread(const char* thread, const char* name) {
  std::array<char, PATH_MAX> path{};
  static_cast<void>(snprintf(path.data(), path.size(), "/proc/self/task/%s/%s", thread, name));
  return {fopen(path.data(), "re"), fclose};
}

// The line of proc(5) that begins with `name` ("SigBlk:"), after that; "" if there is none.
std::string line_of(FILE* status, const char* name) {
  std::array<char, 256> line{};
  const size_t length = strlen(name);
  while (fgets(line.data(), line.size(), status) != nullptr) {
    if (strncmp(line.data(), name, length) == 0) return line.data() + length;
  }
  return {};
}

// glibc and musl keep two or three signals below SIGRTMIN for themselves, which nobody can block,
// nor SIGKILL and SIGSTOP: every other one is what a program asks for when it blocks all.
bool is_all(unsigned long long blocked) {
  constexpr unsigned long long kStandard = 0x7fffffff;
  constexpr unsigned long long kUnblockable = (1ULL << (9 - 1)) | (1ULL << (19 - 1));
  return (blocked & kStandard) == (kStandard & ~kUnblockable);
}

// Where /proc is that of an outer PID namespace, its numbers are that one's. The last number of the
// line is that of the innermost namespace (proc(5), NSpid).
ThreadId own_number(const std::string& numbers) {
  const size_t last = numbers.find_last_of("0123456789");
  if (last == std::string::npos) return 0;
  const size_t before = numbers.find_last_not_of("0123456789", last);
  return strtol(numbers.c_str() + (before == std::string::npos ? 0 : before + 1), nullptr, 10);
}

using Tasks = std::unique_ptr<DIR, int (*)(DIR*)>;

Tasks open_tasks() { return {opendir("/proc/self/task"), closedir}; }

/** Calls `look(name)` for each thread, by the number that /proc has of it, until that gives true.
 */
template <typename Look>
bool any_task(DIR* tasks, Look look) {
  while (const dirent* entry = readdir(tasks)) {
    if (entry->d_name[0] != '.' && look(entry->d_name)) return true;
  }
  return false;
}

/** Whether /proc is that of an outer PID namespace: it has another number of this thread. */
bool numbers_are_outer() {
  std::array<char, 64> link{};
  if (readlink("/proc/thread-self", link.data(), link.size() - 1) <= 0) return false;
  const char* const last = strrchr(link.data(), '/');
  return last != nullptr && strtol(last + 1, nullptr, 10) != this_thread();
}

/** 0: it has ended. */
ThreadId number_of_task(const char* task) {
  const File status = open_of_thread(task, "status");
  return status ? own_number(line_of(status.get(), "NSpid:")) : 0;
}

/** @param thread as this process numbers it. Null: it has ended. */
File open_of_thread(ThreadId thread, const char* name) {
  if (!numbers_are_outer()) return open_of_thread(std::to_string(thread).c_str(), name);
  File file(nullptr, fclose);
  const Tasks tasks = open_tasks();
  if (!tasks) return file;
  any_task(tasks.get(), [&](const char* task) {
    if (number_of_task(task) != thread) return false;
    file = open_of_thread(task, name);
    return true;
  });
  return file;
}

}  // namespace

std::optional<std::vector<Thread>> threads() {
  const Tasks tasks = open_tasks();
  if (!tasks) return std::nullopt;
  std::vector<Thread> list;
  while (const dirent* entry = readdir(tasks.get())) {
    if (entry->d_name[0] == '.') continue;
    const File status = open_of_thread(entry->d_name, "status");
    if (!status) {
      if (errno != ENOENT) return std::nullopt;
      continue;  // it has ended meanwhile
    }
    Thread thread{strtol(entry->d_name, nullptr, 10), false};
    // The order of the file: NSpid comes before SigBlk.
    if (const std::string numbers = line_of(status.get(), "NSpid:"); !numbers.empty()) {
      thread.id = own_number(numbers);
    } else {
      rewind(status.get());
    }
    thread.blocks_all_signals =
        is_all(strtoull(line_of(status.get(), "SigBlk:").c_str(), nullptr, 16));
    list.push_back(thread);
  }
  // A list without the thread that reads it is somebody else's.
  const auto is_this = [](const Thread& thread) { return thread.id == this_thread(); };
  if (std::none_of(list.begin(), list.end(), is_this)) return std::nullopt;
  return list;
}

std::vector<ThreadId> thread_ids() {
  std::vector<ThreadId> list;
  const Tasks tasks = open_tasks();
  if (!tasks) return list;
  const bool are_outer = numbers_are_outer();
  any_task(tasks.get(), [&](const char* task) {
    const ThreadId thread = are_outer ? number_of_task(task) : strtol(task, nullptr, 10);
    if (thread != 0) list.push_back(thread);
    return false;
  });
  std::sort(list.begin(), list.end());
  return list;
}

std::string thread_name(ThreadId thread) {
  const File comm = open_of_thread(thread, "comm");
  std::array<char, 32> name{};
  if (!comm || fgets(name.data(), name.size(), comm.get()) == nullptr) return {};
  name.at(strcspn(name.data(), "\n")) = '\0';
  return name.data();
}

bool sleeps(ThreadId thread) {
  const File stat = open_of_thread(thread, "stat");
  std::array<char, 128> line{};
  if (!stat || fgets(line.data(), line.size(), stat.get()) == nullptr) return true;
  // The name, in parentheses, may have some itself (proc_pid_stat(5)).
  const char* const after = strrchr(line.data(), ')');
  return after == nullptr || (after[1] == ' ' && after[2] == 'S');
}

// By the State and SigBlk lines of proc(5), in their order; in the second bit n - 1 is signal n.
ThreadState thread_state(ThreadId thread, int signo) {
  const File status = open_of_thread(thread, "status");
  if (!status) return ThreadState::kGone;
  const std::string state = line_of(status.get(), "State:\t");
  const std::string blocked = line_of(status.get(), "SigBlk:\t");
  if (blocked.empty() || state.starts_with('Z') || state.starts_with('X')) {
    return ThreadState::kGone;
  }
  if ((strtoull(blocked.c_str(), nullptr, 16) >> (signo - 1) & 1) != 0) {
    return ThreadState::kBlocks;
  }
  return state.starts_with('D') ? ThreadState::kUninterruptible : ThreadState::kOpen;
}

// io_uring(7): "iou-sqp-4711", which polls for submissions, and "iou-wrk-4711", which do what would
// block.
bool is_of_the_kernel(const std::string& thread_name) { return thread_name.starts_with("iou-"); }

bool polls_a_ring(const std::string& thread_name) { return thread_name.starts_with("iou-sqp-"); }

}  // namespace realfork::platform
