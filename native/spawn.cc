// posix_spawn(3), posix_spawnp(3): a child that runs another program at once. Nothing of this
// process is copied (vfork(2) beneath), so it costs the same however large this one is.
#include <errno.h>
#include <spawn.h>
#include <sys/stat.h>

#include <limits>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"
#include "signal_sets.h"
#include "standard_descriptors.h"
#include "string_lists.h"

namespace realfork {
namespace {

constexpr int64_t kIntHigh = std::numeric_limits<int>::max();

// What the child does before the program begins.
class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

  // [{ close: fd }, { dup2: fd, to: newfd }, { open: path, to: fd, flags, mode? }]. 0 or an errno.
  int read(Arguments& arguments, Napi::Array list) {
    for (uint32_t i = 0; arguments.ok() && i < list.Length(); ++i) {
      const std::string name = "attributes.fileActions[" + std::to_string(i) + "]";
      const int failure = add(arguments, arguments.object_in(list, i, name), name.c_str());
      if (failure != 0) return failure;
    }
    return 0;
  }

 private:
  int add(Arguments& arguments, Napi::Object action, const char* name) {
    if (!arguments.property(action, "close").IsUndefined()) {
      arguments.only(action, name, {"close"});
      const auto fd = static_cast<int>(arguments.field(action, name, "close", 0, kIntHigh));
      return arguments.ok() ? ::posix_spawn_file_actions_addclose(&actions_, fd) : 0;
    }
    const auto to = static_cast<int>(arguments.field(action, name, "to", 0, kIntHigh));
    if (!arguments.property(action, "dup2").IsUndefined()) {
      arguments.only(action, name, {"dup2", "to"});
      const auto fd = static_cast<int>(arguments.field(action, name, "dup2", 0, kIntHigh));
      return arguments.ok() ? ::posix_spawn_file_actions_adddup2(&actions_, fd, to) : 0;
    }
    arguments.only(action, name, {"open", "to", "flags", "mode"});
    const std::string path = arguments.text_field(action, name, "open");
    const auto flags = static_cast<int>(arguments.field(action, name, "flags", 0, kIntHigh));
    const auto mode = static_cast<mode_t>(
        arguments.field_or(action, name, "mode", S_IRUSR | S_IWUSR, 0, kIntHigh));
    if (!arguments.ok()) return 0;
    return ::posix_spawn_file_actions_addopen(&actions_, to, path.c_str(), flags, mode);
  }

  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  Attributes() { ::posix_spawnattr_init(&attributes_); }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

  void read(Arguments& arguments, Napi::Object object) {
    int flags = 0;
    if (!arguments.property(object, "pgroup").IsUndefined()) {
      ::posix_spawnattr_setpgroup(&attributes_, static_cast<pid_t>(arguments.field(
                                                    object, "attributes", "pgroup", 0, kIntHigh)));
      flags |= POSIX_SPAWN_SETPGROUP;
    }
    if (const Napi::Value mask = arguments.property(object, "sigmask"); !mask.IsUndefined()) {
      const sigset_t set = signal_set(arguments, mask, "attributes.sigmask");
      ::posix_spawnattr_setsigmask(&attributes_, &set);
      flags |= POSIX_SPAWN_SETSIGMASK;
    }
    if (const Napi::Value list = arguments.property(object, "sigdefault"); !list.IsUndefined()) {
      const sigset_t set = signal_set(arguments, list, "attributes.sigdefault");
      ::posix_spawnattr_setsigdefault(&attributes_, &set);
      flags |= POSIX_SPAWN_SETSIGDEF;
    }
    const Napi::Value resetids = arguments.property(object, "resetids");
    if (resetids.IsBoolean()) {
      if (resetids.As<Napi::Boolean>()) flags |= POSIX_SPAWN_RESETIDS;
    } else if (!resetids.IsUndefined()) {
      arguments.wrong_type("attributes.resetids", "of type boolean", resetids);
    }
    flags_ = flags;
    ::posix_spawnattr_setflags(&attributes_, static_cast<int16_t>(flags_));
  }

  /** The mask, where none was asked for. */
  void set_mask_or(const sigset_t& usual) {
    if ((flags_ & POSIX_SPAWN_SETSIGMASK) != 0) return;
    ::posix_spawnattr_setsigmask(&attributes_, &usual);
    flags_ |= POSIX_SPAWN_SETSIGMASK;
    ::posix_spawnattr_setflags(&attributes_, static_cast<int16_t>(flags_));
  }

 private:
  posix_spawnattr_t attributes_{};
  int flags_ = 0;
};

using Spawn = decltype(::posix_spawn);

Napi::Value spawn(const Napi::CallbackInfo& info, const char* call, const char* first,
                  Spawn* start) {
  Arguments arguments(info, call);
  const Napi::Env env = info.Env();
  const std::string program = arguments.text(0, first);
  std::vector<std::string> argv = arguments.texts(1, "argv");
  std::vector<std::string> envp = arguments.texts(2, "envp");
  FileActions actions;
  Attributes attributes;
  if (arguments.given(3)) {
    const Napi::Object object = arguments.object(3, "attributes");
    arguments.only(object, "attributes",
                   {"pgroup", "sigmask", "sigdefault", "resetids", "fileActions"});
    attributes.read(arguments, object);
    const Napi::Value list = arguments.property(object, "fileActions");
    if (arguments.ok() && !list.IsUndefined()) {
      if (!list.IsArray()) {
        arguments.wrong_type("attributes.fileActions", "an array", list);
        return env.Undefined();
      }
      const int failure = actions.read(arguments, list.As<Napi::Array>());
      if (arguments.ok() && failure != 0) return number(env, -failure);
    }
  }
  if (!arguments.ok()) return env.Undefined();
  const std::vector<char*> argv_list = pointers(argv);
  const std::vector<char*> envp_list = pointers(envp);
  const StandardDescriptorsKept kept;
  pid_t pid = 0;
  // The C library blocks all signals until the exec, so no handler runs in it. Blocked before, none
  // is recorded meanwhile either, which the new program would have blocked from then on.
  run_recorded_signals();
  const AllSignalsBlocked blocked;
  attributes.set_mask_or(blocked.mask_of_new_program());
  const int failure = start(&pid, program.c_str(), actions.get(), attributes.get(),
                            argv_list.data(), envp_list.data());
  return number(env, failure != 0 ? -failure : pid);
}

}  // namespace

Napi::Value call_posix_spawn(const Napi::CallbackInfo& info) {
  return spawn(info, "posix_spawn", "path", ::posix_spawn);
}

Napi::Value call_posix_spawnp(const Napi::CallbackInfo& info) {
  return spawn(info, "posix_spawnp", "file", ::posix_spawnp);
}

}  // namespace realfork
