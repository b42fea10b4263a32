// socket(2), bind(2), listen(2), accept(2), accept4(2), connect(2), shutdown(2), getsockname(2),
// getpeername(2), socketpair(2).
#include <sys/socket.h>

#include "addresses.h"
#include "arguments.h"
#include "exports.h"
#include "interruptible.h"
#include "results.h"

namespace realfork {
namespace {

using NameCall = int(int, sockaddr*, socklen_t*);

Napi::Value name_of(const Napi::CallbackInfo& info, const char* call, NameCall* get_name) {
  Arguments arguments(info, call);
  const int fd = arguments.integer(0, "fd");
  if (!arguments.ok()) return info.Env().Undefined();
  SocketAddress address;
  const int result = interruptible([&] { return get_name(fd, address.get(), &address.length); });
  if (result < 0) return number(info.Env(), result);
  return address_object(info.Env(), address);
}

}  // namespace

Napi::Value call_socket(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "socket");
  const int domain = arguments.integer(0, "domain");
  const int type = arguments.integer(1, "type");
  const int protocol = arguments.integer_or(2, "protocol", 0);
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::socket(domain, type, protocol); }));
}

Napi::Value call_bind(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "bind");
  const int fd = arguments.integer(0, "fd");
  const SocketAddress address = socket_address(arguments, 1, "address");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(),
                interruptible([&] { return ::bind(fd, address.get(), address.length); }));
}

Napi::Value call_listen(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "listen");
  const int fd = arguments.integer(0, "fd");
  const int backlog = arguments.integer(1, "backlog");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::listen(fd, backlog); }));
}

Napi::Value call_accept(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "accept");
  const int listenfd = arguments.integer(0, "listenfd");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::accept(listenfd, nullptr, nullptr); }));
}

Napi::Value call_accept4(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "accept4");
  const int listenfd = arguments.integer(0, "listenfd");
  const int flags = arguments.integer(1, "flags");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(),
                interruptible([&] { return ::accept4(listenfd, nullptr, nullptr, flags); }));
}

Napi::Value call_connect(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "connect");
  const int fd = arguments.integer(0, "fd");
  const SocketAddress address = socket_address(arguments, 1, "address");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(),
                interruptible([&] { return ::connect(fd, address.get(), address.length); }));
}

Napi::Value call_shutdown(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "shutdown");
  const int fd = arguments.integer(0, "fd");
  const int how = arguments.integer(1, "how");
  if (!arguments.ok()) return info.Env().Undefined();
  return number(info.Env(), interruptible([&] { return ::shutdown(fd, how); }));
}

Napi::Value call_getsockname(const Napi::CallbackInfo& info) {
  return name_of(info, "getsockname", ::getsockname);
}

Napi::Value call_getpeername(const Napi::CallbackInfo& info) {
  return name_of(info, "getpeername", ::getpeername);
}

Napi::Value call_socketpair(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "socketpair");
  const int domain = arguments.integer(0, "domain");
  const int type = arguments.integer(1, "type");
  const int protocol = arguments.integer_or(2, "protocol", 0);
  if (!arguments.ok()) return info.Env().Undefined();
  int ends[2];
  const int result = interruptible([&] { return ::socketpair(domain, type, protocol, ends); });
  if (result < 0) return number(info.Env(), result);
  return descriptor_pair(info.Env(), ends);
}

}  // namespace realfork
