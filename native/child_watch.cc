// Word from the kernel that a process has ended, for programs that live in the event loop: a pidfd
// on Linux, a kqueue with EVFILT_PROC on FreeBSD. No thread, no signal, no polling.
#include <errno.h>
#include <unistd.h>
#include <uv.h>

#include <unordered_map>

#include "arguments.h"
#include "exports.h"
#include "platform.h"
#include "results.h"

namespace realfork {
namespace {

class ChildWatch;

// By the number that JavaScript knows them by: one that has ended is not there any more.
thread_local std::unordered_map<int, ChildWatch*> watches;
thread_local int last_number = 0;

/** Owns itself: it ends when the process has, or when JavaScript gives it up. */
class ChildWatch {
 public:
  ChildWatch(Napi::Env env, int fd, Napi::Function ended)
      : env_(env), fd_(fd), ended_(Napi::Persistent(ended)), context_(env, "realfork:waitpid") {
    napi_add_env_cleanup_hook(env_, on_cleanup, this);
  }

  /** The number to stop it by, or the negative errno, and it is gone. */
  int start(uv_loop_t* loop) {
    poll_.data = this;
    const int failure = uv_poll_init(loop, &poll_, fd_);
    if (failure != 0) {
      ::close(fd_);
      napi_remove_env_cleanup_hook(env_, on_cleanup, this);
      delete this;
      return failure;
    }
    number_ = ++last_number;
    watches[number_] = this;
    uv_poll_start(&poll_, UV_READABLE, on_readable);
    return number_;
  }

  void stop() {
    watches.erase(number_);
    napi_remove_env_cleanup_hook(env_, on_cleanup, this);
    uv_poll_stop(&poll_);
    ::close(fd_);
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
  int number_ = 0;
  Napi::FunctionReference ended_;
  Napi::AsyncContext context_;
  uv_poll_t poll_{};
};

}  // namespace

/** watchChild(pid, ended): calls `ended` once when the process has ended. Its number, or -errno. */
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
  return number(env, watch->start(loop));  // libuv's errors are negative errnos as well
}

/** unwatchChild(watch): gives up a watch whose `ended` has not been called. */
Napi::Value call_unwatch_child(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "unwatchChild");
  const int number = arguments.integer(0, "watch");
  if (!arguments.ok()) return info.Env().Undefined();
  const auto found = watches.find(number);
  if (found != watches.end()) found->second->stop();
  return info.Env().Undefined();
}

}  // namespace realfork
