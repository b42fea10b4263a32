#include "times.h"

#include <limits>

#include "results.h"

namespace realfork {
namespace {

constexpr int64_t kMostSeconds = std::numeric_limits<int32_t>::max();

bool is_none(Arguments& arguments, size_t index) {
  return !arguments.given(index) || arguments.value(index).IsNull();
}

}  // namespace

struct timespec timespec_of(Arguments& arguments, Napi::Object object, const char* name) {
  struct timespec value {};
  value.tv_sec = arguments.field(object, name, "tv_sec", 0, kMostSeconds);
  value.tv_nsec = arguments.field(object, name, "tv_nsec", 0, 999999999);
  return value;
}

std::optional<struct timespec> timespec_or_none(Arguments& arguments, size_t index,
                                                const char* name) {
  if (is_none(arguments, index)) return std::nullopt;
  return timespec_of(arguments, arguments.object(index, name), name);
}

struct timeval timeval_of(Arguments& arguments, Napi::Object object, const char* name) {
  struct timeval value {};
  value.tv_sec = arguments.field(object, name, "tv_sec", 0, kMostSeconds);
  value.tv_usec = arguments.field(object, name, "tv_usec", 0, 999999);
  return value;
}

std::optional<struct timeval> timeval_or_none(Arguments& arguments, size_t index,
                                              const char* name) {
  if (is_none(arguments, index)) return std::nullopt;
  return timeval_of(arguments, arguments.object(index, name), name);
}

Napi::Value timeval_object(Napi::Env env, const struct timeval& value) {
  return structure(env, {{"tv_sec", static_cast<double>(value.tv_sec)},
                         {"tv_usec", static_cast<double>(value.tv_usec)}});
}

}  // namespace realfork
