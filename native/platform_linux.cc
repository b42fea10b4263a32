#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "heap_region.h"
#include "platform.h"

namespace realfork::platform {

const int kSignalCount = SIGRTMAX + 1;

namespace {

/**
 * Calls use(from, to, name) for each mapping of this process, until it returns false. False if they
 * cannot be read.
 */
template <typename Use>
bool for_each_mapping(Use use) {
  const std::unique_ptr<FILE, int (*)(FILE*)> maps(fopen("/proc/self/maps", "re"), fclose);
  if (!maps) return false;
  std::array<char, 4096> line{};
  while (fgets(line.data(), line.size(), maps.get()) != nullptr) {
    char* end = nullptr;
    const uintptr_t from = strtoul(line.data(), &end, 16);
    if (*end != '-') continue;
    const uintptr_t to = strtoul(end + 1, nullptr, 16);
    if (!use(from, to, line.data())) break;
  }
  return true;
}

/** What a program has mapped, around the kernel's own pages ([vvar], vdso): the same in every
 * child. */
struct Memory {
  uintptr_t kernel_begin = 0;
  uintptr_t kernel_end = 0;
  uintptr_t end = 0;
};

Memory find_memory() {
  Memory memory;
  for_each_mapping([&](uintptr_t from, uintptr_t to, const char* line) {
    if (strstr(line, "[vsyscall]") != nullptr) return false;
    if (strstr(line, "[vvar") != nullptr || strstr(line, "[vdso]") != nullptr) {
      if (memory.kernel_begin == 0) memory.kernel_begin = from;
      memory.kernel_end = to;
    }
    memory.end = to;
    return true;
  });
  return memory;
}

int make_inheritable(uintptr_t from, uintptr_t to) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): addresses as /proc gives them, never dereferenced
  return madvise(reinterpret_cast<void*>(from), to - from, MADV_DOFORK);
}

// One call over everything in between. It meets holes, so it says ENOMEM, having applied the advice
// to every mapping all the same (madvise(2)): 6 µs, against hundreds for a call for each mapping.
bool make_range_inheritable(uintptr_t from, uintptr_t to) {
  if (from >= to) return true;
  return make_inheritable(from, to) == 0 || errno == ENOMEM;
}

// Where there is no /proc: all below the kernel's pages, the first of which ends the call with
// EINVAL. The stack and all that is mapped lie there.
bool make_inheritable_up_to_vdso(uintptr_t from) {
  const uintptr_t vdso = getauxval(AT_SYSINFO_EHDR);
  if (vdso == 0) return false;
  return make_range_inheritable(from, vdso) || errno == EINVAL;
}

const Memory& known_memory() {
  static Memory memory;
  if (memory.kernel_begin == 0) memory = find_memory();
  return memory;
}

// A library that this process was started with sees to that: heap_region_linux.cc.
bool keeps_nothing_from_children() { return preloaded_heap_region() != nullptr; }

}  // namespace

void prepare_to_fork() {
  known_memory();
  keeps_nothing_from_children();
}

int make_memory_inheritable() {
  if (keeps_nothing_from_children()) return 0;
  constexpr uintptr_t kLowest = 64UL * 1024;
  const Memory& memory = known_memory();
  // Not over the kernel's pages: they are VM_IO, which is refused, and ends the call.
  if (memory.kernel_begin != 0 && make_range_inheritable(kLowest, memory.kernel_begin) &&
      make_range_inheritable(memory.kernel_end, memory.end)) {
    return 0;
  }
  // The slow way: each by itself, so that one that refuses (a device's memory) does not stop the
  // rest.
  const bool read = for_each_mapping([](uintptr_t from, uintptr_t to, const char*) {
    make_inheritable(from, to);
    return true;
  });
  return read || make_inheritable_up_to_vdso(kLowest) ? 0 : -errno;
}

