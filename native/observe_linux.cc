// kcmp(2), the descriptors of a process, and the names behind the numbers that /proc gives.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <linux/net.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <vector>

#include "arguments.h"
#include "observe.h"
#include "results.h"
#include "unix_diag.h"

namespace realfork {
namespace {

struct Name {
  long number;
  const char* name;
};

#define CALL(name) \
  { SYS_##name, #name }

/** System calls that a process can be found in for long. Which there are goes by the processor. */
const Name kSystemCalls[] = {
    CALL(accept),
    CALL(accept4),
    CALL(clock_nanosleep),
    CALL(close),
    CALL(connect),
    CALL(epoll_pwait),
    CALL(execve),
    CALL(fcntl),
    CALL(fdatasync),
    CALL(flock),
    CALL(fsync),
    CALL(futex),
    CALL(getdents64),
    CALL(getrandom),
    CALL(ioctl),
    CALL(io_getevents),
    CALL(mq_timedreceive),
    CALL(mq_timedsend),
    CALL(msgrcv),
    CALL(msgsnd),
    CALL(nanosleep),
    CALL(openat),
    CALL(ppoll),
    CALL(pread64),
    CALL(preadv),
    CALL(pselect6),
    CALL(ptrace),
    CALL(pwrite64),
    CALL(pwritev),
    CALL(read),
    CALL(readv),
    CALL(recvfrom),
    CALL(recvmmsg),
    CALL(recvmsg),
    CALL(restart_syscall),
    CALL(rt_sigsuspend),
    CALL(rt_sigtimedwait),
    CALL(semop),
    CALL(semtimedop),
    CALL(sendfile),
    CALL(sendmmsg),
    CALL(sendmsg),
    CALL(sendto),
    CALL(splice),
    CALL(sync),
    CALL(tee),
    CALL(vmsplice),
    CALL(wait4),
    CALL(waitid),
    CALL(write),
    CALL(writev),
#ifdef SYS_epoll_pwait2
    CALL(epoll_pwait2),
#endif
#ifdef SYS_epoll_wait
    CALL(epoll_wait),
#endif
#ifdef SYS_fork
    CALL(fork),
#endif
#ifdef SYS_clone
    CALL(clone),
#endif
#ifdef SYS_clone3
    CALL(clone3),
#endif
#ifdef SYS_vfork
    CALL(vfork),
#endif
#ifdef SYS_futex_wait
    CALL(futex_wait),
#endif
#ifdef SYS_futex_waitv
    CALL(futex_waitv),
#endif
#ifdef SYS_io_uring_enter
    CALL(io_uring_enter),
#endif
#ifdef SYS_open
    CALL(open),
#endif
#ifdef SYS_pause
    CALL(pause),
#endif
#ifdef SYS_poll
    CALL(poll),
#endif
#ifdef SYS_select
    CALL(select),
#endif
};

#undef CALL

/** netinet/tcp.h, by the names that ss(8) and RFC 9293 give them. */
constexpr Name kTcpStates[] = {
    {TCP_ESTABLISHED, "ESTABLISHED"},
    {TCP_SYN_SENT, "SYN_SENT"},
    {TCP_SYN_RECV, "SYN_RECV"},
    {TCP_FIN_WAIT1, "FIN_WAIT1"},
    {TCP_FIN_WAIT2, "FIN_WAIT2"},
    {TCP_TIME_WAIT, "TIME_WAIT"},
    {TCP_CLOSE, "CLOSED"},
    {TCP_CLOSE_WAIT, "CLOSE_WAIT"},
    {TCP_LAST_ACK, "LAST_ACK"},
    {TCP_LISTEN, "LISTEN"},
    {TCP_CLOSING, "CLOSING"},
};

/** linux/net.h, enum socket_state: those of Unix sockets. */
constexpr Name kUnixStates[] = {
    {SS_UNCONNECTED, "UNCONNECTED"},
    {SS_CONNECTING, "CONNECTING"},
    {SS_CONNECTED, "CONNECTED"},
    {SS_DISCONNECTING, "DISCONNECTING"},
};

template <size_t count>
Napi::Object names(Napi::Env env, const Name (&list)[count]) {
  Napi::Object object = Napi::Object::New(env);
  for (const Name& entry : list) {
    object.Set(static_cast<uint32_t>(entry.number), Napi::String::New(env, entry.name));
  }
  return object;
}

// 0 the same, 1 and 2 an order, 3 others. Not interruptible: it does not wait.
Napi::Value call_kcmp(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "kcmp");
  const int pid1 = arguments.integer(0, "pid1");
  const int pid2 = arguments.integer(1, "pid2");
  const int type = arguments.integer(2, "type");
  const int64_t idx1 = arguments.integer(3, "idx1", 0, INT_MAX);
  const int64_t idx2 = arguments.integer(4, "idx2", 0, INT_MAX);
  if (!arguments.ok()) return info.Env().Undefined();
  const long order = ::syscall(SYS_kcmp, pid1, pid2, type, idx1, idx2);
  return number(info.Env(), order == -1 ? -errno : order);
}

struct Holder {
  int32_t pid;
  int32_t fd;
};

// Binary search in the order that the kernel gives open file descriptions. In C++ since it takes a
// dozen comparisons for each of thousands of descriptors.
Napi::Value call_find_open_file(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Arguments arguments(info, "findOpenFile");
  const int pid = arguments.integer(0, "pid");
  const int fd = arguments.integer(1, "fd");
  const Bytes bytes = arguments.bytes(2, "holders");
  const auto held = static_cast<int64_t>(bytes.length / sizeof(Holder));
  int64_t high = arguments.integer(3, "count", 0, held);
  if (!arguments.ok()) return env.Undefined();
  int64_t low = 0;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    Holder other{};
    memcpy(&other, bytes.data + static_cast<size_t>(middle) * sizeof(Holder), sizeof(Holder));
    const long order = ::syscall(SYS_kcmp, pid, other.pid, KCMP_FILE, fd, other.fd);
    if (order == 0) return number(env, middle);
    if (order == 1) {
      high = middle;
    } else if (order == 2) {
      low = middle + 1;
    } else {
      return env.Undefined();
    }
  }
  return number(env, -1 - low);
}

Napi::Value call_unix_sockets(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::vector<UnixSocket> sockets;
  const int failure = list_unix_sockets(&sockets);
  if (failure != 0) return number(env, failure);
  Napi::Array list = Napi::Array::New(env, 3 * sockets.size());
  uint32_t length = 0;
  for (const UnixSocket& socket : sockets) {
    for (const uint32_t value : {socket.inode, socket.peer, socket.queued}) {
      list.Set(length++, number(env, value));
    }
  }
  return list;
}

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

Directory open_descriptors(int pid) {
  std::array<char, 32> path{};
  static_cast<void>(snprintf(path.data(), path.size(), "/proc/%d/fd", pid));
  return {opendir(path.data()), closedir};
}

bool is_same_file(int pid1, int pid2, long fd) {
  return ::syscall(SYS_kcmp, pid1, pid2, KCMP_FILE, fd, fd) == 0;
}

// Most of what a child has it has inherited, under the same number: to ask kcmp costs a tenth of
// what it costs to look up the name once more.
Napi::Value call_descriptors(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Arguments arguments(info, "descriptors");
  const int pid = arguments.integer(0, "pid");
  const int ppid = arguments.integer(1, "ppid");
  if (!arguments.ok()) return env.Undefined();
  const Directory directory = open_descriptors(pid);
  if (!directory) return number(env, -errno);
  Napi::Array list = Napi::Array::New(env);
  uint32_t length = 0;
  std::array<char, PATH_MAX> name{};
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(directory.get());
    if (entry == nullptr) break;
    if (entry->d_name[0] == '.') continue;
    const long fd = strtol(entry->d_name, nullptr, 10);
    Napi::Value target = env.Undefined();
    if (!is_same_file(ppid, pid, fd)) {
      const ssize_t size =
          readlinkat(dirfd(directory.get()), entry->d_name, name.data(), name.size());
      if (size == -1 && errno == ENOENT) continue;  // closed meanwhile
      if (size == -1) return number(env, -errno);
      target = Napi::String::New(env, name.data(), static_cast<size_t>(size));
    }
    list.Set(length++, number(env, fd));
    list.Set(length++, target);
  }
  return errno == 0 ? list.As<Napi::Value>() : number(env, -errno);
}

}  // namespace

Napi::Object observation(Napi::Env env) {
  Napi::Object system = Napi::Object::New(env);
  system.Set("kcmp", Napi::Function::New<call_kcmp>(env, "kcmp"));
  system.Set("findOpenFile", Napi::Function::New<call_find_open_file>(env, "findOpenFile"));
  system.Set("unixSockets", Napi::Function::New<call_unix_sockets>(env, "unixSockets"));
  system.Set("descriptors", Napi::Function::New<call_descriptors>(env, "descriptors"));
  system.Set("KCMP_FILE", Napi::Number::New(env, KCMP_FILE));
  system.Set("O_ACCMODE", Napi::Number::New(env, O_ACCMODE));
  system.Set("O_CLOEXEC", Napi::Number::New(env, O_CLOEXEC));
  system.Set("SO_ACCEPTCON", Napi::Number::New(env, __SO_ACCEPTCON));
  system.Set("systemCalls", names(env, kSystemCalls));
  system.Set("tcpStates", names(env, kTcpStates));
  system.Set("unixStates", names(env, kUnixStates));
  Napi::Object object = Napi::Object::New(env);
  object.Set("linux", system);
  return object;
}

}  // namespace realfork
