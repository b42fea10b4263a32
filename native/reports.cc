#include "reports.h"

#include <errno.h>
#include <unistd.h>

#include <array>

namespace realfork {

int write_report(int fd, const Report& report) {
  ssize_t written = 0;
  do {
    written = ::write(fd, &report, sizeof(report));
  } while (written == -1 && errno == EINTR);
  return written == -1 ? -errno : 0;
}

// A pipe holds whole records, so what is read of it in multiples of one is whole too.
std::vector<Report> reports_in(int fd) {
  std::vector<Report> all;
  std::array<Report, 64> some;
  for (;;) {
    const ssize_t length = ::read(fd, some.data(), sizeof(some));
    if (length == -1 && errno == EINTR) continue;
    if (length <= 0) return all;
    const auto count = static_cast<std::ptrdiff_t>(static_cast<size_t>(length) / sizeof(Report));
    all.insert(all.end(), some.begin(), some.begin() + count);
  }
}

}  // namespace realfork
