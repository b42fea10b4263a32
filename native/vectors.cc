// readv(2), writev(2).
#include <sys/uio.h>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"
#include "transfer.h"

namespace realfork {

Napi::Value call_readv(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "readv");
  const int fd = arguments.integer(0, "fd");
  Segments segments(arguments, arguments.array(1, "iov"), "iov", Segments::For::kReceiving);
  if (!arguments.ok()) return info.Env().Undefined();
  const auto count = static_cast<int>(segments.count());
  const ssize_t got = interruptible([&] { return ::readv(fd, segments.iov(), count); });
  if (got > 0 && !segments.deliver_all(arguments, static_cast<size_t>(got))) {
    return info.Env().Undefined();
  }
  return number(info.Env(), got);
}

Napi::Value call_writev(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "writev");
  const int fd = arguments.integer(0, "fd");
  Segments segments(arguments, arguments.array(1, "iov"), "iov", Segments::For::kSending);
  if (!arguments.ok()) return info.Env().Undefined();
  const auto count = static_cast<int>(segments.count());
  return number(info.Env(), interruptible([&] { return ::writev(fd, segments.iov(), count); }));
}

}  // namespace realfork
