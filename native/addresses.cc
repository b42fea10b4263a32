#include "addresses.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

namespace realfork {
namespace {

constexpr int64_t kHighestPort = UINT16_MAX;

// C would take what is before it for all there is.
bool has_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

void read_inet(Arguments& arguments, Napi::Object object, const char* name, SocketAddress* result) {
  auto* address = reinterpret_cast<sockaddr_in*>(&result->storage);
  const std::string host = arguments.text_field(object, name, "address");
  const int64_t port = arguments.field(object, name, "port", 0, kHighestPort);
  if (!arguments.ok()) return;
  address->sin_family = AF_INET;
  address->sin_port = htons(static_cast<uint16_t>(port));
  if (has_nul(host) || inet_pton(AF_INET, host.c_str(), &address->sin_addr) != 1) {
    arguments.out_of_range(std::string(name) + ".address", "an IPv4 address such as \"127.0.0.1\"",
                           "\"" + host + "\"");
  }
  result->length = sizeof(sockaddr_in);
}

void read_inet6(Arguments& arguments, Napi::Object object, const char* name,
                SocketAddress* result) {
  auto* address = reinterpret_cast<sockaddr_in6*>(&result->storage);
  const std::string text = arguments.text_field(object, name, "address");
  const int64_t port = arguments.field(object, name, "port", 0, kHighestPort);
  if (!arguments.ok()) return;
  address->sin6_family = AF_INET6;
  address->sin6_port = htons(static_cast<uint16_t>(port));
  // RFC 4007: "fe80::1%eth0" names the link that a link-local address is on.
  const size_t percent = text.find('%');
  const std::string host = text.substr(0, percent);
  bool fits = !has_nul(text) && inet_pton(AF_INET6, host.c_str(), &address->sin6_addr) == 1;
  if (fits && percent != std::string::npos) {
    address->sin6_scope_id = if_nametoindex(text.c_str() + percent + 1);
    fits = address->sin6_scope_id != 0;
  }
  if (!fits) {
    arguments.out_of_range(std::string(name) + ".address", "an IPv6 address such as \"::1\"",
                           "\"" + text + "\"");
  }
  result->length = sizeof(sockaddr_in6);
}

void read_unix(Arguments& arguments, Napi::Object object, const char* name, SocketAddress* result) {
  auto* address = reinterpret_cast<sockaddr_un*>(&result->storage);
  const std::string path = arguments.text_field(object, name, "path");
  if (!arguments.ok()) return;
  // A path needs its NUL; a name in Linux' abstract space begins with one instead, and has none
  // after.
  const bool abstract = !path.empty() && path[0] == '\0';
  const size_t room = sizeof(address->sun_path) - (abstract ? 0 : 1);
  if (path.size() > room) {
    arguments.out_of_range(std::string(name) + ".path",
                           "at most " + std::to_string(room) + " bytes",
                           std::to_string(path.size()) + " bytes");
    return;
  }
  if (!abstract && has_nul(path)) {
    arguments.out_of_range(std::string(name) + ".path", "a path without NUL bytes",
                           "one with a NUL byte");
    return;
  }
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, path.data(), path.size());
  result->length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() +
                                          (abstract || path.empty() ? 0 : 1));
}

Napi::Value host_and_port(Napi::Env env, int family, const void* host, in_port_t port,
                          uint32_t scope) {
  char text[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE] = "";
  inet_ntop(family, host, text, INET6_ADDRSTRLEN);
  char link[IF_NAMESIZE];
  std::string address = text;
  if (scope != 0 && if_indextoname(scope, link) != nullptr) address += std::string("%") + link;
  Napi::Object object = Napi::Object::New(env);
  object.Set("family", Napi::Number::New(env, family));
  object.Set("address", Napi::String::New(env, address));
  object.Set("port", Napi::Number::New(env, ntohs(port)));
  return object;
}

Napi::Value unix_path(Napi::Env env, const SocketAddress& address) {
  const auto* unix_address = reinterpret_cast<const sockaddr_un*>(&address.storage);
  const size_t offset = offsetof(sockaddr_un, sun_path);
  std::string path;
  if (address.length > offset) {
    path.assign(unix_address->sun_path, address.length - offset);
    if (path[0] != '\0') path.resize(strnlen(path.c_str(), path.size()));
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("family", Napi::Number::New(env, AF_UNIX));
  object.Set("path", Napi::String::New(env, path));
  return object;
}

}  // namespace

SocketAddress socket_address(Arguments& arguments, size_t index, const char* name) {
  return socket_address_of(arguments, arguments.object(index, name), name);
}

SocketAddress socket_address_of(Arguments& arguments, Napi::Value value, const char* name) {
  SocketAddress result;
  const Napi::Object object = arguments.object_of(value, name);
  const int64_t family = arguments.field(object, name, "family", 0, UINT16_MAX);
  if (!arguments.ok()) return result;
  switch (family) {
    case AF_INET:
      read_inet(arguments, object, name, &result);
      break;
    case AF_INET6:
      read_inet6(arguments, object, name, &result);
      break;
    case AF_UNIX:
      read_unix(arguments, object, name, &result);
      break;
    default:
      arguments.out_of_range(std::string(name) + ".family", "AF_INET, AF_INET6 or AF_UNIX",
                             std::to_string(family));
  }
  return result;
}

Napi::Value address_object(Napi::Env env, const SocketAddress& address) {
  switch (address.storage.ss_family) {
    case AF_INET: {
      const auto* inet = reinterpret_cast<const sockaddr_in*>(&address.storage);
      return host_and_port(env, AF_INET, &inet->sin_addr, inet->sin_port, 0);
    }
    case AF_INET6: {
      const auto* inet6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
      return host_and_port(env, AF_INET6, &inet6->sin6_addr, inet6->sin6_port,
                           inet6->sin6_scope_id);
    }
    case AF_UNIX:
      return unix_path(env, address);
    default: {
      Napi::Object object = Napi::Object::New(env);
      object.Set("family", Napi::Number::New(env, address.storage.ss_family));
      return object;
    }
  }
}

}  // namespace realfork
