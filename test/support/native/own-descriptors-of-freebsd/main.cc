/*
 * Which descriptors of a Node are its own on FreeBSD, as native/own_descriptors*.cc have it, and
 * this file in place of the kernel: by source, as nobody has run it there. Prints a line for each,
 * "fd owner", with "-" where the program may close it.
 */
#include <fcntl.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <uv.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <map>

#include "own_descriptors.h"

namespace {

struct File {
  int type;
  const char* path;      // of a vnode
  uint64_t here, there;  // the ends of a pipe
  bool waits;
  bool closes_on_exec;
  int bytes;
};

constexpr uint64_t kRootInode = 2;

File kqueue() { return {KF_TYPE_KQUEUE, "", 0, 0, true, true, 0}; }
File vnode(const char* path, bool closes_on_exec = true) {
  return {KF_TYPE_VNODE, path, 0, 0, true, closes_on_exec, 0};
}
File pipe_end(uint64_t here, uint64_t there, bool waits = false, int bytes = 0) {
  return {KF_TYPE_PIPE, "", here, there, waits, true, bytes};
}

/* libuv makes a kqueue, the pipe of its signals, and "/" for each loop; the lock of all loops is a
 * pipe that blocks. */
std::map<int, File> files{
    {3, vnode("/")},  // from the parent process: Node marks it close-on-exec
    {4, kqueue()},    // of the main thread's loop
    {5, pipe_end(501, 502)},
    {6, pipe_end(502, 501)},
    {7, vnode("/")},
    {8, kqueue()},  // of the loop of another thread
    {9, vnode("/")},
    {10, pipe_end(1001, 1002, true, 1)},
    {11, pipe_end(1002, 1001, true)},
    {12, pipe_end(1201, 1202)},  // its other end is elsewhere
    {13, vnode("/etc")},
    {14, vnode("/", false)},
};

const uv_loop_t loop{4, {7}, -1, {5, 6}};

void tell(const char* when) {
  for (const auto& [fd, file] : files) {
    printf("%s %d %s\n", when, fd, realfork::owner_in_node(fd, &loop).value_or("-").c_str());
  }
}

}  // namespace

extern "C" int told_fcntl(int fd, int command, ...) {
  const auto found = files.find(fd);
  if (found == files.end()) return -1;
  const File& file = found->second;
  if (command == F_GETFD) return file.closes_on_exec ? FD_CLOEXEC : 0;
  if (command == F_GETFL) return file.waits ? 0 : O_NONBLOCK;
  if (command != F_KINFO) return -1;
  va_list rest;
  va_start(rest, command);
  auto* told = va_arg(rest, kinfo_file*);
  va_end(rest);
  if (told->kf_structsize != sizeof(kinfo_file)) return -1;
  told->kf_type = file.type;
  if (file.type == KF_TYPE_PIPE) told->kf_un.kf_pipe = {file.here, file.there};
  if (file.type == KF_TYPE_VNODE) told->kf_un.kf_file = {kRootInode};
  strcpy(told->kf_path, file.path);
  return 0;
}

/* FIONREAD */
extern "C" int told_ioctl(int fd, unsigned long request, ...) noexcept {
  const auto found = files.find(fd);
  if (found == files.end()) return -1;
  va_list rest;
  va_start(rest, request);
  *va_arg(rest, int*) = found->second.bytes;
  va_end(rest);
  return 0;
}

int sysctl(const int*, unsigned, void* old, size_t*, const void*, size_t) {
  *static_cast<int*>(old) = static_cast<int>(files.size());
  return 0;
}

int main() {
  realfork::note_own_descriptors();
  tell("loaded");
  files[9] = vnode("/tmp");  // closed by Node, and its number taken by the program
  files[15] = vnode("/");
  tell("later");
  return 0;
}
