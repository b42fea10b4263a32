// poll(2), ppoll(2).
#include <poll.h>

#include <limits>
#include <vector>

#include "arguments.h"
#include "exports.h"
#include "helper_threads.h"
#include "interruptible.h"
#include "masked_poll.h"
#include "results.h"
#include "signal_sets.h"
#include "times.h"

namespace realfork {
namespace {

// [{ fd, events }, ...]. A negative fd is passed over, as in C.
std::vector<struct pollfd> poll_set(Arguments& arguments, size_t index, const char* name) {
  std::vector<struct pollfd> set;
  const Napi::Array array = arguments.array(index, name);
  for (uint32_t i = 0; arguments.ok() && i < array.Length(); ++i) {
    const std::string element = std::string(name) + "[" + std::to_string(i) + "]";
    const Napi::Object object = arguments.object_in(array, i, element);
    struct pollfd entry {};
    entry.fd = static_cast<int>(arguments.field(object, element.c_str(), "fd",
                                                std::numeric_limits<int>::min(),
                                                std::numeric_limits<int>::max()));
    entry.events = static_cast<int16_t>(
        arguments.field(object, element.c_str(), "events", 0, std::numeric_limits<int16_t>::max()));
    set.push_back(entry);
  }
  return set;
}

// The same with what happened: each in its place, revents 0 where nothing did.
Napi::Value poll_result(Napi::Env env, int result, const std::vector<struct pollfd>& set) {
  if (result < 0) return number(env, result);
  Napi::Array array = Napi::Array::New(env, set.size());
  for (uint32_t i = 0; i < set.size(); ++i) {
    const struct pollfd& entry = set[i];
    array.Set(i, structure(env, {{"fd", static_cast<double>(entry.fd)},
                                 {"events", static_cast<double>(entry.events)},
                                 {"revents", static_cast<double>(entry.revents)}}));
  }
  return array;
}

}  // namespace

Napi::Value call_poll(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "poll");
  std::vector<struct pollfd> set = poll_set(arguments, 0, "fds");
  const int timeout = arguments.integer(1, "timeout");
  if (!arguments.ok()) return info.Env().Undefined();
  const int result = interruptible([&] { return ::poll(set.data(), set.size(), timeout); });
  return poll_result(info.Env(), result, set);
}

Napi::Value call_ppoll(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "ppoll");
  std::vector<struct pollfd> set = poll_set(arguments, 0, "fds");
  const auto timeout = timespec_or_none(arguments, 1, "timeout");
  const bool has_mask = arguments.given(2);
  sigset_t mask;
  sigemptyset(&mask);
  if (has_mask) mask = signal_set(arguments, arguments.value(2), "sigmask");
  if (!arguments.ok()) return info.Env().Undefined();
  const struct timespec* const limit = timeout ? &*timeout : nullptr;
  if (!has_mask) {
    const int result =
        interruptible([&] { return ::ppoll(set.data(), set.size(), limit, nullptr); });
    return poll_result(info.Env(), result, set);
  }
  if (on_javascript_thread()) keep_signals_from_helper_threads();
  MaskedPoll call(set, limit);
  return poll_result(info.Env(), wait_under(mask, call), set);
}

}  // namespace realfork
