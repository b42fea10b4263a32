// wait(2), waitpid(2) and the macros that read a status.
#include <sys/types.h>
#include <sys/wait.h>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"

namespace realfork {
namespace {

Napi::Value reap(Napi::Env env, pid_t pid, int options) {
  int status = 0;
  const pid_t reaped = interruptible([&] { return ::waitpid(pid, &status, options); });
  if (reaped < 0) return number(env, reaped);
  return structure(env,
                   {{"pid", static_cast<double>(reaped)}, {"status", static_cast<double>(status)}});
}

template <typename Read>
Napi::Value read_status(const Napi::CallbackInfo& info, const char* macro, Read read) {
  Arguments arguments(info, macro);
  const int status = arguments.integer(0, "status");
  if (!arguments.ok()) return info.Env().Undefined();
  return Napi::Value::From(info.Env(), read(status));
}

}  // namespace

Napi::Value call_wait(const Napi::CallbackInfo& info) { return reap(info.Env(), -1, 0); }

Napi::Value call_waitpid(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "waitpid");
  const pid_t pid = arguments.integer(0, "pid");
  const int options = arguments.integer_or(1, "options", 0);
  if (!arguments.ok()) return info.Env().Undefined();
  return reap(info.Env(), pid, options);
}

Napi::Value call_wifexited(const Napi::CallbackInfo& info) {
  return read_status(info, "WIFEXITED", [](int status) { return bool{WIFEXITED(status)}; });
}

Napi::Value call_wexitstatus(const Napi::CallbackInfo& info) {
  return read_status(info, "WEXITSTATUS", [](int status) { return int{WEXITSTATUS(status)}; });
}

Napi::Value call_wifsignaled(const Napi::CallbackInfo& info) {
  return read_status(info, "WIFSIGNALED", [](int status) { return bool{WIFSIGNALED(status)}; });
}

Napi::Value call_wtermsig(const Napi::CallbackInfo& info) {
  return read_status(info, "WTERMSIG", [](int status) { return int{WTERMSIG(status)}; });
}

Napi::Value call_wcoredump(const Napi::CallbackInfo& info) {
  return read_status(info, "WCOREDUMP", [](int status) { return WCOREDUMP(status) != 0; });
}

Napi::Value call_wifstopped(const Napi::CallbackInfo& info) {
  return read_status(info, "WIFSTOPPED", [](int status) { return bool{WIFSTOPPED(status)}; });
}

Napi::Value call_wstopsig(const Napi::CallbackInfo& info) {
  return read_status(info, "WSTOPSIG", [](int status) { return int{WSTOPSIG(status)}; });
}

Napi::Value call_wifcontinued(const Napi::CallbackInfo& info) {
  return read_status(info, "WIFCONTINUED", [](int status) { return WIFCONTINUED(status) != 0; });
}

}  // namespace realfork
