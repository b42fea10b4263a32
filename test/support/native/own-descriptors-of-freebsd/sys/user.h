/* By source: of FreeBSD's <sys/user.h> and <sys/fcntl.h>, with the members that the package looks at. */
#pragma once

#include <cstdint>

constexpr int F_KINFO = 22;

constexpr int KF_TYPE_VNODE = 1;
constexpr int KF_TYPE_SOCKET = 2;
constexpr int KF_TYPE_PIPE = 3;
constexpr int KF_TYPE_KQUEUE = 5;
constexpr int KF_TYPE_EVENTFD = 13;

struct kinfo_file {
  int kf_structsize;
  int kf_type;
  int kf_fd;
  union {
    struct {
      uint64_t kf_file_fileid;
    } kf_file;
    struct {
      uint64_t kf_pipe_addr;
      uint64_t kf_pipe_peer;
    } kf_pipe;
  } kf_un;
  char kf_path[1024];
};
