#include <errno.h>
#include <fcntl.h>
#include <pthread_np.h>
#include <signal.h>
#include <sys/event.h>
#include <sys/syscall.h>
#include <sys/thr.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "platform.h"

namespace realfork::platform {

const int kSignalCount = SIGRTMAX + 1;

// FreeBSD has no MADV_DONTFORK, and V8 marks nothing there.
int make_memory_inheritable() { return 0; }

void prepare_to_fork() {}

// Of sys/signal.h: these are what a process asked for, if by a timer or a queue; SEGV_*, BUS_*,
// FPE_*, ILL_*, TRAP_* (from 1), SI_NOINFO 0 and SI_KERNEL 0x10006 are not.
bool sent_by_process(const siginfo_t& info) {
  constexpr std::array<int, 6> kSent{SI_USER, SI_QUEUE, SI_TIMER, SI_ASYNCIO, SI_MESGQ, SI_LWP};
  return std::find(kSent.begin(), kSent.end(), info.si_code) != kSent.end();
}

void raise_again(int signo, const siginfo_t&) { pthread_kill(pthread_self(), signo); }

// There is no call that carries a siginfo_t to one thread.
void forward_signal(ThreadId, pthread_t handle, int signo, const siginfo_t&) {
  pthread_kill(handle, signo);
}

void unwrap_forwarded(siginfo_t*) {}

// There is no call that carries a value to one thread. But nothing else in this package signals
// another thread than the JavaScript thread, which is never asked.
bool request(ThreadId thread, int signo) { return thr_kill(thread, signo) == 0; }

bool is_request(const siginfo_t& info) {
  return info.si_code == SI_LWP && info.si_pid == getpid() && pthread_main_np() == 0;
}

const bool kInheritsEndOfProcess = false;

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

int fork_event_loop(uv_loop_t* loop, int) { return uv_loop_fork(loop); }

// A kqueue forgets a descriptor that is closed.
void unwatch(const uv_loop_t*, int) {}

// libthr has a table: thr_sig.c, __thr_sigaction.
int kernel_sigaction(int signo, const struct sigaction* action, struct sigaction* before) {
  return syscall(SYS_sigaction, signo, action, before);
}

int semtimedop(int, struct sembuf*, size_t, const struct timespec*) {
  errno = ENOSYS;
  return -1;
}

}  // namespace realfork::platform
