// Processes, descriptors and open files as sysctl(3) lists them: there need be no /proc.
#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/proc.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/types.h>
#include <sys/user.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "addresses.h"
#include "arguments.h"
#include "observe.h"
#include "results.h"
#include "signal_sets.h"

namespace realfork {
namespace {

// The records that the kernel writes are of these sizes, whatever it was built for of 64 bits.
static_assert(sizeof(kinfo_proc) == 1088 && sizeof(kinfo_proc) == KINFO_PROC_SIZE);
static_assert(sizeof(kinfo_file) == 1392);
static_assert(sizeof(xfile) == 128);

// A table of the kernel's, which may grow between the two calls that it takes to read it. Empty,
// with errno set, if it may not be read.
std::vector<char> table(std::vector<int> name) {
  std::vector<char> buffer;
  for (;;) {
    size_t size = 0;
    if (sysctl(name.data(), static_cast<u_int>(name.size()), nullptr, &size, nullptr, 0) == -1) {
      return {};
    }
    buffer.resize(size + size / 4 + sizeof(kinfo_proc));
    size = buffer.size();
    if (sysctl(name.data(), static_cast<u_int>(name.size()), buffer.data(), &size, nullptr, 0) ==
        0) {
      buffer.resize(size);
      return buffer;
    }
    if (errno != ENOMEM) return {};
  }
}

// ps(1)'s letter.
const char* state_letter(char stat) {
  switch (stat) {
    case SRUN:
      return "R";
    case SSTOP:
      return "T";
    case SZOMB:
      return "Z";
    case SIDL:
      return "I";
    case SWAIT:
      return "W";
    case SLOCK:
      return "L";
    default:
      return "S";
  }
}

Napi::Object process_object(Napi::Env env, const kinfo_proc& process) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("pid", number(env, process.ki_pid));
  object.Set("ppid", number(env, process.ki_ppid));
  object.Set("state", Napi::String::New(env, state_letter(process.ki_stat)));
  object.Set("name", Napi::String::New(env, process.ki_comm));
  object.Set("threads", number(env, process.ki_numthreads));
  object.Set("waitsFor", Napi::String::New(env, process.ki_wmesg));
  object.Set("pending", signal_numbers(env, process.ki_siglist));
  object.Set("blocked", signal_numbers(env, process.ki_sigmask));
  object.Set("ignored", signal_numbers(env, process.ki_sigignore));
  // libthr handles SIGTHR in every process with threads: it is the library's own, as it tells
  // sigaction(2).
  sigset_t caught = process.ki_sigcatch;
  sigdelset(&caught, SIGTHR);
  object.Set("caught", signal_numbers(env, caught));
  return object;
}

// KERN_PROC_PROC: one entry for each process, whatever its threads.
Napi::Value call_processes(const Napi::CallbackInfo& info) {
  const std::vector<char> bytes = table({CTL_KERN, KERN_PROC, KERN_PROC_PROC});
  Napi::Array list = Napi::Array::New(info.Env());
  for (size_t at = 0; at + sizeof(kinfo_proc) <= bytes.size(); at += sizeof(kinfo_proc)) {
    kinfo_proc process;
    memcpy(&process, bytes.data() + at, sizeof process);
    list.Set(list.Length(), process_object(info.Env(), process));
  }
  return list;
}

const char* type_name(int type) {
  switch (type) {
    case KF_TYPE_VNODE:
    case KF_TYPE_DEV:
      return "file";
    case KF_TYPE_SOCKET:
      return "socket";
    case KF_TYPE_PIPE:
    case KF_TYPE_FIFO:
      return "pipe";
    case KF_TYPE_KQUEUE:
      return "kqueue";
    case KF_TYPE_EVENTFD:
      return "eventfd";
    case KF_TYPE_PTS:
      return "terminal";
    default:
      return "other";
  }
}

Napi::Value address_or_undefined(Napi::Env env, const sockaddr_storage& storage) {
  if (storage.ss_family == AF_UNSPEC) return env.Undefined();
  SocketAddress address;
  address.storage = storage;
  address.length = storage.ss_len;
  return address_object(env, address);
}

// An address of the kernel's serves as a name: as text, since JavaScript would round it.
Napi::String name_of(Napi::Env env, uint64_t address) {
  return Napi::String::New(env, std::to_string(address));
}

Napi::Object descriptor_object(Napi::Env env, const kinfo_file& file) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("fd", number(env, file.kf_fd));
  object.Set("kind", Napi::String::New(env, type_name(file.kf_type)));
  object.Set("path", Napi::String::New(env, file.kf_path));
  object.Set("nonBlocking", Napi::Boolean::New(env, (file.kf_flags & KF_FLAG_NONBLOCK) != 0));
  object.Set("append", Napi::Boolean::New(env, (file.kf_flags & KF_FLAG_APPEND) != 0));
  if (file.kf_type == KF_TYPE_SOCKET) {
    object.Set("domain", number(env, file.kf_un.kf_sock.kf_sock_domain0));
    object.Set("type", number(env, file.kf_un.kf_sock.kf_sock_type0));
    object.Set("local", address_or_undefined(env, file.kf_un.kf_sock.kf_sa_local));
    object.Set("peer", address_or_undefined(env, file.kf_un.kf_sock.kf_sa_peer));
    if (file.kf_un.kf_sock.kf_sock_domain0 == AF_UNIX) {
      object.Set("end", name_of(env, file.kf_un.kf_sock.kf_sock_pcb));
      object.Set("otherEnd", name_of(env, file.kf_un.kf_sock.kf_sock_unpconn));
    }
  }
  return object;
}

