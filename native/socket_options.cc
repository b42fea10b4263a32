// getsockopt(2), setsockopt(2). The shape of a value goes by its option: a struct timeval, a struct
// linger, or an int.
#include <sys/socket.h>
#include <sys/time.h>

#include <limits>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"
#include "times.h"

namespace realfork {
namespace {

enum class Shape { kInteger, kTimeval, kLinger };

Shape shape_of(int level, int option) {
  if (level != SOL_SOCKET) return Shape::kInteger;
  switch (option) {
    case SO_RCVTIMEO:
    case SO_SNDTIMEO:
      return Shape::kTimeval;
    case SO_LINGER:
      return Shape::kLinger;
    default:
      return Shape::kInteger;
  }
}

template <typename Value>
int get_option(int fd, int level, int option, Value* value) {
  socklen_t length = sizeof(*value);
  return interruptible([&] { return ::getsockopt(fd, level, option, value, &length); });
}

template <typename Value>
Napi::Value set_option(Napi::Env env, int fd, int level, int option, const Value& value) {
  return number(
      env, interruptible([&] { return ::setsockopt(fd, level, option, &value, sizeof(value)); }));
}

constexpr int64_t kIntLow = std::numeric_limits<int>::min();
constexpr int64_t kIntHigh = std::numeric_limits<int>::max();

}  // namespace

Napi::Value call_getsockopt(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "getsockopt");
  const Napi::Env env = info.Env();
  const int fd = arguments.integer(0, "fd");
  const int level = arguments.integer(1, "level");
  const int option = arguments.integer(2, "option");
  if (!arguments.ok()) return env.Undefined();
  switch (shape_of(level, option)) {
    case Shape::kTimeval: {
      struct timeval value {};
      const int result = get_option(fd, level, option, &value);
      if (result < 0) return number(env, result);
      return timeval_object(env, value);
    }
    case Shape::kLinger: {
      struct linger value {};
      const int result = get_option(fd, level, option, &value);
      if (result < 0) return number(env, result);
      return structure(env, {{"l_onoff", static_cast<double>(value.l_onoff)},
                             {"l_linger", static_cast<double>(value.l_linger)}});
    }
    case Shape::kInteger:
      break;
  }
  int value = 0;
  const int result = get_option(fd, level, option, &value);
  if (result < 0) return number(env, result);
  // In an object as well: a value may be negative, and a negative number means an errno here.
  return structure(env, {{"value", static_cast<double>(value)}});
}

Napi::Value call_setsockopt(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "setsockopt");
  const Napi::Env env = info.Env();
  const int fd = arguments.integer(0, "fd");
  const int level = arguments.integer(1, "level");
  const int option = arguments.integer(2, "option");
  if (!arguments.ok()) return env.Undefined();
  switch (shape_of(level, option)) {
    case Shape::kTimeval: {
      const Napi::Object object = arguments.object(3, "value");
      const struct timeval value = timeval_of(arguments, object, "value");
      if (!arguments.ok()) return env.Undefined();
      return set_option(env, fd, level, option, value);
    }
    case Shape::kLinger: {
      const Napi::Object object = arguments.object(3, "value");
      struct linger value {};
      value.l_onoff =
          static_cast<int>(arguments.field(object, "value", "l_onoff", kIntLow, kIntHigh));
      value.l_linger =
          static_cast<int>(arguments.field(object, "value", "l_linger", kIntLow, kIntHigh));
      if (!arguments.ok()) return env.Undefined();
      return set_option(env, fd, level, option, value);
    }
    case Shape::kInteger:
      break;
  }
  // An on-off option may be given as it is thought of.
  const bool is_boolean = arguments.given(3) && arguments.value(3).IsBoolean();
  const int value = is_boolean ? static_cast<int>(arguments.value(3).As<Napi::Boolean>().Value())
                               : arguments.integer(3, "value");
  if (!arguments.ok()) return env.Undefined();
  return set_option(env, fd, level, option, value);
}

}  // namespace realfork
