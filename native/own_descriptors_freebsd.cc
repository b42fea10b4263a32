#include <fcntl.h>
#include <sys/sysctl.h>
#include <sys/types.h>
#include <sys/user.h>
#include <unistd.h>

#include <cstring>

#include "own_descriptors.h"

namespace realfork::platform {
namespace {

using Kind = Descriptor::Kind;

Kind kind_of(const struct kinfo_file& file) {
  switch (file.kf_type) {
    case KF_TYPE_KQUEUE:
      return Kind::kEvents;
    case KF_TYPE_EVENTFD:
      return Kind::kWakeUp;
    case KF_TYPE_PIPE:
      return Kind::kPipe;
    case KF_TYPE_VNODE:
      return strcmp(file.kf_path, "/") == 0 ? Kind::kRoot : Kind::kOther;
    default:
      return Kind::kOther;
  }
}

// The same number for both ends of a pipe: the address of the pair lies below both (kf_un.kf_pipe).
ino_t number_of_pipe(const struct kinfo_file& file) {
  const auto here = file.kf_un.kf_pipe.kf_pipe_addr;
  const auto there = file.kf_un.kf_pipe.kf_pipe_peer;
  return static_cast<ino_t>(here < there ? here : there);
}

ino_t inode_of(Kind kind, const struct kinfo_file& file) {
  switch (kind) {
    case Kind::kPipe:
      return number_of_pipe(file);
    case Kind::kRoot:
      return static_cast<ino_t>(file.kf_un.kf_file.kf_file_fileid);
    default:
      return 0;
  }
}

}  // namespace

std::optional<Descriptor> descriptor(int fd) {
  struct kinfo_file file {};
  file.kf_structsize = sizeof(file);
  const int flags = fcntl(fd, F_GETFD);
  if (flags == -1 || fcntl(fd, F_KINFO, &file) == -1) return std::nullopt;
  const Kind kind = kind_of(file);
  const bool waits = (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
  return Descriptor{fd, kind, inode_of(kind, file), (flags & FD_CLOEXEC) != 0, waits};
}

std::vector<Descriptor> descriptors() {
  std::vector<Descriptor> list;
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_NFDS, 0};
  int open = 0;
  size_t size = sizeof(open);
  if (sysctl(name, 4, &open, &size, nullptr, 0) == -1) return list;
  const int end = getdtablesize();
  for (int fd = 0; fd < end && open > 0; ++fd) {
    const auto found = descriptor(fd);
    if (!found) continue;
    --open;
    if (fd > STDERR_FILENO) list.push_back(*found);
  }
  return list;
}

int one_more_descriptor_of(const uv_loop_t*) { return -1; }

}  // namespace realfork::platform
