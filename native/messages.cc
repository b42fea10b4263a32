// send(2), recv(2), sendto(2), recvfrom(2), sendmsg(2), recvmsg(2).
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <limits>

#include "addresses.h"
#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"
#include "transfer.h"

namespace realfork {
namespace {

// The sender's address; null where there is none (a connected stream, a socket without a name).
Napi::Value sender(Napi::Env env, const SocketAddress& address, socklen_t length) {
  if (length == 0) return env.Null();
  SocketAddress named = address;
  named.length = length;
  return address_object(env, named);
}

// ---- Control messages: cmsg(3) ----

// [{ cmsg_level, cmsg_type, fds | data }, ...] as the kernel takes it.
std::vector<uint8_t> control_bytes(Arguments& arguments, Napi::Array messages) {
  std::vector<uint8_t> control;
  for (uint32_t i = 0; arguments.ok() && i < messages.Length(); ++i) {
    const std::string name = "message.msg_control[" + std::to_string(i) + "]";
    const Napi::Object object = arguments.object_in(messages, i, name);
    constexpr int64_t kHighest = std::numeric_limits<int>::max();
    const auto level =
        static_cast<int>(arguments.field(object, name.c_str(), "cmsg_level", 0, kHighest));
    const auto type =
        static_cast<int>(arguments.field(object, name.c_str(), "cmsg_type", 0, kHighest));
    if (!arguments.ok()) return control;
    std::vector<uint8_t> payload;
    if (level == SOL_SOCKET && type == SCM_RIGHTS) {
      for (const int fd : arguments.integers_of(arguments.property(object, "fds"), name + ".fds")) {
        const auto* bytes = reinterpret_cast<const uint8_t*>(&fd);
        payload.insert(payload.end(), bytes, bytes + sizeof(fd));
      }
    } else {
      const Bytes data =
          arguments.bytes_of(arguments.property(object, "data"), (name + ".data").c_str());
      if (data.length > 0) payload.assign(data.data, data.data + data.length);
    }
    struct cmsghdr header {};
    header.cmsg_level = level;
    header.cmsg_type = type;
    header.cmsg_len = static_cast<decltype(header.cmsg_len)>(CMSG_LEN(payload.size()));
    const size_t at = control.size();
    control.resize(at + CMSG_SPACE(payload.size()));
    memcpy(control.data() + at, &header, sizeof(header));
    if (!payload.empty()) memcpy(control.data() + at + CMSG_LEN(0), payload.data(), payload.size());
  }
  return control;
}

Napi::Value control_message(Napi::Env env, const struct cmsghdr& header, const uint8_t* data) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("cmsg_level", Napi::Number::New(env, header.cmsg_level));
  object.Set("cmsg_type", Napi::Number::New(env, header.cmsg_type));
  const size_t length = header.cmsg_len - CMSG_LEN(0);
  if (header.cmsg_level == SOL_SOCKET && header.cmsg_type == SCM_RIGHTS) {
    const size_t count = length / sizeof(int);
    Napi::Array fds = Napi::Array::New(env, count);
    for (uint32_t i = 0; i < count; ++i) {
      int fd = -1;
      memcpy(&fd, data + i * sizeof(fd), sizeof(fd));
      fds.Set(i, Napi::Number::New(env, fd));
    }
    object.Set("fds", fds);
  } else {
    object.Set("data", Napi::Buffer<uint8_t>::Copy(env, data, length));
  }
  return object;
}

Napi::Array control_messages(Napi::Env env, struct msghdr& message) {
  Napi::Array list = Napi::Array::New(env);
  for (struct cmsghdr* at = CMSG_FIRSTHDR(&message); at != nullptr;
       at = CMSG_NXTHDR(&message, at)) {
    list.Set(list.Length(), control_message(env, *at, CMSG_DATA(at)));
  }
  return list;
}

// What came with a message that nobody gets: whoever made it open here is the kernel, and
// JavaScript never learns the numbers.
void close_received(struct msghdr& message) {
  for (struct cmsghdr* at = CMSG_FIRSTHDR(&message); at != nullptr;
       at = CMSG_NXTHDR(&message, at)) {
    if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      memcpy(&fd, CMSG_DATA(at) + i * sizeof(fd), sizeof(fd));
      ::close(fd);
    }
  }
}

Napi::Array array_of(Arguments& arguments, Napi::Value value, const char* name) {
  if (arguments.ok() && !value.IsArray()) arguments.wrong_type(name, "an array", value);
  return arguments.ok() ? value.As<Napi::Array>() : Napi::Array::New(arguments.env());
}

Segments buffers_of(Arguments& arguments, Napi::Object message, Segments::For purpose) {
  const char* const name = "message.msg_iov";
  const Napi::Value value = arguments.property(message, "msg_iov");
  return {arguments, array_of(arguments, value, name), name, purpose};
}

}  // namespace

