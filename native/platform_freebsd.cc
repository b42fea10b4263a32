#include <errno.h>
#include <fcntl.h>
#include <pthread_np.h>
#include <signal.h>
#include <sys/event.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/thr.h>
#include <sys/types.h>
#include <sys/user.h>
#include <unistd.h>

#include "platform.h"

namespace realfork::platform {

const int kSignalCount = SIGRTMAX + 1;

// FreeBSD has no MADV_DONTFORK, and V8 marks nothing there.
int make_memory_inheritable() { return 0; }

void prepare_to_fork() {}

bool sent_by_process(const siginfo_t& info) {
  return info.si_code == SI_USER || info.si_code == SI_QUEUE || info.si_code == SI_LWP;
}

// There is no call that carries a siginfo_t to one thread.
void forward_signal(ThreadId, pthread_t handle, int signo, const siginfo_t&) {
  pthread_kill(handle, signo);
}

void unwrap_forwarded(siginfo_t*) {}

namespace {

// One kinfo_proc for each thread of this process (sysctl(3), KERN_PROC_PID | KERN_PROC_INC_THREAD).
std::vector<kinfo_proc> processes_of_threads() {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID | KERN_PROC_INC_THREAD, getpid()};
  size_t size = 0;
  if (sysctl(name, 4, nullptr, &size, nullptr, 0) == -1) return {};
  std::vector<kinfo_proc> list(size / sizeof(kinfo_proc) + 8);
  size = list.size() * sizeof(kinfo_proc);
  if (sysctl(name, 4, list.data(), &size, nullptr, 0) == -1) return {};
  list.resize(size / sizeof(kinfo_proc));
  return list;
}

}  // namespace

std::vector<ThreadId> other_threads_open_to(int signo) {
  std::vector<ThreadId> open;
  const ThreadId self = this_thread();
  for (const kinfo_proc& thread : processes_of_threads()) {
    if (thread.ki_tid != self && sigismember(&thread.ki_sigmask, signo) == 0)
      open.push_back(thread.ki_tid);
  }
  return open;
}

bool signal_thread(ThreadId thread, int signo) { return thr_kill(thread, signo) == 0; }

int open_end_of_process(pid_t pid) {
  const int queue = kqueuex(KQUEUE_CLOEXEC);
  if (queue == -1) return -errno;
  struct kevent wanted;
  EV_SET(&wanted, pid, EVFILT_PROC, EV_ADD | EV_ONESHOT, NOTE_EXIT, 0, nullptr);
  if (kevent(queue, &wanted, 1, nullptr, 0, nullptr) == -1) {
    const int failure = errno;
    close(queue);
    return -failure;
  }
  return queue;
}

int fork_event_loop(uv_loop_t* loop) { return uv_loop_fork(loop); }

int semtimedop(int, struct sembuf*, size_t, const struct timespec*) {
  errno = ENOSYS;
  return -1;
}

}  // namespace realfork::platform
