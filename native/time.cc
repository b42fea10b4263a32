// alarm(2), sleep(3), nanosleep(2).
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

}  // namespace realfork