Napi::Value call_recv(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "recv");
  const int fd = arguments.integer(0, "fd");
  const size_t length = arguments.bytes(1, "buffer").length;
  const int flags = arguments.integer_or(2, "flags", 0);
  if (!arguments.ok()) return info.Env().Undefined();
  Transfer transfer(length);
  const ssize_t got = interruptible([&] { return ::recv(fd, transfer.data(), length, flags); });
  const size_t count = got < 0 ? 0 : std::min(static_cast<size_t>(got), length);  // MSG_TRUNC
  if (!deliver(arguments, info[1], "buffer", transfer.data(), count)) return info.Env().Undefined();
  return number(info.Env(), got);
}

Napi::Value call_send(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "send");
  const int fd = arguments.integer(0, "fd");
  Outgoing data(arguments, 1, "data");
  const int flags = arguments.integer_or(2, "flags", 0);
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(),
                interruptible([&] { return ::send(fd, data.data(), data.length(), flags); }));
}

Napi::Value call_recvfrom(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "recvfrom");
  const Napi::Env env = info.Env();
  const int fd = arguments.integer(0, "fd");
  const size_t length = arguments.bytes(1, "buffer").length;
  const int flags = arguments.integer_or(2, "flags", 0);
  if (!arguments.ok()) return env.Undefined();
  Transfer transfer(length);
  SocketAddress address;
  socklen_t address_length = address.length;
  const ssize_t got = interruptible([&] {
    return ::recvfrom(fd, transfer.data(), length, flags, address.get(), &address_length);
  });
  if (got < 0) return number(env, got);
  const size_t count = std::min(static_cast<size_t>(got), length);  // MSG_TRUNC tells the length
  if (!deliver(arguments, info[1], "buffer", transfer.data(), count)) return env.Undefined();
  Napi::Object result = Napi::Object::New(env);
  result.Set("count", number(env, got));
  result.Set("address", sender(env, address, address_length));
  return result;
}

Napi::Value call_sendto(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "sendto");
  const int fd = arguments.integer(0, "fd");
  Outgoing data(arguments, 1, "data");
  const int flags = arguments.integer(2, "flags");
  const SocketAddress address = socket_address(arguments, 3, "address");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] {
                  return ::sendto(fd, data.data(), data.length(), flags, address.get(),
                                  address.length);
                }));
}

Napi::Value call_sendmsg(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "sendmsg");
  const Napi::Env env = info.Env();
  const int fd = arguments.integer(0, "fd");
  const Napi::Object object = arguments.object(1, "message");
  const int flags = arguments.integer_or(2, "flags", 0);
  if (!arguments.ok()) return env.Undefined();
  Segments segments = buffers_of(arguments, object, Segments::For::kSending);
  std::vector<uint8_t> control;
  const Napi::Value messages = arguments.property(object, "msg_control");
  if (!messages.IsUndefined()) {
    control = control_bytes(arguments, array_of(arguments, messages, "message.msg_control"));
  }
  SocketAddress address;
  struct msghdr message {};
  const Napi::Value name = arguments.property(object, "msg_name");
  if (!name.IsUndefined()) {
    address = socket_address_of(arguments, name, "message.msg_name");
    message.msg_name = address.get();
    message.msg_namelen = address.length;
  }
  if (!arguments.ok()) return env.Undefined();
  message.msg_iov = segments.iov();
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(segments.count());
  if (!control.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = static_cast<decltype(message.msg_controllen)>(control.size());
  }
  return number(env, interruptible([&] { return ::sendmsg(fd, &message, flags); }));
}

Napi::Value call_recvmsg(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "recvmsg");
  const Napi::Env env = info.Env();
  const int fd = arguments.integer(0, "fd");
  const Napi::Object object = arguments.object(1, "message");
  const int flags = arguments.integer_or(2, "flags", 0);
  constexpr int64_t kMostControl = 65536;
  const auto control_length = static_cast<size_t>(
      arguments.field_or(object, "message", "msg_controllen", 0, 0, kMostControl));
  if (!arguments.ok()) return env.Undefined();
  Segments segments = buffers_of(arguments, object, Segments::For::kReceiving);
  if (!arguments.ok()) return env.Undefined();
  std::vector<uint8_t> control(control_length);
  SocketAddress address;
  struct msghdr message {};
  message.msg_name = address.get();
  message.msg_namelen = address.length;
  message.msg_iov = segments.iov();
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(segments.count());
  message.msg_control = control.data();
  message.msg_controllen = static_cast<decltype(message.msg_controllen)>(control.size());
  const ssize_t got = interruptible([&] { return ::recvmsg(fd, &message, flags); });
  if (got < 0) return number(env, got);
  if (!segments.deliver_all(arguments, static_cast<size_t>(got))) {
    close_received(message);
    return env.Undefined();
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("count", number(env, got));
  result.Set("msg_name", sender(env, address, message.msg_namelen));
  result.Set("msg_control", control_messages(env, message));
  result.Set("msg_flags", Napi::Number::New(env, message.msg_flags));
  return result;
}

}  // namespace realfork