// As kinfo_getfile(3) does, which is in libutil: records of their own length, shortened where a
// path is. The current directory and its like have negative numbers.
Napi::Value call_descriptors(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "descriptors");
  const int pid = arguments.integer(0, "pid");
  if (!arguments.ok()) return info.Env().Undefined();
  const std::vector<char> bytes = table({CTL_KERN, KERN_PROC, KERN_PROC_FILEDESC, pid});
  if (bytes.empty()) return number(info.Env(), -errno);
  Napi::Array list = Napi::Array::New(info.Env());
  size_t at = 0;
  while (at + sizeof(int) <= bytes.size()) {
    int length = 0;
    memcpy(&length, bytes.data() + at, sizeof length);
    if (length <= 0 || at + static_cast<size_t>(length) > bytes.size()) break;
    kinfo_file file{};
    memcpy(&file, bytes.data() + at, std::min(static_cast<size_t>(length), sizeof file));
    if (file.kf_fd >= 0) list.Set(list.Length(), descriptor_object(info.Env(), file));
    at += static_cast<size_t>(length);
  }
  return list;
}

// kern.file: every descriptor of every process that may be seen, with the open file that it refers
// to.
Napi::Value call_open_files(const Napi::CallbackInfo& info) {
  const std::vector<char> bytes = table({CTL_KERN, KERN_FILE});
  Napi::Array list = Napi::Array::New(info.Env());
  for (size_t at = 0; at + sizeof(xfile) <= bytes.size(); at += sizeof(xfile)) {
    xfile file;
    memcpy(&file, bytes.data() + at, sizeof file);
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("pid", number(info.Env(), file.xf_pid));
    object.Set("fd", number(info.Env(), file.xf_fd));
    object.Set("file", name_of(info.Env(), file.xf_file));
    object.Set("references", number(info.Env(), file.xf_count));
    list.Set(list.Length(), object);
  }
  return list;
}

}  // namespace

Napi::Object observation(Napi::Env env) {
  Napi::Object system = Napi::Object::New(env);
  system.Set("processes", Napi::Function::New<call_processes>(env, "processes"));
  system.Set("descriptors", Napi::Function::New<call_descriptors>(env, "descriptors"));
  system.Set("openFiles", Napi::Function::New<call_open_files>(env, "openFiles"));
  Napi::Object object = Napi::Object::New(env);
  object.Set("freebsd", system);
  return object;
}

}  // namespace realfork
