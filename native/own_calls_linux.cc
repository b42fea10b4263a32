// Calls of Linux alone: prctl(2), pidfd_open(2), pidfd_send_signal(2), signalfd(2),
// memfd_create(2). And those of other systems, which fail with ENOSYS here.
#include <errno.h>
#include <linux/oom.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "arguments.h"
#include "exports.h"
#include "helper_threads.h"
#include "interruptible.h"
#include "own_calls.h"
#include "results.h"
#include "signal_info.h"
#include "signal_sets.h"

namespace realfork {

std::vector<Constant> own_constants() {
  return {{"PR_SET_PDEATHSIG", PR_SET_PDEATHSIG},
          {"PR_GET_PDEATHSIG", PR_GET_PDEATHSIG},
          {"PR_SET_CHILD_SUBREAPER", PR_SET_CHILD_SUBREAPER},
          {"PR_GET_CHILD_SUBREAPER", PR_GET_CHILD_SUBREAPER},
          {"P_PIDFD", P_PIDFD},
          {"SFD_CLOEXEC", SFD_CLOEXEC},
          {"SFD_NONBLOCK", SFD_NONBLOCK},
          {"OOM_SCORE_ADJ_MAX", OOM_SCORE_ADJ_MAX},
          {"MFD_CLOEXEC", MFD_CLOEXEC},
          {"MFD_ALLOW_SEALING", MFD_ALLOW_SEALING},
          {"SIGNALFD_SIGINFO_SIZE", sizeof(struct signalfd_siginfo)}};
}

Napi::Value call_prctl(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "prctl");
  const int option = arguments.integer(0, "option");
  const auto value = static_cast<unsigned long>(arguments.integer_or(1, "arg", 0));
  if (!arguments.ok()) return info.Env().Undefined();
  switch (option) {
    case PR_SET_PDEATHSIG:
    case PR_SET_CHILD_SUBREAPER:
      return number(info.Env(), interruptible([&] { return ::prctl(option, value, 0, 0, 0); }));
    case PR_GET_PDEATHSIG:
    case PR_GET_CHILD_SUBREAPER: {
      int got = 0;
      const int result = interruptible([&] { return ::prctl(option, &got, 0, 0, 0); });
      return number(info.Env(), result < 0 ? result : got);
    }
    default:
      return number(info.Env(), -EINVAL);  // others take pointers, or would undo what V8 relies on
  }
}

Napi::Value call_procctl(const Napi::CallbackInfo& info) { return number(info.Env(), -ENOSYS); }

Napi::Value call_pidfd_open(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "pidfd_open");
  const pid_t pid = arguments.integer(0, "pid");
  const int flags = arguments.integer_or(1, "flags", 0);
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::syscall(SYS_pidfd_open, pid, flags); }));
}

Napi::Value call_pidfd_send_signal(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "pidfd_send_signal");
  const int pidfd = arguments.integer(0, "pidfd");
  const int signo = arguments.integer(1, "sig");
  const int flags = arguments.integer_or(2, "flags", 0);
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] {
                  return ::syscall(SYS_pidfd_send_signal, pidfd, signo, nullptr, flags);
                }));
}

Napi::Value call_signalfd(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "signalfd");
  const int fd = arguments.integer(0, "fd");
  const sigset_t mask = signal_set(arguments, info[1], "mask");
  const int flags = arguments.integer_or(2, "flags", 0);
  if (!arguments.ok()) return info.Env().Undefined();
  if (on_javascript_thread()) keep_signals_from_helper_threads();
  return number(info.Env(), interruptible([&] { return ::signalfd(fd, &mask, flags); }));
}

Napi::Value call_memfd_create(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "memfd_create");
  const std::string name = arguments.text(0, "name");
  const auto flags = static_cast<unsigned>(arguments.integer_or(1, "flags", 0));
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::memfd_create(name.c_str(), flags); }));
}

// What read(2) gave of a signalfd.
Napi::Value call_signalfd_siginfo(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "signalfd_siginfo");
  const Bytes bytes = arguments.bytes(0, "buffer");
  if (!arguments.ok()) return info.Env().Undefined();
  Napi::Array list = Napi::Array::New(info.Env());
  struct signalfd_siginfo read {};
  for (size_t at = 0; at + sizeof(read) <= bytes.length; at += sizeof(read)) {
    memcpy(&read, bytes.data + at, sizeof(read));
    siginfo_t one{};
    one.si_signo = static_cast<int>(read.ssi_signo);
    one.si_code = read.ssi_code;
    one.si_pid = static_cast<pid_t>(read.ssi_pid);
    one.si_uid = read.ssi_uid;
    if (read.ssi_signo == SIGCHLD) {
      one.si_status = read.ssi_status;
    } else {
      one.si_value.sival_int = read.ssi_int;
    }
    list.Set(list.Length(), signal_info(info.Env(), one));
  }
  return list;
}

}  // namespace realfork
