// Word from the kernel that a process has ended, for programs that live in the event loop: a pidfd
// on Linux, a kqueue with EVFILT_PROC on FreeBSD. No thread, no signal, no polling.
#include <errno.h>
#include <unistd.h>
#include <uv.h>

#include "arguments.h"
#include "exports.h"
#include "platform.h"
#include "results.h"

namespace realfork {
namespace {

/** Owns itself: it ends when the process has, or when JavaScript gives it up. */
class ChildWatch {
 public:
  ChildWatch(Napi::Env env, int fd, Napi::Function ended)
      : env_(env), fd_(fd), ended_(Napi::Persistent(ended)), context_(env, "realfork:waitpid") {
    napi_add_env_cleanup_hook(env_, on_cleanup, this);
  }

  int start(uv_loop_t* loop) {
    poll_.data = this;
    const int failure = uv_poll_init(loop, &poll_, fd_);
    if (failure != 0) {
      ::close(fd_);
      napi_remove_env_cleanup_hook(env_, on_cleanup, this);
      delete this;
      return failure;
    }
    return uv_poll_start(&poll_, UV_READABLE, on_readable);
  }

  void stop() {
    if (fd_ == -1) return;
    napi_remove_env_cleanup_hook(env_, on_cleanup, this);
    uv_poll_stop(&poll_);
    ::close(fd_);
    fd_ = -1;
    uv_close(reinterpret_cast<uv_handle_t*>(&poll_),
             [](uv_handle_t* handle) { delete static_cast<ChildWatch*>(handle->data); });
  }

 private:
  static void on_cleanup(void* watch) { static_cast<ChildWatch*>(watch)->stop(); }

  static void on_readable(uv_poll_t* poll, int, int) {
    auto* watch = static_cast<ChildWatch*>(poll->data);
    watch->stop();
    const Napi::HandleScope scope(watch->env_);
    watch->ended_.MakeCallback(watch->env_.Global(), {}, watch->context_);
  }

  Napi::Env env_;
  int fd_;
  Napi::FunctionReference ended_;
  Napi::AsyncContext context_;
  uv_poll_t poll_{};
};

}  // namespace

/** watchChild(pid, ended): calls `ended` once when the process has ended. A handle, or -errno. */
Napi::Value call_watch_child(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "watchChild");
  const Napi::Env env = info.Env();
  const auto pid = static_cast<pid_t>(arguments.integer(0, "pid", 1, INT32_MAX));
  const Napi::Function ended = arguments.function(1, "ended");
  if (!arguments.ok()) return env.Undefined();
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return number(env, -EINVAL);
  const int fd = platform::open_end_of_process(pid);
  if (fd < 0) return number(env, fd);
  auto* watch = new ChildWatch(env, fd, ended);
  const int failure = watch->start(loop);
  if (failure != 0) return number(env, failure);  // libuv's errors are negative errnos as well
  return Napi::External<ChildWatch>::New(env, watch);
}

/** unwatchChild(handle): gives up a watch whose `ended` has not been called. */
Napi::Value call_unwatch_child(const Napi::CallbackInfo& info) {
  info[0].As<Napi::External<ChildWatch>>().Data()->stop();
  return info.Env().Undefined();
}

}  // namespace realfork
