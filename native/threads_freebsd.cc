#include <pthread_np.h>
#include <signal.h>
#include <sys/proc.h>
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

std::optional<kinfo_proc> look_at(ThreadId thread) {
  for (const kinfo_proc& found : processes()) {
    if (found.ki_tid == thread) return found;
  }
  return std::nullopt;
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

std::vector<ThreadId> thread_ids() {
  std::vector<ThreadId> list;
  for (const kinfo_proc& thread : processes()) list.push_back(thread.ki_tid);
  std::sort(list.begin(), list.end());
  return list;
}

std::string thread_name(ThreadId thread) {
  const auto found = look_at(thread);
  return found ? std::string(found->ki_tdname) + found->ki_moretdname : std::string();
}

bool sleeps(ThreadId thread) {
  const auto found = look_at(thread);
  return !found || found->ki_stat == SSLEEP;
}

ThreadState thread_state(ThreadId thread, int signo) {
  const auto found = look_at(thread);
  if (!found) return ThreadState::kGone;
  if (sigismember(&found->ki_sigmask, signo) == 1) return ThreadState::kBlocks;
  const bool is_asleep = found->ki_stat == SSLEEP && (found->ki_tdflags & TDF_SINTR) == 0;
  return is_asleep ? ThreadState::kUninterruptible : ThreadState::kOpen;
}

bool is_of_the_kernel(const std::string&) { return false; }

bool polls_a_ring(const std::string&) { return false; }

}  // namespace realfork::platform
