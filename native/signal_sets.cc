#include "signal_sets.h"

#include "platform.h"

namespace realfork {

sigset_t signal_set(Arguments& arguments, Napi::Value value, const std::string& name) {
  sigset_t set;
  sigemptyset(&set);
  if (!arguments.ok()) return set;
  if (!value.IsArray()) {
    arguments.wrong_type(name, "an array of signal numbers", value);
    return set;
  }
  const Napi::Array array = value.As<Napi::Array>();
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
