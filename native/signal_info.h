// siginfo_t as JavaScript has it.
#ifndef REALFORK_SIGNAL_INFO_H_
#define REALFORK_SIGNAL_INFO_H_

#include <napi.h>
#include <signal.h>

namespace realfork {

/** { signo, code, pid, uid, status, value }. Allocates in JavaScript: not async-signal-safe. */
Napi::Object signal_info(Napi::Env env, const siginfo_t& info);

}  // namespace realfork

#endif  // REALFORK_SIGNAL_INFO_H_
