// mmap(2), munmap(2): memory that processes share, as an ArrayBuffer. And whether memory may become
// code.
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"

namespace realfork {
namespace {

constexpr int64_t kMaxSafeInteger = (int64_t{1} << 53) - 1;

struct Mapping {
  void* address = nullptr;
  size_t length = 0;
};

// Tells our ArrayBuffers from others.
constexpr napi_type_tag kMapped = {0x7265616c666f726bULL, 0x6d6d617062756631ULL};

void collect(napi_env, void*, void* hint) {
  auto* mapping = static_cast<Mapping*>(hint);
  if (mapping->address != nullptr) ::munmap(mapping->address, mapping->length);
  delete mapping;
}

// Where JavaScript reads or writes what is not to be, there is no error to throw: SIGSEGV. And
// MAP_FIXED would put the mapping over what V8 has there.
bool is_safe(Arguments& arguments, int protection, int flags) {
  if (protection != (PROT_READ | PROT_WRITE)) {
    arguments.out_of_range("prot", "PROT_READ | PROT_WRITE", std::to_string(protection));
  }
  constexpr unsigned kAllowed = static_cast<unsigned>(MAP_SHARED) | MAP_PRIVATE | MAP_ANONYMOUS;
  if ((static_cast<unsigned>(flags) & ~kAllowed) != 0) {
    arguments.out_of_range("flags", "MAP_SHARED or MAP_PRIVATE, and MAP_ANONYMOUS",
                           std::to_string(flags));
  }
  return arguments.ok();
}

}  // namespace

Napi::Value call_mmap(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "mmap");
  const Napi::Env env = info.Env();
  const auto length = static_cast<size_t>(arguments.integer(0, "length", 0, kMaxSafeInteger));
  const int protection = arguments.integer(1, "prot");
  const int flags = arguments.integer(2, "flags");
  const int fd = arguments.integer_or(3, "fd", -1);
  off_t offset = 0;
  if (arguments.given(4)) offset = arguments.integer(4, "offset", 0, kMaxSafeInteger);
  if (!arguments.ok() || !is_safe(arguments, protection, flags)) return env.Undefined();
  void* address = MAP_FAILED;
  const int result = interruptible([&] {
    address = ::mmap(nullptr, length, protection, flags, fd, offset);
    return address == MAP_FAILED ? -1 : 0;
  });
  if (result < 0) return number(env, result);
  auto* mapping = new Mapping{address, length};
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(env, address, length, collect, mapping, &buffer) !=
      napi_ok) {
    collect(env, address, mapping);
    arguments.refuse("ERR_MMAP_BUFFER",
                     "mmap(): this Node takes no ArrayBuffer over memory that "
                     "is not its own");
    return env.Undefined();
  }
  napi_type_tag_object(env, buffer, &kMapped);
  napi_wrap(env, buffer, mapping, nullptr, nullptr, nullptr);
  return {env, buffer};
}

/** mayWriteCode(): what --use-largepages does with Node's code, on one page. */
Napi::Value call_may_write_code(const Napi::CallbackInfo& info) {
  const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* page =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return Napi::Boolean::New(info.Env(), false);
  const bool may = ::mprotect(page, size, PROT_READ | PROT_EXEC) == 0;
  ::munmap(page, size);
  return Napi::Boolean::New(info.Env(), may);
}

// The ArrayBuffer is detached: its views are empty from here on.
Napi::Value call_munmap(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "munmap");
  const Napi::Env env = info.Env();
  const Napi::Object buffer = arguments.object(0, "buffer");
  if (!arguments.ok()) return env.Undefined();
  bool mapped = false;
  if (napi_check_object_type_tag(env, buffer, &kMapped, &mapped) != napi_ok || !mapped) {
    arguments.wrong_type("buffer", "an ArrayBuffer that mmap() gave", buffer);
    return env.Undefined();
  }
  // Detached: unmapped already, or its memory has gone to another ArrayBuffer (transfer()).
  bool detached = true;
  void* data = nullptr;
  if (napi_is_detached_arraybuffer(env, buffer, &detached) != napi_ok || detached ||
      napi_remove_wrap(env, buffer, &data) != napi_ok) {
    return number(env, -EINVAL);
  }
  // Detaching may collect the mapping at once, or later.
  auto* mapping = static_cast<Mapping*>(data);
  const Mapping before = *mapping;
  mapping->address = nullptr;
  if (napi_detach_arraybuffer(env, buffer) != napi_ok) {
    mapping->address = before.address;
    napi_wrap(env, buffer, mapping, nullptr, nullptr, nullptr);
    return number(env, -EBUSY);
  }
  return number(env, interruptible([&] { return ::munmap(before.address, before.length); }));
}

}  // namespace realfork
