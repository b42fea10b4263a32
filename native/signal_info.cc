#include "signal_info.h"

namespace realfork {
namespace {

// Where a value was sent along. In siginfo_t it shares its place with the status of a child.
bool has_value(const siginfo_t& info) {
  switch (info.si_code) {
    case SI_QUEUE:
    case SI_TIMER:
    case SI_MESGQ:
    case SI_ASYNCIO:
      return true;
    default:
      return false;
  }
}

}  // namespace

Napi::Object signal_info(Napi::Env env, const siginfo_t& info) {
  Napi::Object object = Napi::Object::New(env);
  const bool queued = has_value(info);
  object.Set("signo", Napi::Number::New(env, info.si_signo));
  object.Set("code", Napi::Number::New(env, info.si_code));
  object.Set("pid", Napi::Number::New(env, info.si_pid));
  object.Set("uid", Napi::Number::New(env, info.si_uid));
  object.Set("status", Napi::Number::New(env, queued ? 0 : info.si_status));
  object.Set("value", Napi::Number::New(env, queued ? info.si_value.sival_int : 0));
  return object;
}

}  // namespace realfork
