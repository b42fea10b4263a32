#include "kept_child.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "interruptible.h"

namespace realfork {
namespace {

using Clock = std::chrono::steady_clock;

/** A child that has served a client, and waits so long for the next, ends. */
constexpr std::chrono::seconds kMostIdle{10};

/** So many connections in a row that are none, or cannot be taken: then the server is to see to it.
 */
constexpr int kMostGone = 100;

// What accept(2) says of one client who has gone, and of a network that is down for it; and that
// another child was faster.
bool is_of_client(int errno_of_accept) {
  switch (errno_of_accept) {
    case EAGAIN:
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EOPNOTSUPP:
      return true;
    default:
      return false;
  }
}

}  // namespace

KeptChild kept_child;

void KeptChild::begin(const Parts& parts) {
  shared_ = &parts.shared;
  place_ = &parts.place;
  keeping_ = parts.keeping;
  listeners_ = parts.listeners;
  life_ = parts.life;
  bell_ = parts.bell;
  reports_ = parts.reports;
  serves_ = place_->state == Place::kBusy;
  left_ = keeping_.requests;
}

// Also in a child of its own, for which the place is its parent's.
void KeptChild::leave() {
  if (!is_kept()) return;
  wait_.close();
  for (const int fd : {life_, bell_, reports_}) ::close(fd);
  for (const int fd : listeners_) ::close(fd);
  listeners_.clear();
  shared_ = nullptr;
}

bool KeptChild::next(int status, Connection* connection) {
  if (!is_kept()) return false;
  if (serves_) {
    ::alarm(0);
    serves_ = false;
    --left_;
    Report served;
    served.what = Report::What::kServed;
    served.status = status;
    tell(served);
  }
  if (!waits_) {
    // Where it has no descriptor left, its server is to have the next client.
    waits_ = wait_.open(listeners_, life_) == 0;
  }
  if (waits_) place_->state = Place::kIdle;
  if (!waits_ || !wait(connection)) {
    is_idle_no_more(Place::kLeaving);
    leave();
    return false;
  }
  serves_ = true;
  if (keeping_.timeout > 0) ::alarm(keeping_.timeout);  // nobody handles SIGALRM: it ends the child
  Report taken;
  taken.listener = connection->listener;
  taken.peer = connection->peer;
  tell(taken);
  // Its last one: a client that comes meanwhile is none of its business.
  if (left_ == 1) leave();
  return true;
}

// A signal's handler may run meanwhile; the wait goes on after it.
bool KeptChild::wait(Connection* connection) {
  const bool is_spare = left_ == keeping_.requests;  // those stay
  const Clock::time_point until = Clock::now() + kMostIdle;
  for (int gone = 0; gone < kMostGone;) {
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    const int timeout = is_spare ? -1 : static_cast<int>(std::max<int64_t>(0, rest));
    ClientWait::Ready ready;
    const int result = [&] {
      Interruptible here;
      return wait_.wait(timeout, &ready);
    }();
    if (result == -EINTR) continue;
    if (result < 0 || ready.has_life_ended) return false;
    if (result == 0) {
      // A client for whom this one was woken, as it had no time any more, nobody else may look at.
      is_idle_no_more(Place::kLeaving);
      return take_any(connection);
    }
    if (take(*ready.listener, connection)) return true;
    if (!is_of_client(errno)) return false;
    if (errno != EAGAIN) ++gone;
  }
  return false;
}

// False, and errno: there is none. Until it has accepted, others rely on it: rightly, as it does.
bool KeptChild::take(size_t listener, Connection* connection) {
  const int fd = ::accept4(listeners_[listener], nullptr, nullptr, SOCK_CLOEXEC);
  if (fd == -1) return false;
  ++shared_->accepted;
  *connection = {fd, listener, SocketAddress()};
  if (::getpeername(fd, connection->peer.get(), &connection->peer.length) == -1) {
    ::close(fd);
    errno = ECONNABORTED;  // it has reset the connection while that was queued
    return false;
  }
  is_idle_no_more(Place::kBusy);
  return true;
}

bool KeptChild::take_any(Connection* connection) {
  for (size_t i = 0; i < listeners_.size(); ++i) {
    if (take(i, connection)) return true;
  }
  return false;
}

// See idle_children.h: first the place, then the look at who else is idle.
void KeptChild::is_idle_no_more(Place::State state) {
  place_->state = state;
  if (shared_->relied && shared_->idle() < shared_->wanted && shared_->relied.exchange(false))
    ring();
}

void KeptChild::tell(Report& report) {
  if (!keeping_.reports) return;
  report.pid = ::getpid();
  report.at = Clock::now();
  while (write_report(reports_, report) == -EAGAIN) {
    ring();  // it reads them now and then
    struct pollfd room {};
    room.fd = reports_;
    room.events = POLLOUT;
    interruptible([&] { return ::poll(&room, 1, -1); });  // EINTR: it is tried again
  }
}

// A pipe that is full rings already; without a reader there is no server.
void KeptChild::ring() const { static_cast<void>(::write(bell_, "", 1)); }

}  // namespace realfork
