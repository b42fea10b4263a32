#include <pthread_np.h>
#include <signal.h>
#include <sys/sysctl.h>
#include <sys/thr.h>
#include <sys/types.h>
#include <sys/user.h>
#include <unistd.h>

#include <algorithm>

#include "threads.h"

namespace realfork::platform {

ThreadId this_thread() {
  long thread = 0;
  thr_self(&thread);
  return thread;
}

bool is_main_thread() { return pthread_main_np() == 1; }

namespace {

// One kinfo_proc for each thread of this process, in the order in which they were made (sysctl(3),
// KERN_PROC_PID | KERN_PROC_INC_THREAD). Nothing on failure.
std::vector<kinfo_proc> processes() {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID | KERN_PROC_INC_THREAD, getpid()};
  size_t size = 0;
  if (sysctl(name, 4, nullptr, &size, nullptr, 0) == -1) return {};
  std::vector<kinfo_proc> list(size / sizeof(kinfo_proc) + 8);
  size = list.size() * sizeof(kinfo_proc);
  if (sysctl(name, 4, list.data(), &size, nullptr, 0) == -1) return {};
  list.resize(size / sizeof(kinfo_proc));
  return list;
}

bool is_all(const sigset_t& blocked) {
  for (int signo = 1; signo < SIGRTMIN; ++signo) {
    if (signo == SIGKILL || signo == SIGSTOP || signo == SIGTHR || signo == SIGLIBRT) continue;
    if (sigismember(&blocked, signo) != 1) return false;
  }
  return true;
}

}  // namespace

size_t thread_count() { return processes().size(); }

std::optional<std::vector<Thread>> threads() {
  std::vector<Thread> list;
  for (const kinfo_proc& thread : processes()) {
    list.push_back({thread.ki_tid, is_all(thread.ki_sigmask)});
  }
  if (list.empty()) return std::nullopt;
  return list;
}

std::string thread_name(ThreadId thread) {
  const std::vector<kinfo_proc> list = processes();
  const auto found = std::find_if(list.begin(), list.end(), [&](const kinfo_proc& process) {
    return process.ki_tid == thread;
  });
  return found == list.end() ? std::string() : std::string(found->ki_tdname) + found->ki_moretdname;
}

bool has_thread(ThreadId thread) { return thr_kill(thread, 0) == 0; }

bool is_of_the_kernel(const std::string&) { return false; }

}  // namespace realfork::platform
