// close(2), read(2), write(2), pipe(2), pipe2(2), dup(2), dup2(2), dup3(2).
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstring>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "own_descriptors.h"
#include "platform.h"
#include "results.h"
#include "transfer.h"
#include "watched_descriptors.h"

namespace realfork {
namespace {

uv_loop_t* loop_of(Napi::Env env) {
  uv_loop_t* loop = nullptr;
  return napi_get_uv_event_loop(env, &loop) == napi_ok ? loop : nullptr;
}

// Refuses a descriptor that Node needs: closed, or replaced by dup2, it would take the event loop
// with it, or hand a new socket of the same number to code of Node's that still thinks it its own.
// One of the program's that the loop watches is not watched any more.
bool may_be_closed(Arguments& arguments, const char* call, int fd) {
  uv_loop_t* const loop = loop_of(arguments.env());
  if (loop == nullptr) return true;
  const auto owner = owner_in_node(fd, loop);
  if (!owner) {
    if (stop_watching(loop, fd)) platform::unwatch(loop, fd);
    return true;
  }
  arguments.refuse("ERR_DESCRIPTOR_OF_NODE",
                   std::string(call) + "(): descriptor " + std::to_string(fd) +
                       " belongs to Node itself: it is " + *owner +
                       ". Close only descriptors that your program opened");
  return false;
}

// The same of one that a copy of another is to take the place of: of none (EBADF) nothing is
// closed.
bool may_be_replaced(Arguments& arguments, const char* call, int oldfd, int newfd) {
  if (oldfd == newfd || fcntl(oldfd, F_GETFD) == -1) return true;
  return may_be_closed(arguments, call, newfd);
}

}  // namespace

Napi::Value call_worker_has_started(const Napi::CallbackInfo& info) {
  worker_has_started();
  return info.Env().Undefined();
}

Napi::Value call_owner_in_node(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "ownerInNode");
  const int fd = arguments.integer(0, "fd");
  if (!arguments.ok()) return info.Env().Undefined();
  const uv_loop_t* const loop = loop_of(info.Env());
  const auto owner = loop == nullptr ? std::nullopt : owner_in_node(fd, loop);
  return owner ? Napi::String::New(info.Env(), *owner) : info.Env().Undefined();
}

Napi::Value call_close(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "close");
  const int fd = arguments.integer(0, "fd");
  if (!arguments.ok() || !may_be_closed(arguments, "close", fd)) return info.Env().Undefined();
  // EINTR (a socket that lingers): Linux has closed the descriptor all the same; never call again.
  return number(info.Env(), interruptible([&] { return ::close(fd); }));
}

Napi::Value call_read(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "read");
  const int fd = arguments.integer(0, "fd");
  const size_t length = arguments.bytes(1, "buffer").length;
  const size_t count = count_or_all(arguments, 2, length);
  if (!arguments.ok()) return info.Env().Undefined();
  Transfer transfer(count);
  const ssize_t got = interruptible([&] { return ::read(fd, transfer.data(), count); });
  const size_t filled = got < 0 ? 0 : static_cast<size_t>(got);
  if (!deliver(arguments, info[1], "buffer", transfer.data(), filled))
    return info.Env().Undefined();
  return number(info.Env(), got);
}

Napi::Value call_write(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "write");
  const int fd = arguments.integer(0, "fd");
  if (arguments.given(1) && arguments.value(1).IsString()) {
    const std::string text = arguments.value(1).As<Napi::String>().Utf8Value();
    const size_t count = count_or_all(arguments, 2, text.size());
    if (!arguments.ok()) return info.Env().Undefined();
    return number(info.Env(), interruptible([&] { return ::write(fd, text.data(), count); }));
  }
  const Bytes data = arguments.bytes(1, "data");
  const size_t count = count_or_all(arguments, 2, data.length);
  if (!arguments.ok()) return info.Env().Undefined();
  Transfer transfer(count);
  if (count > 0) memcpy(transfer.data(), data.data, count);
  return number(info.Env(), interruptible([&] { return ::write(fd, transfer.data(), count); }));
}

Napi::Value call_pipe(const Napi::CallbackInfo& info) {
  int ends[2];
  const int result = interruptible([&] { return ::pipe(ends); });
  if (result < 0) return number(info.Env(), result);
  return descriptor_pair(info.Env(), ends);
}

Napi::Value call_dup(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "dup");
  const int fd = arguments.integer(0, "fd");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::dup(fd); }));
}

Napi::Value call_dup2(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "dup2");
  const int oldfd = arguments.integer(0, "oldfd");
  const int newfd = arguments.integer(1, "newfd");
  if (!arguments.ok()) return info.Env().Undefined();
  if (!may_be_replaced(arguments, "dup2", oldfd, newfd)) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::dup2(oldfd, newfd); }));
}

Napi::Value call_pipe2(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "pipe2");
  const int flags = arguments.integer(0, "flags");
  if (!arguments.ok()) return info.Env().Undefined();
  int ends[2];
  const int result = interruptible([&] { return ::pipe2(ends, flags); });
  if (result < 0) return number(info.Env(), result);
  if ((flags & O_CLOEXEC) != 0) note_closed_on_exec(ends[0]);
  return descriptor_pair(info.Env(), ends);
}

Napi::Value call_dup3(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "dup3");
  const int oldfd = arguments.integer(0, "oldfd");
  const int newfd = arguments.integer(1, "newfd");
  const int flags = arguments.integer(2, "flags");
  if (!arguments.ok()) return info.Env().Undefined();
  const bool is_valid = (flags & ~O_CLOEXEC) == 0;  // else EINVAL, and nothing is closed
  if (is_valid && !may_be_replaced(arguments, "dup3", oldfd, newfd)) return info.Env().Undefined();
  const int result = interruptible([&] { return ::dup3(oldfd, newfd, flags); });
  if (result >= 0 && (flags & O_CLOEXEC) != 0) note_closed_on_exec(result);
  return number(info.Env(), result);
}

}  // namespace realfork
