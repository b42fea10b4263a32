// getrusage(2).
#include "rusage.h"

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"
#include "times.h"

namespace realfork {

Napi::Object rusage_object(Napi::Env env, const struct rusage& usage) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("ru_utime", timeval_object(env, usage.ru_utime));
  object.Set("ru_stime", timeval_object(env, usage.ru_stime));
  const auto set = [&](const char* name, long value) { object.Set(name, number(env, value)); };
  set("ru_maxrss", usage.ru_maxrss);
  set("ru_minflt", usage.ru_minflt);
  set("ru_majflt", usage.ru_majflt);
  set("ru_inblock", usage.ru_inblock);
  set("ru_oublock", usage.ru_oublock);
  set("ru_nvcsw", usage.ru_nvcsw);
  set("ru_nivcsw", usage.ru_nivcsw);
  return object;
}

Napi::Value call_getrusage(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "getrusage");
  const int who = arguments.integer(0, "who");
  if (!arguments.ok()) return info.Env().Undefined();
  struct rusage usage {};
  const int result = interruptible([&] {
    // A cast of the type that the C library gives `who`: an enum where C++ sees glibc's.
    return ::getrusage(static_cast<decltype(RUSAGE_SELF)>(who), &usage);
  });
  if (result < 0) return number(info.Env(), result);
  return rusage_object(info.Env(), usage);
}

}  // namespace realfork
