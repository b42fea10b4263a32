// wait(2), waitpid(2), waitid(2), wait3(2), wait4(2) and the macros that read a status.
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <limits>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"
#include "rusage.h"
#include "signal_info.h"

namespace realfork {
namespace {

// The status goes where C's goes, through a pointer: an object for it is quicker made by the
// caller. Written last: handlers that run before the call returns may wait, too.
Napi::Value reap(Arguments* arguments, size_t index, pid_t pid, int options) {
  const Bytes out = arguments->bytes(index, "status");
  if (!arguments->ok()) return arguments->env().Undefined();
  int status = 0;
  const pid_t reaped = interruptible([&] { return ::waitpid(pid, &status, options); });
  if (out.length >= sizeof(status)) memcpy(out.data, &status, sizeof(status));
  return number(arguments->env(), reaped);
}

Napi::Value reap_with_usage(Napi::Env env, pid_t pid, int options) {
  int status = 0;
  struct rusage usage {};
  const pid_t reaped = interruptible([&] { return ::wait4(pid, &status, options, &usage); });
  if (reaped < 0) return number(env, reaped);
  Napi::Object result = Napi::Object::New(env);
  result.Set("pid", number(env, reaped));
  result.Set("status", number(env, status));
  result.Set("rusage", rusage_object(env, usage));
  return result;
}

template <typename Read>
Napi::Value read_status(const Napi::CallbackInfo& info, const char* macro, Read read) {
  Arguments arguments(info, macro);
  const int status = arguments.integer(0, "status");
  if (!arguments.ok()) return info.Env().Undefined();
  return Napi::Value::From(info.Env(), read(status));
}

}  // namespace

Napi::Value call_wait(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "wait");
  return reap(&arguments, 0, -1, 0);
}

Napi::Value call_waitpid(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "waitpid");
  const pid_t pid = arguments.integer(0, "pid");
  const int options = arguments.integer_or(1, "options", 0);
  return reap(&arguments, 2, pid, options);
}

Napi::Value call_wait3(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "wait3");
  const int options = arguments.integer_or(0, "options", 0);
  if (!arguments.ok()) return info.Env().Undefined();
  return reap_with_usage(info.Env(), -1, options);
}

Napi::Value call_wait4(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "wait4");
  const pid_t pid = arguments.integer(0, "pid");
  const int options = arguments.integer_or(1, "options", 0);
  if (!arguments.ok()) return info.Env().Undefined();
  return reap_with_usage(info.Env(), pid, options);
}

Napi::Value call_waitid(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "waitid");
  const int type = arguments.integer(0, "idtype");
  const auto id = static_cast<id_t>(arguments.integer(1, "id", 0, std::numeric_limits<int>::max()));
  const int options = arguments.integer(2, "options");
  if (!arguments.ok()) return info.Env().Undefined();
  siginfo_t child{};  // with WNOHANG and nothing to tell, some systems leave it as it is
  const int result =
      interruptible([&] { return ::waitid(static_cast<idtype_t>(type), id, &child, options); });
  if (result < 0) return number(info.Env(), result);
  return signal_info(info.Env(), child);
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
