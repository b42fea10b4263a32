// Descriptors 0, 1 and 2 over exec.
#ifndef REALFORK_STANDARD_DESCRIPTORS_H_
#define REALFORK_STANDARD_DESCRIPTORS_H_

#include <fcntl.h>
#include <unistd.h>

namespace realfork {

// Node marks the descriptors that it was started with close-on-exec. A program expects its standard
// ones to be there; if the call fails they are marked again, as child_process expects.
class StandardDescriptorsKept {
 public:
  StandardDescriptorsKept() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      before_[fd] = fcntl(fd, F_GETFD);
      if (before_[fd] != -1) fcntl(fd, F_SETFD, before_[fd] & ~FD_CLOEXEC);
    }
  }
  ~StandardDescriptorsKept() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      if (before_[fd] != -1) fcntl(fd, F_SETFD, before_[fd]);
    }
  }
  StandardDescriptorsKept(const StandardDescriptorsKept&) = delete;
  StandardDescriptorsKept& operator=(const StandardDescriptorsKept&) = delete;

 private:
  int before_[STDERR_FILENO + 1] = {};
};

}  // namespace realfork

#endif  // REALFORK_STANDARD_DESCRIPTORS_H_
