// System V message queues: msgget(2), msgsnd(2), msgrcv(2), msgctl(2).
#include <errno.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"
#include "transfer.h"

namespace realfork {
namespace {

constexpr int64_t kLowType = std::numeric_limits<int32_t>::min();
constexpr int64_t kHighType = std::numeric_limits<int32_t>::max();

}  // namespace

Napi::Value call_msgget(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "msgget");
  const key_t key = arguments.integer(0, "key");
  const int flags = arguments.integer(1, "msgflg");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::msgget(key, flags); }));
}

// A message is its type, a long, and its text behind it.
Napi::Value call_msgsnd(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "msgsnd");
  const int id = arguments.integer(0, "msqid");
  const long type = arguments.integer(1, "mtype", kLowType, kHighType);
  Outgoing text(arguments, 2, "mtext");
  const int flags = arguments.integer_or(3, "msgflg", 0);
  if (!arguments.ok()) return info.Env().Undefined();
  Transfer message(sizeof(type) + text.length());
  memcpy(message.data(), &type, sizeof(type));
  if (text.length() > 0) memcpy(message.data() + sizeof(type), text.data(), text.length());
  return number(info.Env(),
                interruptible([&] { return ::msgsnd(id, message.data(), text.length(), flags); }));
}

Napi::Value call_msgrcv(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "msgrcv");
  const Napi::Env env = info.Env();
  const int id = arguments.integer(0, "msqid");
  const size_t length = arguments.bytes(1, "buffer").length;
  long type = 0;
  if (arguments.given(2)) type = arguments.integer(2, "msgtyp", kLowType, kHighType);
  const int flags = arguments.integer_or(3, "msgflg", 0);
  if (!arguments.ok()) return env.Undefined();
  Transfer message(sizeof(type) + length);
  const ssize_t got =
      interruptible([&] { return ::msgrcv(id, message.data(), length, type, flags); });
  if (got < 0) return number(env, got);
  const auto count = static_cast<size_t>(got);
  if (!deliver(arguments, info[1], "buffer", message.data() + sizeof(type), count)) {
    return env.Undefined();
  }
  memcpy(&type, message.data(), sizeof(type));
  return structure(env,
                   {{"mtype", static_cast<double>(type)}, {"count", static_cast<double>(got)}});
}

Napi::Value call_msgctl(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "msgctl");
  const int id = arguments.integer(0, "msqid");
  const int command = arguments.integer(1, "cmd");
  if (!arguments.ok()) return info.Env().Undefined();
  if (command != IPC_RMID) return number(info.Env(), -EINVAL);  // the others take a pointer
  return number(info.Env(), interruptible([&] { return ::msgctl(id, command, nullptr); }));
}

}  // namespace realfork
