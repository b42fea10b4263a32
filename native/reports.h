// What a child that waits for clients by itself tells its server of them: records in a pipe, each
// written in one piece.
#ifndef REALFORK_REPORTS_H_
#define REALFORK_REPORTS_H_

#include <limits.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "addresses.h"

namespace realfork {

struct Report {
  enum class What : std::uint8_t { kTaken, kServed };

  What what = What::kTaken;
  pid_t pid = 0;
  /** A clock that all processes have in common. */
  std::chrono::steady_clock::time_point at;
  /** Of kServed: what the child would have exited with. */
  int status = 0;
  /** Of kTaken: the client, and the index of its listener. */
  size_t listener = 0;
  SocketAddress peer;
};

static_assert(std::is_trivially_copyable_v<Report>, "its bytes go from process to process");
static_assert(sizeof(Report) <= _POSIX_PIPE_BUF, "else it would be written in pieces");

/** 0, or -EAGAIN: the pipe is full; -errno. */
int write_report(int fd, const Report& report);

/** All that there are. The pipe does not block. */
std::vector<Report> reports_in(int fd);

}  // namespace realfork

#endif  // REALFORK_REPORTS_H_
