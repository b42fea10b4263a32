// getrlimit(2), setrlimit(2). RLIM_INFINITY is Infinity in JavaScript.
#include "limits.h"

#include <errno.h>
#include <sys/resource.h>

#include <limits>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"

namespace realfork {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int64_t kMaxSafeInteger = (int64_t{1} << 53) - 1;

bool fits(rlim_t limit) {
  return limit == RLIM_INFINITY || limit <= static_cast<rlim_t>(kMaxSafeInteger);
}

double to_number(rlim_t limit) {
  return limit == RLIM_INFINITY ? kInfinity : static_cast<double>(limit);
}

rlim_t to_limit(Arguments& arguments, Napi::Object object, const char* name, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsEmpty() && value.IsNumber() && value.As<Napi::Number>().DoubleValue() == kInfinity) {
    return RLIM_INFINITY;
  }
  return static_cast<rlim_t>(arguments.field(object, name, key, 0, kMaxSafeInteger));
}

}  // namespace

struct rlimit limit_of(Arguments& arguments, Napi::Object object, const char* name) {
  struct rlimit limit {};
  limit.rlim_cur = to_limit(arguments, object, name, "rlim_cur");
  limit.rlim_max = to_limit(arguments, object, name, "rlim_max");
  return limit;
}

Napi::Value call_getrlimit(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "getrlimit");
  const int resource = arguments.integer(0, "resource");
  if (!arguments.ok()) return info.Env().Undefined();
  struct rlimit limit {};
  const int result = interruptible(
      [&] { return ::getrlimit(static_cast<decltype(RLIMIT_NOFILE)>(resource), &limit); });
  if (result < 0) return number(info.Env(), result);
  // A number that JavaScript would round is an error, as it is in a C program with a 32-bit rlim_t.
  if (!fits(limit.rlim_cur) || !fits(limit.rlim_max)) return number(info.Env(), -EOVERFLOW);
  return structure(info.Env(), {{"rlim_cur", to_number(limit.rlim_cur)},
                                {"rlim_max", to_number(limit.rlim_max)}});
}

Napi::Value call_setrlimit(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "setrlimit");
  const int resource = arguments.integer(0, "resource");
  const Napi::Object object = arguments.object(1, "rlim");
  if (!arguments.ok()) return info.Env().Undefined();
  const struct rlimit limit = limit_of(arguments, object, "rlim");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] {
                  return ::setrlimit(static_cast<decltype(RLIMIT_NOFILE)>(resource), &limit);
                }));
}

}  // namespace realfork
