// open(2), lseek(2), flock(2), mkfifo(3), umask(2), chdir(2), fchdir(2).
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"

namespace realfork {
namespace {

constexpr mode_t kAllModes = S_IRWXU | S_IRWXG | S_IRWXO | S_ISUID | S_ISGID | S_ISVTX;
/** What a file without an executable program is made with: the mask takes from it. */
constexpr mode_t kUsualMode = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
constexpr int64_t kMaxSafeInteger = (int64_t{1} << 53) - 1;

mode_t mode_or(Arguments& arguments, size_t index, mode_t fallback) {
  if (!arguments.given(index)) return fallback;
  return static_cast<mode_t>(arguments.integer(index, "mode", 0, kAllModes));
}

}  // namespace

Napi::Value call_open(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "open");
  const std::string path = arguments.text(0, "path");
  const int flags = arguments.integer(1, "flags");
  const mode_t mode = mode_or(arguments, 2, kUsualMode);
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::open(path.c_str(), flags, mode); }));
}

Napi::Value call_lseek(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "lseek");
  const int fd = arguments.integer(0, "fd");
  const off_t offset = arguments.integer(1, "offset", -kMaxSafeInteger, kMaxSafeInteger);
  const int whence = arguments.integer(2, "whence");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::lseek(fd, offset, whence); }));
}

Napi::Value call_flock(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "flock");
  const int fd = arguments.integer(0, "fd");
  const int operation = arguments.integer(1, "operation");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::flock(fd, operation); }));
}

Napi::Value call_mkfifo(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "mkfifo");
  const std::string path = arguments.text(0, "path");
  const mode_t mode = mode_or(arguments, 1, kUsualMode);
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::mkfifo(path.c_str(), mode); }));
}

Napi::Value call_umask(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "umask");
  const auto mask =
      static_cast<mode_t>(arguments.integer(0, "mask", 0, S_IRWXU | S_IRWXG | S_IRWXO));
  if (!arguments.ok()) return info.Env().Undefined();
  run_recorded_signals();
  return number(info.Env(), ::umask(mask));
}

Napi::Value call_chdir(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "chdir");
  const std::string path = arguments.text(0, "path");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::chdir(path.c_str()); }));
}

Napi::Value call_fchdir(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "fchdir");
  const int fd = arguments.integer(0, "fd");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::fchdir(fd); }));
}

}  // namespace realfork
