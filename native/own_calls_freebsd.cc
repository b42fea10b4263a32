// Calls of FreeBSD alone: procctl(2). And those of other systems, which fail with ENOSYS here.
#include <errno.h>
#include <sys/procctl.h>
#include <sys/wait.h>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "own_calls.h"
#include "results.h"

namespace realfork {

std::vector<Constant> own_constants() {
  return {{"PROC_PDEATHSIG_CTL", PROC_PDEATHSIG_CTL},
          {"PROC_PDEATHSIG_STATUS", PROC_PDEATHSIG_STATUS},
          {"PROC_REAP_ACQUIRE", PROC_REAP_ACQUIRE},
          {"PROC_REAP_RELEASE", PROC_REAP_RELEASE}};
}

Napi::Value call_procctl(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "procctl");
  const int type = arguments.integer(0, "idtype");
  const int id = arguments.integer(1, "id");
  const int command = arguments.integer(2, "cmd");
  int value = arguments.integer_or(3, "arg", 0);
  if (!arguments.ok()) return info.Env().Undefined();
  void* data = nullptr;
  switch (command) {
    case PROC_PDEATHSIG_CTL:
    case PROC_PDEATHSIG_STATUS:
      data = &value;
      break;
    case PROC_REAP_ACQUIRE:
    case PROC_REAP_RELEASE:
      break;
    default:
      return number(info.Env(), -EINVAL);  // others take other structures
  }
  const int result =
      interruptible([&] { return ::procctl(static_cast<idtype_t>(type), id, command, data); });
  if (result == 0 && command == PROC_PDEATHSIG_STATUS) return number(info.Env(), value);
  return number(info.Env(), result);
}

Napi::Value call_prctl(const Napi::CallbackInfo& info) { return number(info.Env(), -ENOSYS); }
Napi::Value call_pidfd_open(const Napi::CallbackInfo& info) { return number(info.Env(), -ENOSYS); }
Napi::Value call_pidfd_send_signal(const Napi::CallbackInfo& info) {
  return number(info.Env(), -ENOSYS);
}
Napi::Value call_signalfd(const Napi::CallbackInfo& info) { return number(info.Env(), -ENOSYS); }
Napi::Value call_memfd_create(const Napi::CallbackInfo& info) {
  return number(info.Env(), -ENOSYS);
}
Napi::Value call_signalfd_siginfo(const Napi::CallbackInfo& info) {
  return Napi::Array::New(info.Env());
}

}  // namespace realfork
