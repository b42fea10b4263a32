#include "signal_sets.h"

#include <string.h>

#include "platform.h"

namespace realfork {
namespace {

// Signal n is bit n - 1 of a row of words on every system here; which byte of its word that is in
// does not matter to operations that are the same for all bits.
size_t byte_count() { return static_cast<size_t>(platform::kSignalCount - 1 + 7) / 8; }

const unsigned char* bytes(const sigset_t& set) {
  return reinterpret_cast<const unsigned char*>(&set);
}

// sigorset, sigandset and their like are extensions, under other names on every system.
template <typename Combine>
sigset_t combine(const sigset_t& a, const sigset_t& b, Combine combine_bytes) {
  sigset_t result;
  sigemptyset(&result);
  auto* to = reinterpret_cast<unsigned char*>(&result);
  for (size_t i = 0; i < byte_count(); ++i) {
    to[i] = static_cast<unsigned char>(combine_bytes(bytes(a)[i], bytes(b)[i]));
  }
  return result;
}

}  // namespace

sigset_t set_union(const sigset_t& a, const sigset_t& b) {
  return combine(a, b, [](unsigned x, unsigned y) { return x | y; });
}

sigset_t set_intersection(const sigset_t& a, const sigset_t& b) {
  return combine(a, b, [](unsigned x, unsigned y) { return x & y; });
}

sigset_t set_difference(const sigset_t& a, const sigset_t& b) {
  return combine(a, b, [](unsigned x, unsigned y) { return x & ~y; });
}

bool is_empty(const sigset_t& set) {
  for (size_t i = 0; i < byte_count(); ++i) {
    if (bytes(set)[i] != 0) return false;
  }
  return true;
}

void copy_set(sigset_t* to, const sigset_t& from) { memcpy(to, &from, byte_count()); }

sigset_t signal_set(Arguments& arguments, Napi::Value value, const std::string& name) {
  sigset_t set;
  sigemptyset(&set);
  if (!arguments.ok()) return set;
  if (!value.IsArray()) {
    arguments.wrong_type(name, "an array of signal numbers", value);
    return set;
  }
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; arguments.ok() && i < array.Length(); ++i) {
    const std::string element = name + "[" + std::to_string(i) + "]";
    const auto signo = static_cast<int>(
        arguments.whole_number(array.Get(i), element, 1, platform::kSignalCount - 1));
    if (arguments.ok() && sigaddset(&set, signo) == -1) {
      arguments.out_of_range(element, "a signal that a program may block", std::to_string(signo));
    }
  }
  return set;
}

Napi::Array signal_numbers(Napi::Env env, const sigset_t& set) {
  Napi::Array numbers = Napi::Array::New(env);
  uint32_t count = 0;
  for (int signo = 1; signo < platform::kSignalCount; ++signo) {
    if (sigismember(&set, signo) == 1) numbers.Set(count++, Napi::Number::New(env, signo));
  }
  return numbers;
}

}  // namespace realfork