// The kernel's own line between the two (SI_FROMUSER of asm-generic/siginfo.h):
//   SI_USER 0, SI_QUEUE -1, SI_TIMER -2, SI_MESGQ -3, SI_ASYNCIO -4, SI_SIGIO -5, SI_TKILL -6
//   SEGV_*, BUS_*, FPE_*, ILL_*, TRAP_* from 1, SI_KERNEL 0x80 (int3, hlt, an address that is none)
bool sent_by_process(const siginfo_t& info) { return info.si_code <= SI_USER; }

// To itself a thread may send any code (rt_tgsigqueueinfo(2)).
void raise_again(int signo, const siginfo_t& info) {
  siginfo_t same = info;
  if (::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), this_thread(), signo, &same) == -1) {
    pthread_kill(pthread_self(), signo);
  }
}

namespace {

// A thread may give another one a siginfo_t of its own making only if si_code is negative and not
// SI_TKILL (rt_tgsigqueueinfo(2): what the kernel vouches for cannot be forged). So the code
// travels shifted below all real ones.
constexpr int kShift = 1 << 30;

}  // namespace

void forward_signal(ThreadId thread, pthread_t handle, int signo, const siginfo_t& info) {
  siginfo_t shifted = info;
  shifted.si_code -= kShift;
  if (::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), thread, signo, &shifted) == -1) {
    pthread_kill(handle, signo);
  }
}

void unwrap_forwarded(siginfo_t* info) {
  if (info->si_code < -kShift / 2) info->si_code += kShift;
}

namespace {

// What a request carries: nobody else knows its address.
char mark_of_requests;

}  // namespace

bool request(ThreadId thread, int signo) {
  siginfo_t info{};
  info.si_signo = signo;
  info.si_code = SI_QUEUE;
  info.si_pid = ::getpid();
  info.si_uid = ::getuid();
  info.si_value.sival_ptr = &mark_of_requests;
  return ::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), thread, signo, &info) == 0;
}

bool is_request(const siginfo_t& info) {
  return info.si_code == SI_QUEUE && info.si_pid == ::getpid() &&
         info.si_value.sival_ptr == &mark_of_requests;
}

const bool kInheritsEndOfProcess = true;

int open_end_of_process(pid_t pid) {
  // Closed on exec by itself (pidfd_open(2), Linux 5.3).
  const long fd = ::syscall(SYS_pidfd_open, pid, 0);
  return fd == -1 ? -errno : static_cast<int>(fd);
}

namespace {

// What libuv asks inotify(7) for (linux.c, uv_fs_event_start).
constexpr uint32_t kWatched = IN_ATTRIB | IN_CREATE | IN_MODIFY | IN_DELETE | IN_DELETE_SELF |
                              IN_MOVE_SELF | IN_MOVED_FROM | IN_MOVED_TO;

std::vector<uv_fs_event_t*> watchers_of(uv_loop_t* loop) {
  std::vector<uv_fs_event_t*> watchers;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* list) {
        if (uv_handle_get_type(handle) != UV_FS_EVENT || uv_is_active(handle) == 0) return;
        auto* watcher = reinterpret_cast<uv_fs_event_t*>(handle);
        static_cast<std::vector<uv_fs_event_t*>*>(list)->push_back(watcher);
      },
      &watchers);
  std::sort(watchers.begin(), watchers.end(),
            [](const uv_fs_event_t* a, const uv_fs_event_t* b) { return a->wd < b->wd; });
  return watchers;
}

// A watch of something that has none, or -1: one that there is must not be touched.
int add_filler(int fd) {
  for (const char* path : {"/", "/proc", "/dev", "/sys"}) {
    const int number = inotify_add_watch(fd, path, IN_DELETE_SELF | IN_MASK_CREATE);
    if (number != -1) return number;
  }
  return -1;
}

