// The other ends of Unix sockets, which /proc/net/unix leaves out. Linux only.
#ifndef REALFORK_UNIX_DIAG_H_
#define REALFORK_UNIX_DIAG_H_

#include <cstdint>
#include <vector>

namespace realfork {

/** A Unix socket of this network namespace. */
struct UnixSocket {
  uint32_t inode = 0;
  /** 0: it has no other end. */
  uint32_t peer = 0;
  /** Of one that listens: connections that wait for accept. */
  uint32_t queued = 0;
};

/** Appends all of them. 0 or -errno. sock_diag(7) */
int list_unix_sockets(std::vector<UnixSocket>* sockets);

}  // namespace realfork

#endif  // REALFORK_UNIX_DIAG_H_
