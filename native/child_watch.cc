// A pidfd on Linux, a kqueue with EVFILT_PROC on FreeBSD. No thread, no signal, no polling.
#include "child_watch.h"

#include <errno.h>
#include <unistd.h>
#include <uv.h>

#include <memory>
#include <unordered_map>
#include <utility>

#include "arguments.h"
#include "exports.h"
#include "platform.h"
#include "results.h"

namespace realfork {
namespace {

class ChildWatch;

enum class Descriptor { kClose, kLeave };

// Of the environment of this thread, by the number that JavaScript knows them by: one that has
// stopped is not there any more.
bool any_on_main_thread = false;  // a watch has been started there
thread_local std::unordered_map<int, ChildWatch*> watches;
thread_local int last_number = 0;

/**
 * Waits for the end of one process. What it has of JavaScript goes when it stops; it itself goes
 * when libuv is done with its handle, and the environment does not end before:
 *
 *   worker.terminate()
 *     the hook: stop(), the function is given up, the handle closes
 *     the loop turns: the handle is closed, the watch is deleted
 *   the environment and the loop end
 */
class ChildWatch {
 public:
  /**
   * The number to stop it by, or libuv's error, which is a negative errno. The descriptor is its
   * own from here on, also if it fails.
   */
  static int start(Napi::Env env, uv_loop_t* loop, int fd, Napi::Function ended) {
    auto watch = std::make_unique<ChildWatch>(env, fd);
    if (const int failure = uv_poll_init(loop, &watch->poll_, fd); failure != 0) {
      ::close(fd);
      return failure;
    }
    ChildWatch* const self = watch.release();  // libuv has its handle: it owns itself
    self->poll_.data = self;
    self->callback_ = std::make_unique<Callback>(env, ended);
    napi_add_async_cleanup_hook(env, on_environment_end, self, &self->hook_);
    self->number_ = ++last_number;
    watches[self->number_] = self;
    uv_poll_start(&self->poll_, UV_READABLE, on_readable);
    return self->number_;
  }

  ChildWatch(Napi::Env env, int fd) : env_(env), fd_(fd) {}

  void stop(Descriptor descriptor) {
    if (watches.erase(number_) == 0) return;  // it has been stopped, and still closes
    callback_.reset();
    uv_poll_stop(&poll_);
    if (descriptor == Descriptor::kClose) ::close(fd_);
    uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
      const std::unique_ptr<ChildWatch> closed(static_cast<ChildWatch*>(handle->data));
      napi_remove_async_cleanup_hook(closed->hook_);
    });
  }

 private:
  struct Callback {
    Callback(Napi::Env env, Napi::Function ended)
        : function(Napi::Persistent(ended)), context(env, "realfork:waitpid") {}
    Napi::FunctionReference function;
    Napi::AsyncContext context;
  };

  static void on_environment_end(napi_async_cleanup_hook_handle, void* watch) {
    static_cast<ChildWatch*>(watch)->stop(Descriptor::kClose);
  }

  static void on_readable(uv_poll_t* poll, int, int) {
    auto* watch = static_cast<ChildWatch*>(poll->data);
    const Napi::Env env = watch->env_;
    const Napi::HandleScope scope(env);
    const std::unique_ptr<Callback> callback = std::move(watch->callback_);
    watch->stop(Descriptor::kClose);
    callback->function.MakeCallback(env.Global(), {}, callback->context);
  }

  Napi::Env env_;
  int fd_;
  int number_ = 0;
  std::unique_ptr<Callback> callback_;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  uv_poll_t poll_{};
};

}  // namespace

// A pidfd is a copy, which is closed. libuv takes it out of the loop's epoll instance: no sooner
// than that is not the parent's any more. A kqueue is not inherited. Its number is free, and libuv
// may get it for what it makes anew:
//
//   parent: waits for a child, by the kqueue 9
//     child: uv_loop_fork(): what wakes the loop is 9; in the loop's table 9 is the watch
//     child: the watch goes, and nothing is 9: nobody wakes the loop
void forget_watched_children(LoopIs whose) {
  // A thread's own map is made when it is first looked at: most children would make one for
  // nothing.
  if (!any_on_main_thread) return;
  const bool is_inherited = platform::kInheritsEndOfProcess;
  if (whose != (is_inherited ? LoopIs::kOfChild : LoopIs::kOfParent)) return;
  const auto descriptor = is_inherited ? Descriptor::kClose : Descriptor::kLeave;
  while (!watches.empty()) watches.begin()->second->stop(descriptor);
}

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
  if (platform::is_main_thread()) any_on_main_thread = true;
  return number(env, ChildWatch::start(env, loop, fd, ended));
}

/** unwatchChild(watch): gives up a watch whose `ended` has not been called. */
Napi::Value call_unwatch_child(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "unwatchChild");
  const int number = arguments.integer(0, "watch");
  if (!arguments.ok()) return info.Env().Undefined();
  const auto found = watches.find(number);
  if (found != watches.end()) found->second->stop(Descriptor::kClose);
  return info.Env().Undefined();
}

}  // namespace realfork
