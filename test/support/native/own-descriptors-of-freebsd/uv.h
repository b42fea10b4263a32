/* By source: what there is of libuv's uv_loop_t on FreeBSD that the package looks at. */
#pragma once

struct uv__io_t {
  int fd;
};

struct uv_loop_t {
  int backend_fd;
  uv__io_t async_io_watcher;
  int async_wfd;
  int signal_pipefd[2];
};
