#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "unix_diag.h"

namespace realfork {
namespace {

class Netlink {
 public:
  Netlink() : fd_(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {}
  ~Netlink() {
    if (fd_ != -1) close(fd_);
  }
  Netlink(const Netlink&) = delete;
  Netlink& operator=(const Netlink&) = delete;

  int fd() const { return fd_; }

 private:
  int fd_;
};

struct Request {
  nlmsghdr header;
  unix_diag_req body;
};

bool ask(int fd) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = AF_UNIX;
  request.body.udiag_states = ~0U;
  request.body.udiag_show = UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN;
  return send(fd, &request, sizeof request, 0) == sizeof request;
}

/** Into the size of a datagram, 0 at none. A signal may come: it is for the program, not for this.
 */
ssize_t receive(int fd, char* buffer, size_t size) {
  for (;;) {
    const ssize_t got = recv(fd, buffer, size, 0);
    if (got != -1 || errno != EINTR) return got;
  }
}

template <typename Payload>
Payload payload(const void* from) {
  Payload value{};
  memcpy(&value, from, sizeof value);
  return value;
}

UnixSocket socket_of(const nlmsghdr* header) {
  const auto* message = static_cast<const unix_diag_msg*>(NLMSG_DATA(header));
  UnixSocket socket;
  socket.inode = message->udiag_ino;
  auto left = static_cast<int>(header->nlmsg_len - NLMSG_LENGTH(sizeof *message));
  const auto* attribute = reinterpret_cast<const rtattr*>(message + 1);
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type == UNIX_DIAG_PEER) {
      socket.peer = payload<uint32_t>(RTA_DATA(attribute));
    } else if (attribute->rta_type == UNIX_DIAG_RQLEN) {
      socket.queued = payload<unix_diag_rqlen>(RTA_DATA(attribute)).udiag_rqueue;
    }
  }
  return socket;
}

}  // namespace

int list_unix_sockets(std::vector<UnixSocket>* sockets) {
  const Netlink netlink;
  if (netlink.fd() == -1 || !ask(netlink.fd())) return -errno;
  alignas(nlmsghdr) std::array<char, 32768> buffer{};
  for (;;) {
    const ssize_t got = receive(netlink.fd(), buffer.data(), buffer.size());
    if (got <= 0) return got == 0 ? -EIO : -errno;
    auto left = static_cast<unsigned int>(got);
    const auto* header = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE) return 0;
      if (header->nlmsg_type == NLMSG_ERROR) {
        return payload<nlmsgerr>(NLMSG_DATA(header)).error;
      }
      sockets->push_back(socket_of(header));
    }
  }
}

}  // namespace realfork