// The kernel numbers watches one by one. Those that the parent has given up since are passed over.
int skip_numbers(int fd, int last, int wanted) {
  while (last + 1 < wanted) {
    const int filler = add_filler(fd);
    if (filler == -1) break;
    inotify_rm_watch(fd, filler);
    last = filler;
  }
  return last;
}

// What is not to be found any more stays silent, as a watcher of a file that was removed does.
void watch_again(int fd, const std::vector<uv_fs_event_t*>& watchers) {
  int last = 0;
  for (uv_fs_event_t* watcher : watchers) {
    if (watcher->wd <= last) continue;  // another one of the same path
    std::array<char, PATH_MAX> path{};
    size_t size = path.size();
    if (uv_fs_event_getpath(watcher, path.data(), &size) != 0) continue;
    last = skip_numbers(fd, last, watcher->wd);
    const int number = inotify_add_watch(fd, path.data(), kWatched);
    if (number == -1) continue;
    last = std::max(last, number);
  }
}

// An inotify instance of the child's under the number of its parent's, which it must not read
// from; where the user has no more of them, something that is never readable. The parent's is
// closed first: there may be no descriptor left beside it.
void replace_inotify(int fd) {
  close(fd);
  int fresh = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fresh == -1) fresh = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fresh == -1 || fresh == fd) return;
  dup3(fresh, fd, O_CLOEXEC);
  close(fresh);
}

// uv_loop_fork(), with the epoll instance of the child under the number of its parent's: the loop
// may be in uv__io_poll(), which keeps the number while it calls back. It stays taken meanwhile,
// since the other descriptors that are made anew would get it:
//
//   3 is free, 9 is the epoll instance
//     uv_loop_fork(): closes 9, the new one is 3; the eventfd is 9
//   uv__io_poll(): epoll_wait(9): EINVAL, abort()
int fork_with_same_number(uv_loop_t* loop, int lowest_free) {
  const int number = loop->backend_fd;
  // No lower one is free, or none at all: the one that is closed is the one that is made.
  if (lowest_free == -1 || lowest_free > number) return uv_loop_fork(loop);
  const int stand_in = fcntl(number, F_DUPFD_CLOEXEC, 0);
  if (stand_in == -1) return -errno;
  loop->backend_fd = stand_in;
  const int result = uv_loop_fork(loop);
  if (result != 0) return result;
  const int fresh = loop->backend_fd;
  if (dup3(fresh, number, O_CLOEXEC) == -1) return -errno;
  close(fresh);
  loop->backend_fd = number;
  return 0;
}

}  // namespace

// uv_loop_fork() would free all watchers of files and make them anew. It gives up at the first
// whose file is not there, and when the fork was called in a watcher's callback:
//
//   uv__inotify_read(): goes through the list of watchers
//     callback: fork()
//       child: uv_loop_fork() frees the list
//   uv__inotify_read(): goes on with it
//
// So it is not shown them, and only what the kernel has of them is made anew.
int fork_event_loop(uv_loop_t* loop, int lowest_free) {
  const int fd = loop->inotify_fd;
  void* list = loop->inotify_watchers;
  if (fd == -1) return fork_with_same_number(loop, lowest_free);
  replace_inotify(fd);
  loop->inotify_fd = -1;
  loop->inotify_watchers = nullptr;
  const int result = fork_with_same_number(loop, lowest_free);
  loop->inotify_watchers = list;
  loop->inotify_fd = fd;
  watch_again(fd, watchers_of(loop));
  return result;
}

void unwatch(const uv_loop_t* loop, int fd) {
  struct epoll_event none {};
  epoll_ctl(loop->backend_fd, EPOLL_CTL_DEL, fd, &none);
}

int kernel_sigaction(int signo, const struct sigaction* action, struct sigaction* before) {
  return sigaction(signo, action, before);
}

int semtimedop(int id, struct sembuf* operations, size_t count, const struct timespec* timeout) {
  return ::semtimedop(id, operations, count, timeout);
}

}  // namespace realfork::platform
