#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "own_descriptors.h"

namespace realfork::platform {
namespace {

using Kind = Descriptor::Kind;

// epoll, eventfd and io_uring have no file type, and no other name than this one.
Kind anonymous_kind(int fd) {
  std::array<char, 64> path{};
  std::array<char, 64> link{};
  static_cast<void>(snprintf(path.data(), path.size(), "/proc/self/fd/%d", fd));
  const ssize_t length = readlink(path.data(), link.data(), link.size());
  const std::string name(link.data(), length == -1 ? 0 : static_cast<size_t>(length));
  if (name == "anon_inode:[eventpoll]") return Kind::kEvents;
  if (name == "anon_inode:[eventfd]") return Kind::kWakeUp;
  if (name == "anon_inode:[io_uring]") return Kind::kRing;
  return Kind::kOther;
}

// A FIFO, which an event loop has none of.
bool has_a_name(int fd) {
  struct statfs system {};
  return fstatfs(fd, &system) == 0 && system.f_type != PIPEFS_MAGIC;
}

}  // namespace

std::optional<Descriptor> descriptor(int fd) {
  struct stat status {};
  const int flags = fcntl(fd, F_GETFD);
  if (flags == -1 || fstat(fd, &status) == -1) return std::nullopt;
  Descriptor found{fd, Kind::kOther, status.st_ino, (flags & FD_CLOEXEC) != 0, true};
  if (S_ISFIFO(status.st_mode) && !has_a_name(fd)) {
    found.kind = Kind::kPipe;
    found.waits = (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
  }
  if ((status.st_mode & S_IFMT) == 0) found.kind = anonymous_kind(fd);
  return found;
}

std::vector<Descriptor> descriptors() {
  std::vector<Descriptor> list;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc/self/fd"), closedir);
  if (!directory) return list;
  while (const dirent* entry = readdir(directory.get())) {
    const int fd = static_cast<int>(strtol(entry->d_name, nullptr, 10));
    if (fd <= STDERR_FILENO || fd == dirfd(directory.get())) continue;
    if (const auto found = descriptor(fd)) list.push_back(*found);
  }
  std::sort(list.begin(), list.end(),
            [](const Descriptor& a, const Descriptor& b) { return a.fd < b.fd; });
  return list;
}

int one_more_descriptor_of(const uv_loop_t* loop) { return loop->inotify_fd; }

}  // namespace realfork::platform
