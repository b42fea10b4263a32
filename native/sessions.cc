// setsid(2), getsid(2), setpgid(2), getpgid(2), getpgrp(2), tcgetpgrp(3), tcsetpgrp(3).
#include <unistd.h>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"

namespace realfork {

Napi::Value call_setsid(const Napi::CallbackInfo& info) {
  return number(info.Env(), interruptible([] { return ::setsid(); }));
}

Napi::Value call_getsid(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "getsid");
  const pid_t pid = arguments.integer_or(0, "pid", 0);
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::getsid(pid); }));
}

Napi::Value call_setpgid(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "setpgid");
  const pid_t pid = arguments.integer(0, "pid");
  const pid_t pgid = arguments.integer(1, "pgid");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::setpgid(pid, pgid); }));
}

Napi::Value call_getpgid(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "getpgid");
  const pid_t pid = arguments.integer(0, "pid");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::getpgid(pid); }));
}

Napi::Value call_getpgrp(const Napi::CallbackInfo& info) {
  run_recorded_signals();
  return number(info.Env(), ::getpgrp());
}

Napi::Value call_tcgetpgrp(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "tcgetpgrp");
  const int fd = arguments.integer(0, "fd");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::tcgetpgrp(fd); }));
}

Napi::Value call_tcsetpgrp(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "tcsetpgrp");
  const int fd = arguments.integer(0, "fd");
  const pid_t pgrp = arguments.integer(1, "pgrp");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::tcsetpgrp(fd, pgrp); }));
}

}  // namespace realfork
