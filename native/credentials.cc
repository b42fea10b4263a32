// Users and groups of this process: getuid(2), setuid(2), getgroups(2), initgroups(3) and their
// kin.
#include <errno.h>
#include <grp.h>
#include <unistd.h>

#include <limits>
#include <vector>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"

namespace realfork {

// Those that set IDs do so in all threads, for which the C library has a lock.
namespace {

// uid_t and gid_t; -1, where a call takes it, leaves an ID as it is.
template <typename Id>
Id id_argument(Arguments& arguments, size_t index, const char* name) {
  return static_cast<Id>(arguments.integer(index, name, -1, std::numeric_limits<uint32_t>::max()));
}

template <typename Id>
Napi::Value set_one(const Napi::CallbackInfo& info, const char* call, const char* name,
                    int (*set)(Id)) {
  Arguments arguments(info, call);
  const Id id = id_argument<Id>(arguments, 0, name);
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), uninterruptible([&] { return set(id); }));
}

template <typename Id>
Napi::Value set_two(const Napi::CallbackInfo& info, const char* call, int (*set)(Id, Id)) {
  Arguments arguments(info, call);
  const Id real = id_argument<Id>(arguments, 0, "real");
  const Id effective = id_argument<Id>(arguments, 1, "effective");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), uninterruptible([&] { return set(real, effective); }));
}

template <typename Id>
Napi::Value set_three(const Napi::CallbackInfo& info, const char* call, int (*set)(Id, Id, Id)) {
  Arguments arguments(info, call);
  const Id real = id_argument<Id>(arguments, 0, "real");
  const Id effective = id_argument<Id>(arguments, 1, "effective");
  const Id saved = id_argument<Id>(arguments, 2, "saved");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), uninterruptible([&] { return set(real, effective, saved); }));
}

template <typename Id>
Napi::Value get_three(const Napi::CallbackInfo& info, int (*get)(Id*, Id*, Id*)) {
  Id real = 0;
  Id effective = 0;
  Id saved = 0;
  const int result = interruptible([&] { return get(&real, &effective, &saved); });
  if (result < 0) return number(info.Env(), result);
  return structure(info.Env(), {{"real", static_cast<double>(real)},
                                {"effective", static_cast<double>(effective)},
                                {"saved", static_cast<double>(saved)}});
}

}  // namespace

Napi::Value call_getuid(const Napi::CallbackInfo& info) {
  run_recorded_signals();
  return number(info.Env(), ::getuid());
}
Napi::Value call_geteuid(const Napi::CallbackInfo& info) {
  run_recorded_signals();
  return number(info.Env(), ::geteuid());
}
Napi::Value call_getgid(const Napi::CallbackInfo& info) {
  run_recorded_signals();
  return number(info.Env(), ::getgid());
}
Napi::Value call_getegid(const Napi::CallbackInfo& info) {
  run_recorded_signals();
  return number(info.Env(), ::getegid());
}

Napi::Value call_setuid(const Napi::CallbackInfo& info) {
  return set_one<uid_t>(info, "setuid", "uid", ::setuid);
}
Napi::Value call_seteuid(const Napi::CallbackInfo& info) {
  return set_one<uid_t>(info, "seteuid", "euid", ::seteuid);
}
Napi::Value call_setgid(const Napi::CallbackInfo& info) {
  return set_one<gid_t>(info, "setgid", "gid", ::setgid);
}
Napi::Value call_setegid(const Napi::CallbackInfo& info) {
  return set_one<gid_t>(info, "setegid", "egid", ::setegid);
}
Napi::Value call_setreuid(const Napi::CallbackInfo& info) {
  return set_two<uid_t>(info, "setreuid", ::setreuid);
}
Napi::Value call_setregid(const Napi::CallbackInfo& info) {
  return set_two<gid_t>(info, "setregid", ::setregid);
}
Napi::Value call_setresuid(const Napi::CallbackInfo& info) {
  return set_three<uid_t>(info, "setresuid", ::setresuid);
}
Napi::Value call_setresgid(const Napi::CallbackInfo& info) {
  return set_three<gid_t>(info, "setresgid", ::setresgid);
}
Napi::Value call_getresuid(const Napi::CallbackInfo& info) {
  return get_three<uid_t>(info, ::getresuid);
}
Napi::Value call_getresgid(const Napi::CallbackInfo& info) {
  return get_three<gid_t>(info, ::getresgid);
}

Napi::Value call_getgroups(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::vector<gid_t> groups;
  int count = 0;
  run_recorded_signals();
  // Asked again if another thread has given it more groups between the two calls.
  do {
    count = ::getgroups(0, nullptr);
    if (count == -1) return number(env, -errno);
    groups.resize(static_cast<size_t>(count));
    count = ::getgroups(count, groups.data());
  } while (count == -1 && errno == EINVAL);
  if (count == -1) return number(env, -errno);
  Napi::Array array = Napi::Array::New(env, static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    array.Set(static_cast<uint32_t>(i), Napi::Number::New(env, groups[static_cast<size_t>(i)]));
  }
  return array;
}

Napi::Value call_setgroups(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "setgroups");
  std::vector<gid_t> groups;
  const Napi::Array array = arguments.array(0, "groups");
  for (uint32_t i = 0; arguments.ok() && i < array.Length(); ++i) {
    groups.push_back(
        static_cast<gid_t>(arguments.whole_number(array.Get(i), "groups[" + std::to_string(i) + "]",
                                                  0, std::numeric_limits<uint32_t>::max())));
  }
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(),
                uninterruptible([&] { return ::setgroups(groups.size(), groups.data()); }));
}

Napi::Value call_initgroups(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "initgroups");
  const std::string user = arguments.text(0, "user");
  const auto group = id_argument<gid_t>(arguments, 1, "group");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), uninterruptible([&] { return ::initgroups(user.c_str(), group); }));
}

}  // namespace realfork
