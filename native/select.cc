// select(2), pselect(2).
#include <sys/select.h>

#include <algorithm>
#include <vector>

#include "arguments.h"
#include "exports.h"
#include "helper_threads.h"
#include "interruptible.h"
#include "results.h"
#include "signal_sets.h"
#include "times.h"

namespace realfork {
namespace {

constexpr int64_t kHighestDescriptor = FD_SETSIZE - 1;

// One of the three sets, by its descriptors.
class DescriptorSet {
 public:
  DescriptorSet(Arguments& arguments, size_t index, const char* name) {
    FD_ZERO(&set_);
    const Napi::Array array = arguments.array(index, name);
    for (uint32_t i = 0; arguments.ok() && i < array.Length(); ++i) {
      const std::string element = std::string(name) + "[" + std::to_string(i) + "]";
      const auto fd =
          static_cast<int>(arguments.whole_number(array.Get(i), element, 0, kHighestDescriptor));
      if (!arguments.ok()) return;
      FD_SET(fd, &set_);
      fds_.push_back(fd);
    }
  }
  fd_set* get() { return &set_; }
  int end() const { return fds_.empty() ? 0 : *std::max_element(fds_.begin(), fds_.end()) + 1; }

  /** Those that are ready. */
  Napi::Array ready(Napi::Env env) {
    Napi::Array array = Napi::Array::New(env);
    for (const int fd : fds_) {
      if (FD_ISSET(fd, &set_)) array.Set(array.Length(), Napi::Number::New(env, fd));
    }
    return array;
  }

 private:
  fd_set set_{};
  std::vector<int> fds_;
};

struct Sets {
  Sets(Arguments& arguments, size_t index)
      : read(arguments, index, "readfds"),
        write(arguments, index + 1, "writefds"),
        except(arguments, index + 2, "exceptfds") {}
  int end() const { return std::max({read.end(), write.end(), except.end()}); }
  Napi::Value result(Napi::Env env, int result) {
    if (result < 0) return number(env, result);
    Napi::Object object = Napi::Object::New(env);
    object.Set("readfds", read.ready(env));
    object.Set("writefds", write.ready(env));
    object.Set("exceptfds", except.ready(env));
    return object;
  }

  DescriptorSet read;
  DescriptorSet write;
  DescriptorSet except;
};

class MaskedSelect final : public MaskedWait {
 public:
  MaskedSelect(Sets& sets, const struct timespec* timeout) : sets_(sets), timeout_(timeout) {}
  int look() override {
    // Into copies: what the sets ask for is needed again if there is nothing.
    Sets found = sets_;
    struct timespec at_once {};
    const int result = ::pselect(found.end(), found.read.get(), found.write.get(),
                                 found.except.get(), &at_once, nullptr);
    if (result > 0) sets_ = found;
    return result;
  }
  int wait(const sigset_t& mask) override {
    return ::pselect(sets_.end(), sets_.read.get(), sets_.write.get(), sets_.except.get(), timeout_,
                     &mask);
  }

 private:
  Sets& sets_;
  const struct timespec* timeout_;
};

}  // namespace

Napi::Value call_select(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "select");
  Sets sets(arguments, 0);
  auto timeout = timeval_or_none(arguments, 3, "timeout");
  if (!arguments.ok()) return info.Env().Undefined();
  const int result = interruptible([&] {
    return ::select(sets.end(), sets.read.get(), sets.write.get(), sets.except.get(),
                    timeout ? &*timeout : nullptr);
  });
  return sets.result(info.Env(), result);
}

Napi::Value call_pselect(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "pselect");
  Sets sets(arguments, 0);
  const auto timeout = timespec_or_none(arguments, 3, "timeout");
  const bool has_mask = arguments.given(4);
  sigset_t mask;
  sigemptyset(&mask);
  if (has_mask) mask = signal_set(arguments, arguments.value(4), "sigmask");
  if (!arguments.ok()) return info.Env().Undefined();
  const struct timespec* const limit = timeout ? &*timeout : nullptr;
  if (!has_mask) {
    const int result = interruptible([&] {
      return ::pselect(sets.end(), sets.read.get(), sets.write.get(), sets.except.get(), limit,
                       nullptr);
    });
    return sets.result(info.Env(), result);
  }
  if (on_javascript_thread()) keep_signals_from_helper_threads();
  MaskedSelect call(sets, limit);
  return sets.result(info.Env(), wait_under(mask, call));
}

}  // namespace realfork
