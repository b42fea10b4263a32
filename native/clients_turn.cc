#include "clients_turn.h"

#include "results.h"

namespace realfork {
namespace {

const char* name_of(Happened::What what) {
  switch (what) {
    case Happened::What::kForked:
      return "forked";
    case Happened::What::kSpare:
      return "spare";
    case Happened::What::kTaken:
      return "taken";
    case Happened::What::kServed:
      return "served";
    case Happened::What::kEnded:
      break;
  }
  return "ended";
}

}  // namespace

const char* name_of(Why why) {
  switch (why) {
    case Why::kChild:
      return "child";
    case Why::kHandler:
      return "handler";
    case Why::kPending:
      return "pending";
    case Why::kReady:
      return "ready";
    case Why::kTime:
      return "time";
    case Why::kTold:
      return "told";
    case Why::kEnded:
      return "ended";
    case Why::kAccept:
      return "accept";
    case Why::kFork:
      return "fork";
    case Why::kWait:
      return "wait";
    case Why::kReap:
      return "reap";
    case Why::kException:
      break;
  }
  return "exception";
}

Napi::Object connection_object(Napi::Env env, const Connection& connection) {
  auto object = Napi::Object::New(env);
  object["connfd"] = number(env, connection.fd);
  object["peer"] = address_object(env, connection.peer);
  object["listener"] = number(env, static_cast<uint32_t>(connection.listener));
  return object;
}

Happened happened(const Report& report) {
  if (report.what == Report::What::kServed) {
    return {Happened::What::kServed, report.pid, report.at, std::nullopt, report.status};
  }
  return {Happened::What::kTaken, report.pid, report.at,
          Connection{-1, report.listener, report.peer}, 0};
}

Napi::Array happened_objects(Napi::Env env, const std::span<const Happened> all) {
  const auto now = std::chrono::steady_clock::now();
  auto objects = Napi::Array::New(env, all.size());
  uint32_t index = 0;
  for (const Happened& one : all) {
    const Napi::HandleScope scope(env);
    const std::chrono::duration<double, std::milli> ago = now - one.at;
    auto object = Napi::Object::New(env);
    object["what"] = Napi::String::New(env, name_of(one.what));
    object["pid"] = number(env, one.pid);
    object["ago"] = Napi::Number::New(env, ago.count());
    if (one.client) {
      object["client"] = connection_object(env, *one.client);
    } else if (one.what != Happened::What::kSpare) {
      object["status"] = number(env, one.status);
    }
    objects[index++] = object;
  }
  return objects;
}

}  // namespace realfork
