// Descriptors 0, 1 and 2 over exec and fork.
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

// libuv makes a pipe of its own anew in each child before fork(2) returns there, of the lowest
// descriptors that are free, and it never closes a standard one:
//
//   parent: close(0)
//     child: libuv's pipe is 0 and 4
//       its child: libuv closes the pipe: 0 is none that it closes, abort()
//
// So none of them is free while a process forks.
class StandardDescriptorsTaken {
 public:
  /** `fd`: any that a child inherits. */
  explicit StandardDescriptorsTaken(int fd) {
    for (;;) {
      lowest_free_ = fcntl(fd, F_DUPFD_CLOEXEC, STDIN_FILENO);
      if (lowest_free_ == -1) return;
      if (lowest_free_ > STDERR_FILENO) break;
      taken_[lowest_free_] = true;
    }
    close(lowest_free_);
  }
  ~StandardDescriptorsTaken() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      if (taken_[fd]) close(fd);
    }
  }
  StandardDescriptorsTaken(const StandardDescriptorsTaken&) = delete;
  StandardDescriptorsTaken& operator=(const StandardDescriptorsTaken&) = delete;

  /** The lowest descriptor that is free, but for the standard ones; -1: none is. */
  int lowest_free() const { return lowest_free_; }

 private:
  bool taken_[STDERR_FILENO + 1] = {};
  int lowest_free_ = -1;
};

}  // namespace realfork

#endif  // REALFORK_STANDARD_DESCRIPTORS_H_
