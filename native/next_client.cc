// What JavaScript has of idle_children.h and kept_child.h.
#include <climits>
#include <vector>

#include "arguments.h"
#include "clients_turn.h"
#include "exports.h"
#include "idle_children.h"
#include "kept_child.h"
#include "results.h"

namespace realfork {

SocketAddress peer_of_client;

// keepChildren(requests, spare, timeout, reports): the descriptor that is readable when there are
// reports, or -errno.
Napi::Value call_keep_children(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "keepChildren");
  Keeping keeping;
  keeping.requests = static_cast<unsigned>(arguments.integer(0, "requests", 1, INT_MAX));
  keeping.spare =
      static_cast<unsigned>(arguments.integer(1, "spare", 0, static_cast<int64_t>(kMostPlaces)));
  keeping.timeout = static_cast<unsigned>(arguments.integer(2, "timeout", 0, INT_MAX));
  keeping.reports = arguments.truth(3);
  if (!arguments.ok()) return info.Env().Undefined();
  const int failure = idle_children.open(keeping);
  return number(info.Env(), failure == 0 ? idle_children.reports() : failure);
}

// replaceChildren(timeout): 0 or -errno.
Napi::Value call_replace_children(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "replaceChildren");
  const int64_t timeout = arguments.integer(0, "timeout", 0, INT_MAX);
  if (!arguments.ok()) return info.Env().Undefined();
  if (!idle_children.is_open()) return number(info.Env(), 0);
  idle_children.limit_time(static_cast<unsigned>(timeout));
  return number(info.Env(), idle_children.replace_children());
}

// endChildren()
Napi::Value call_end_children(const Napi::CallbackInfo& info) {
  if (idle_children.is_open()) idle_children.end_children();
  return info.Env().Undefined();
}

// keepNoChildren(): nothing is left of keepChildren().
Napi::Value call_keep_no_children(const Napi::CallbackInfo& info) {
  idle_children.close();
  return info.Env().Undefined();
}

// prepareChild(isSpare, listeners): the child that fork() makes next is kept.
Napi::Value call_prepare_child(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "prepareChild");
  const bool is_spare = arguments.truth(0);
  const std::vector<int> listeners = arguments.integers_of(arguments.value(1), "listeners");
  if (arguments.ok() && idle_children.is_open()) {
    idle_children.prepare_child(is_spare ? Place::kIdle : Place::kBusy, listeners);
  }
  return info.Env().Undefined();
}

// childIsMade(pid): in the server; of no child it is negative.
Napi::Value call_child_is_made(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "childIsMade");
  const int pid = arguments.integer(0, "pid");
  if (arguments.ok()) idle_children.made(pid);
  return info.Env().Undefined();
}

// isKept(): in a child.
Napi::Value call_is_kept(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), kept_child.is_kept());
}

// childHasEnded(pid)
Napi::Value call_child_has_ended(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "childHasEnded");
  const int pid = arguments.integer(0, "pid");
  if (arguments.ok()) idle_children.ended(pid);
  return info.Env().Undefined();
}

// reportsOfChildren(): { happened, accepted }
Napi::Value call_reports_of_children(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const bool is_open = idle_children.is_open();
  std::vector<Happened> all;
  if (is_open) {
    for (const Report& report : idle_children.read_reports()) all.push_back(happened(report));
  }
  auto result = Napi::Object::New(env);
  result["happened"] = happened_objects(env, all);
  result["accepted"] = number(env, is_open ? idle_children.take_accepted() : 0);
  return result;
}

// nextClient(status, child): whether there is one; connfd and the index of its listener stand in
// `child` then.
Napi::Value call_next_client(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "nextClient");
  const int status = arguments.integer(0, "status");
  const Bytes child = arguments.bytes(1, "child");
  if (child.length < 2 * sizeof(int32_t)) {
    arguments.out_of_range("child", ">= 8 bytes", std::to_string(child.length));
  }
  if (!arguments.ok()) return info.Env().Undefined();
  Connection connection;
  const bool is_there = kept_child.next(status, &connection);
  if (is_there) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): of an Int32Array
    auto* const numbers = reinterpret_cast<int32_t*>(child.data);
    numbers[0] = connection.fd;
    numbers[1] = static_cast<int32_t>(connection.listener);
    peer_of_client = connection.peer;
  }
  return Napi::Boolean::New(info.Env(), is_there);
}

// peerOfClient(): of the last client of a child that was forked by forkForClients().
Napi::Value call_peer_of_client(const Napi::CallbackInfo& info) {
  return address_object(info.Env(), peer_of_client);
}

}  // namespace realfork
