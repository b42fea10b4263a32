#include "child_half.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>

#include "child_signals.h"
#include "interruptible.h"
#include "signal_sets.h"

namespace realfork {
namespace {

// Anybody may raise it. Where that fails (no descriptor is left) the client is served all the same.
void raise_oom_score(const ChildHalf& half) {
  if (half.score_path.empty()) return;
  const int fd = ::open(half.score_path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd == -1) return;
  static_cast<void>(::write(fd, half.score.data(), half.score.size()));
  ::close(fd);
}

}  // namespace

ChildHalf child_half_of(Arguments& arguments, Napi::Object given) {
  ChildHalf half;
  const auto property = [&](const char* key) { return arguments.property(given, key); };
  half.close = arguments.integers_of(property("close"), "childHalf.close");
  half.listeners = arguments.integers_of(property("listeners"), "childHalf.listeners");
  half.defaults = signal_set(arguments, property("defaults"), "childHalf.defaults");
  half.mask = signal_set(arguments, property("mask"), "childHalf.mask");
  half.alarm = static_cast<unsigned>(arguments.field(given, "childHalf", "alarm", 0, UINT32_MAX));
  half.score_path = arguments.text_field(given, "childHalf", "scorePath");
  half.score = arguments.text_field(given, "childHalf", "score");
  return half;
}

int become_child(const ChildHalf& half, bool has_client, bool keeps_listeners) {
  {
    Interruptible here;
    here.call([&] { return ::setpgid(0, 0); });
    for (const int fd : half.close) ::close(fd);
    if (!keeps_listeners) {
      for (const int fd : half.listeners) ::close(fd);
    }
  }
  const int failure = default_signals(half.defaults, half.mask);
  const Interruptible here;
  raise_oom_score(half);
  // Nobody handles SIGALRM: it ends the child.
  if (half.alarm > 0 && has_client) ::alarm(half.alarm);
  return failure;
}

}  // namespace realfork
