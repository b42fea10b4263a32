// System V semaphores: semget(2), semop(2), semtimedop(2), semctl(2).
#include <errno.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include <limits>
#include <vector>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "platform.h"
#include "results.h"
#include "times.h"

namespace realfork {
namespace {

constexpr int64_t kShortLow = std::numeric_limits<int16_t>::min();
constexpr int64_t kShortHigh = std::numeric_limits<int16_t>::max();

// [{ sem_num, sem_op, sem_flg? }, ...]
std::vector<struct sembuf> operations(Arguments& arguments, size_t index) {
  std::vector<struct sembuf> list;
  const Napi::Array array = arguments.array(index, "sops");
  for (uint32_t i = 0; arguments.ok() && i < array.Length(); ++i) {
    const std::string name = "sops[" + std::to_string(i) + "]";
    const Napi::Object object = arguments.object_in(array, i, name);
    struct sembuf operation {};
    operation.sem_num =
        static_cast<uint16_t>(arguments.field(object, name.c_str(), "sem_num", 0, UINT16_MAX));
    operation.sem_op = static_cast<int16_t>(
        arguments.field(object, name.c_str(), "sem_op", kShortLow, kShortHigh));
    operation.sem_flg = static_cast<int16_t>(
        arguments.field_or(object, name.c_str(), "sem_flg", 0, kShortLow, kShortHigh));
    list.push_back(operation);
  }
  return list;
}

// POSIX leaves its definition to the program; the argument of the commands here is an int or none.
union SemaphoreArgument {
  int val;
  void* other;
};

bool is_known(int command) {
  switch (command) {
    case IPC_RMID:
    case GETVAL:
    case SETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT:
      return true;
    default:
      return false;  // it would have the kernel write to where an int points
  }
}

}  // namespace

Napi::Value call_semget(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "semget");
  const key_t key = arguments.integer(0, "key");
  const int count = arguments.integer(1, "nsems");
  const int flags = arguments.integer(2, "semflg");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::semget(key, count, flags); }));
}

Napi::Value call_semop(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "semop");
  const int id = arguments.integer(0, "semid");
  std::vector<struct sembuf> list = operations(arguments, 1);
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::semop(id, list.data(), list.size()); }));
}

Napi::Value call_semtimedop(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "semtimedop");
  const int id = arguments.integer(0, "semid");
  std::vector<struct sembuf> list = operations(arguments, 1);
  const auto timeout = timespec_or_none(arguments, 2, "timeout");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] {
                  return platform::semtimedop(id, list.data(), list.size(),
                                              timeout ? &*timeout : nullptr);
                }));
}

Napi::Value call_semctl(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "semctl");
  const int id = arguments.integer(0, "semid");
  const int which = arguments.integer(1, "semnum");
  const int command = arguments.integer(2, "cmd");
  SemaphoreArgument argument{};
  if (command == SETVAL) argument.val = arguments.integer(3, "arg");
  if (!arguments.ok()) return info.Env().Undefined();
  if (!is_known(command)) return number(info.Env(), -EINVAL);
  return number(info.Env(), interruptible([&] { return ::semctl(id, which, command, argument); }));
}

}  // namespace realfork
