// libuv tells the kernel of a descriptor when the loop next waits, and in a child of all of them
// anew:
//
//   parent: net.Socket({ fd: 20 })
//     child: close(20), as the books do
//       its loop waits: epoll_ctl(20): EBADF, abort()
//
// And what is opened in between under that number would be watched in its place.
#include "watched_descriptors.h"

#include <fcntl.h>

#include "rings.h"

namespace realfork {
namespace {

uv__io_t* watcher_of(const uv_loop_t* loop, int fd) {
  if (fd < 0 || static_cast<unsigned>(fd) >= loop->nwatchers) return nullptr;
  return static_cast<uv__io_t*>(loop->watchers[fd]);
}

}  // namespace

bool stop_watching(uv_loop_t* loop, int fd) {
  uv__io_t* const watcher = watcher_of(loop, fd);
  if (watcher == nullptr) return false;
  const bool is_told = watcher->events != 0;
  // As uv__io_stop() of libuv.
  take_out(as_ring(&watcher->watcher_queue));
  make_empty(as_ring(&watcher->watcher_queue));
  watcher->pevents = 0;
  watcher->events = 0;
  loop->watchers[fd] = nullptr;
  loop->nfds -= 1;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* closed) {
        uv_os_fd_t own = -1;
        if (uv_fileno(handle, &own) == 0 && own == *static_cast<int*>(closed)) uv_unref(handle);
      },
      &fd);
  return is_told;
}

void stop_watching_closed(uv_loop_t* loop) {
  for (unsigned fd = 0; fd < loop->nwatchers; ++fd) {
    const int number = static_cast<int>(fd);
    if (watcher_of(loop, number) != nullptr && fcntl(number, F_GETFD) == -1) {
      stop_watching(loop, number);
    }
  }
}

}  // namespace realfork
