// Socket addresses: { family, address, port } for AF_INET and AF_INET6, { family, path } for
// AF_UNIX.
#ifndef REALFORK_ADDRESSES_H_
#define REALFORK_ADDRESSES_H_

#include <sys/socket.h>

#include "arguments.h"

namespace realfork {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/** The address argument of bind(2) or connect(2). */
SocketAddress socket_address(Arguments& arguments, size_t index, const char* name);

/** The same of a value found elsewhere. `name` is what an error calls it. */
SocketAddress socket_address_of(Arguments& arguments, Napi::Value value, const char* name);

/** What getsockname(2) or getpeername(2) wrote. */
Napi::Value address_object(Napi::Env env, const SocketAddress& address);

}  // namespace realfork

#endif  // REALFORK_ADDRESSES_H_
