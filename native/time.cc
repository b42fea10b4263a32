// alarm(2), setitimer(2), getitimer(2), sleep(3), nanosleep(2).
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"
#include "times.h"

namespace realfork {

Napi::Value call_alarm(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "alarm");
  const auto seconds = static_cast<unsigned>(arguments.integer(0, "seconds", 0, UINT_MAX));
  if (!arguments.ok()) return info.Env().Undefined();
  run_recorded_signals();
  return number(info.Env(), ::alarm(seconds));
}

Napi::Value call_sleep(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "sleep");
  const auto seconds = static_cast<unsigned>(arguments.integer(0, "seconds", 0, UINT_MAX));
  if (!arguments.ok()) return info.Env().Undefined();
  // In 64 bits: what is left is no failure, however large.
  return number(info.Env(), interruptible([&] { return int64_t{::sleep(seconds)}; }));
}

Napi::Value call_nanosleep(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "nanosleep");
  const Napi::Object request = arguments.object(0, "request");
  const struct timespec wanted = timespec_of(arguments, request, "request");
  const bool wants_rest = arguments.given(1);
  Napi::Object remaining;
  if (wants_rest) remaining = arguments.object(1, "remaining");
  if (!arguments.ok()) return info.Env().Undefined();
  struct timespec rest {};
  const int result = interruptible([&] { return ::nanosleep(&wanted, &rest); });
  if (wants_rest && result < 0) {
    remaining.Set("tv_sec", number(info.Env(), rest.tv_sec));
    remaining.Set("tv_nsec", number(info.Env(), rest.tv_nsec));
  }
  return number(info.Env(), result);
}

namespace {

Napi::Value itimerval_object(Napi::Env env, const struct itimerval& timer) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("it_interval", timeval_object(env, timer.it_interval));
  object.Set("it_value", timeval_object(env, timer.it_value));
  return object;
}

struct timeval timer_field(Arguments& arguments, Napi::Object timer, const char* key) {
  const std::string name = std::string("value.") + key;
  const Napi::Object field = arguments.object_of(arguments.property(timer, key), name);
  return timeval_of(arguments, field, name.c_str());
}

// ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF: an enum where C++ sees glibc's.
using Which = decltype(ITIMER_REAL);

}  // namespace

Napi::Value call_setitimer(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "setitimer");
  const int which = arguments.integer(0, "which");
  const Napi::Object value = arguments.object(1, "value");
  struct itimerval timer {};
  timer.it_interval = timer_field(arguments, value, "it_interval");
  timer.it_value = timer_field(arguments, value, "it_value");
  if (!arguments.ok()) return info.Env().Undefined();
  struct itimerval before {};
  const int result =
      interruptible([&] { return ::setitimer(static_cast<Which>(which), &timer, &before); });
  if (result < 0) return number(info.Env(), result);
  return itimerval_object(info.Env(), before);
}

Napi::Value call_getitimer(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "getitimer");
  const int which = arguments.integer(0, "which");
  if (!arguments.ok()) return info.Env().Undefined();
  struct itimerval timer {};
  const int result = interruptible([&] { return ::getitimer(static_cast<Which>(which), &timer); });
  if (result < 0) return number(info.Env(), result);
  return itimerval_object(info.Env(), timer);
}

}  // namespace realfork
