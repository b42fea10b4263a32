// fcntl(2): flags and copies of descriptors, and locks on parts of files.
#include <errno.h>
#include <fcntl.h>

#include <limits>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "own_descriptors.h"
#include "results.h"

namespace realfork {
namespace {

// What the third argument of a command is. Those that are not listed fail with EINVAL: handed an
// int where it expects a pointer, the kernel would write to an address of JavaScript's choice.
enum class Takes { kNothing, kInteger, kLock, kUnknown };

Takes taken_by(int command) {
  switch (command) {
    case F_GETFD:
    case F_GETFL:
#ifdef F_GETPIPE_SZ
    case F_GETPIPE_SZ:
#endif
      return Takes::kNothing;
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
    case F_SETFD:
    case F_SETFL:
#ifdef F_SETPIPE_SZ
    case F_SETPIPE_SZ:
#endif
      return Takes::kInteger;
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
#ifdef F_OFD_SETLK
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
#endif
      return Takes::kLock;
    default:
      return Takes::kUnknown;
  }
}

bool tells_of_a_lock(int command) {
#ifdef F_OFD_GETLK
  if (command == F_OFD_GETLK) return true;
#endif
  return command == F_GETLK;
}

constexpr int64_t kMaxSafeInteger = (int64_t{1} << 53) - 1;

struct flock lock_of(Arguments& arguments, size_t index, const char* name) {
  const Napi::Object object = arguments.object(index, name);
  struct flock lock {};
  lock.l_type = static_cast<int16_t>(
      arguments.field(object, name, "l_type", 0, std::numeric_limits<int16_t>::max()));
  lock.l_whence = static_cast<int16_t>(arguments.field_or(object, name, "l_whence", SEEK_SET, 0,
                                                          std::numeric_limits<int16_t>::max()));
  lock.l_start = arguments.field_or(object, name, "l_start", 0, -kMaxSafeInteger, kMaxSafeInteger);
  lock.l_len = arguments.field_or(object, name, "l_len", 0, -kMaxSafeInteger, kMaxSafeInteger);
  return lock;
}

Napi::Value lock_object(Napi::Env env, const struct flock& lock) {
  return structure(env, {{"l_type", static_cast<double>(lock.l_type)},
                         {"l_whence", static_cast<double>(lock.l_whence)},
                         {"l_start", static_cast<double>(lock.l_start)},
                         {"l_len", static_cast<double>(lock.l_len)},
                         {"l_pid", static_cast<double>(lock.l_pid)}});
}

}  // namespace

Napi::Value call_fcntl(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "fcntl");
  const Napi::Env env = info.Env();
  const int fd = arguments.integer(0, "fd");
  const int command = arguments.integer(1, "cmd");
  if (!arguments.ok()) return env.Undefined();
  switch (taken_by(command)) {
    case Takes::kNothing:
      return number(env, interruptible([&] { return ::fcntl(fd, command); }));
    case Takes::kInteger: {
      const int argument = arguments.integer(2, "arg");
      if (!arguments.ok()) return env.Undefined();
      const int result = interruptible([&] { return ::fcntl(fd, command, argument); });
      if (command == F_SETFD && result == 0 && (argument & FD_CLOEXEC) != 0)
        note_closed_on_exec(fd);
      if (command == F_DUPFD_CLOEXEC && result >= 0) note_closed_on_exec(result);
      return number(env, result);
    }
    case Takes::kLock: {
      struct flock lock = lock_of(arguments, 2, "arg");
      if (!arguments.ok()) return env.Undefined();
      const int result = interruptible([&] { return ::fcntl(fd, command, &lock); });
      if (result == 0 && tells_of_a_lock(command)) return lock_object(env, lock);
      return number(env, result);
    }
    case Takes::kUnknown:
      break;
  }
  return number(env, -EINVAL);
}

}  // namespace realfork
