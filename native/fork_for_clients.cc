// A server with a child for each client: from client to client without a line of JavaScript. Each
// function of JavaScript that runs between two forks writes to pages that the last child still
// shares, some hundred for a connection, and each of them is copied.
//
// The policy is JavaScript's: src/servers/forking/. What is out of the ordinary (a call that fails,
// a child that is not known here, a signal) ends the call, and nothing was decided about it. What
// is ordinary is told by the call that ends next, in its order.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arguments.h"
#include "child_half.h"
#include "clients_turn.h"
#include "exports.h"
#include "fork_call.h"
#include "helper_threads.h"
#include "idle_children.h"
#include "interruptible.h"
#include "kept_child.h"
#include "masked_poll.h"
#include "own_pages.h"
#include "results.h"
#include "signal_sets.h"
#include "times.h"

namespace realfork {
namespace {

using Clock = std::chrono::steady_clock;

/**
 * So many connections that were reset in the queue are taken in a row, before signals are looked at
 * again.
 */
constexpr int kMostGone = 100;

struct timespec timespec_of(Clock::duration time) {
  constexpr int64_t kNanoseconds = 1'000'000'000;
  const int64_t all =
      std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
  struct timespec result {};
  result.tv_sec = static_cast<time_t>(all / kNanoseconds);
  result.tv_nsec = static_cast<decltype(result.tv_nsec)>(all % kNanoseconds);
  return result;
}

// Kept from call to call: what is freed is written to, and a child would do that too.
struct Buffers {
  OwnPagesVector<struct pollfd> polled;
  OwnPagesVector<Happened> happened;
  OwnPagesVector<pid_t> children;
};
Buffers buffers;

class ClientServer {
 public:
  ClientServer(Napi::Env env, const ForkPlace& place, const ForkRequest& request)
      : env_(env), place_(place), request_(request), handlers_called_(handlers_called()) {}

  /** Arguments from `first` on. Not ok() if one does not fit. */
  void read(Arguments& arguments, size_t first);

  Napi::Value run();

 private:
  Why serve();
  std::optional<Why> reap();
  void note_reports();
  std::optional<Why> fork_spare();
  std::optional<Why> look_again();
  bool leaves_clients() const;
  std::optional<Why> wait();
  std::optional<Why> take_ready();
  std::optional<Why> take_clients(size_t listener);
  std::optional<Why> fork(Happened::What what);
  std::optional<struct timespec> patience() const;
  bool heard_signal_waits() const;
  bool time_is_over() const { return until_ && Clock::now() >= *until_; }
  Napi::Value be_child() const;
  Napi::Value result(Why why) const;

  Napi::Env env_;
  const ForkPlace& place_;
  ForkRequest request_;
  OwnPagesVector<struct pollfd>& polled_ = buffers.polled;  // the listeners first
  OwnPagesVector<Happened>& happened_ = buffers.happened;
  OwnPagesVector<pid_t>& children_ = buffers.children;  // whose end gives a slot back
  std::vector<int> listeners_;
  size_t others_ = 0;
  size_t room_ = 0;
  sigset_t mask_{};
  std::optional<Clock::time_point> until_;
  // What has happened is told when it is so much, or more at once, or after a time.
  size_t tell_at_ = 1;
  std::chrono::milliseconds tell_within_{};
  const unsigned handlers_called_;
  double accepted_ = 0;
  int failure_ = 0;
  size_t failed_listener_ = 0;
  Connection connection_;
  Napi::Function child_;
  bool forks_ = true;
  bool profiled_ = false;
  std::optional<ChildHalf> child_half_;
};

void ClientServer::read(Arguments& arguments, size_t first) {
  const auto integers = [&](size_t index, const char* name) {
    return arguments.integers_of(arguments.value(first + index), name);
  };
  polled_.clear();
  happened_.clear();
  const auto poll = [&](int fd) { polled_.push_back({fd, POLLIN, 0}); };
  listeners_ = integers(0, "listeners");
  std::for_each(listeners_.begin(), listeners_.end(), poll);
  const std::vector<int> others = integers(1, "others");
  std::for_each(others.begin(), others.end(), poll);
  others_ = others.size();
  if (idle_children.is_open()) {
    poll(idle_children.bell());
    poll(idle_children.reports());
  }
  const std::vector<int> children = integers(2, "children");
  children_.assign(children.begin(), children.end());
  room_ = static_cast<size_t>(arguments.integer(first + 3, "room", 0, INT32_MAX));
  mask_ = signal_set(arguments, arguments.value(first + 4), "mask");
  tell_within_ =
      std::chrono::milliseconds(arguments.integer(first + 6, "tellWithin", 0, INT32_MAX));
  tell_at_ = static_cast<size_t>(arguments.integer(first + 7, "tellAt", 1, UINT16_MAX));
  happened_.reserve(tell_at_ + 1);
  child_ = arguments.value(first + 8).As<Napi::Function>();  // checked by src/fork/
  if (arguments.given(first + 9)) {
    child_half_ = child_half_of(arguments, arguments.object(first + 9, "childHalf"));
  }
  forks_ = arguments.truth(first + 10);
  const auto time = timespec_or_none(arguments, first + 5, "time");
  if (time) {
    until_ =
        Clock::now() + std::chrono::seconds(time->tv_sec) + std::chrono::nanoseconds(time->tv_nsec);
  }
}

Napi::Value ClientServer::run() {
  keep_signals_from_helper_threads();
  const Why why = serve();
  if (why == Why::kChild) return be_child();
  note_reports();
  return why == Why::kException ? env_.Undefined() : result(why);
}

Why ClientServer::serve() {
  const SigchldUnheard unheard;
  for (;;) {
    if (const auto why = reap()) return *why;
    if (handlers_called() != handlers_called_) {
      return env_.IsExceptionPending() ? Why::kException : Why::kHandler;
    }
    if (happened_.size() >= tell_at_) return Why::kTold;
    if (const auto why = look_again()) return *why;
    if (const auto why = fork_spare()) return *why;
    if (const auto why = wait()) return *why;
  }
}

// What children have told before they ended comes before their end.
void ClientServer::note_reports() {
  if (!idle_children.is_open()) return;
  accepted_ += static_cast<double>(idle_children.take_accepted());
  for (const Report& report : idle_children.read_reports()) happened_.push_back(happened(report));
}

// All that have ended, whatever they are: SIGCHLD comes once for several, and was not heard.
//
//   server                                another
//     ppoll(2)                              two children end, and SIGTERM
//     SIGCHLD is let in, and no handler
//     reaps the one: it is not known
//     back to JavaScript, which stops, and
//     would wait for the other for ever
std::optional<Why> ClientServer::reap() {
  std::optional<Why> why;
  for (;;) {
    int status = 0;
    const int options = idle_children.is_open() ? WNOHANG | WUNTRACED | WCONTINUED : WNOHANG;
    const pid_t pid = interruptible([&] { return ::waitpid(-1, &status, options); });
    if (pid == 0 || pid == -ECHILD) return why;
    if (pid == -EINTR) continue;
    if (pid < 0) {
      failure_ = -pid;
      return Why::kReap;
    }
    if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
      idle_children.stopped(pid, WIFSTOPPED(status));
      continue;
    }
    note_reports();
    idle_children.ended(pid);
    happened_.push_back({Happened::What::kEnded, pid, Clock::now(), std::nullopt, status});
    const auto child = std::find(children_.begin(), children_.end(), pid);
    // Its own alarm may have ended it, and not the rest of its group.
    const bool is_late = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
    if (child == children_.end() || is_late) {
      why = Why::kEnded;
      continue;
    }
    *child = children_.back();
    children_.pop_back();
    ++room_;
  }
}

std::optional<struct timespec> ClientServer::patience() const {
  std::optional<Clock::time_point> until = until_;
  if (!happened_.empty()) {
    const Clock::time_point tell = happened_.front().at + tell_within_;
    until = until ? std::min(*until, tell) : tell;
  }
  if (!until) return std::nullopt;
  return timespec_of(*until - Clock::now());
}

// ppoll(2) lets no signal in where a client is ready. SIGCHLD is not asked for: children are reaped
// at each turn.
bool ClientServer::heard_signal_waits() const {
  sigset_t waiting;
  if (pending(&waiting) < 0) return false;
  sigdelset(&waiting, SIGCHLD);
  return !is_empty(set_difference(waiting, mask_));
}

// Clients for whom nobody has been woken: each gets a child, whether another takes it meanwhile or
// not.
std::optional<Why> ClientServer::look_again() {
  if (!idle_children.looks_again() || room_ == 0) return std::nullopt;
  std::vector<struct pollfd> all;
  for (const int fd : listeners_) all.push_back({fd, POLLIN, 0});
  if (::poll(all.data(), all.size(), 0) <= 0) {
    idle_children.has_looked();
    return std::nullopt;
  }
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].revents == 0) continue;
    if (const auto why = take_clients(i)) return why;
  }
  return std::nullopt;
}

// One at a time: signals are looked at, and clients without a child come first, between two.
std::optional<Why> ClientServer::fork_spare() {
  if (!idle_children.is_open() || room_ == 0) return std::nullopt;
  if (idle_children.idle() >= idle_children.keeping().spare) return std::nullopt;
  connection_ = Connection();
  return fork(Happened::What::kSpare);
}

// Whether it need not look at its listeners, as a child is idle: idle_children.h.
bool ClientServer::leaves_clients() const {
  if (!idle_children.is_open() || room_ == 0 || idle_children.idle() == 0) return false;
  idle_children.rely();
  if (idle_children.idle() > 0) return true;
  idle_children.rely_no_more();
  return false;
}

std::optional<Why> ClientServer::wait() {
  const bool looks = room_ > 0 && !leaves_clients();
  for (size_t i = 0; i < listeners_.size(); ++i) polled_[i].events = looks ? POLLIN : 0;
  // The first of them begins the time after which all are told.
  if (idle_children.is_open()) polled_.back().events = happened_.empty() ? POLLIN : 0;
  const auto time = patience();
  MaskedPoll poll(polled_, time ? &*time : nullptr);
  const int ready = wait_under(mask_, poll);
  if (idle_children.is_open()) idle_children.rely_no_more();
  if (ready == -EINTR) return std::nullopt;
  if (ready < 0) {
    failure_ = -ready;
    return Why::kWait;
  }
  if (ready == 0) return time_is_over() ? Why::kTime : Why::kTold;
  if (heard_signal_waits()) return Why::kPending;
  return take_ready();
}

std::optional<Why> ClientServer::take_ready() {
  const auto is_ready = [](const struct pollfd& one) { return one.revents != 0; };
  const auto others = polled_.begin() + static_cast<std::ptrdiff_t>(listeners_.size());
  const auto own = others + static_cast<std::ptrdiff_t>(others_);
  if (std::any_of(own, polled_.end(), is_ready)) {
    idle_children.hear_bell();
    note_reports();
  }
  if (std::any_of(others, own, is_ready)) return Why::kReady;
  for (size_t i = 0; i < listeners_.size(); ++i) {
    if (!is_ready(polled_[i])) continue;
    if (idle_children.is_open() && idle_children.idle() > 0) break;  // it has been woken, too
    if (const auto why = take_clients(i)) return why;
  }
  return std::nullopt;
}

// One, behind those that have reset their connection.
std::optional<Why> ClientServer::take_clients(size_t listener) {
  for (int gone = 0; gone < kMostGone && room_ > 0; ++gone) {
    connection_.listener = listener;
    connection_.peer = SocketAddress();
    SocketAddress& peer = connection_.peer;
    {
      Interruptible here;
      connection_.fd = here.call(
          [&] { return ::accept4(polled_[listener].fd, nullptr, nullptr, SOCK_CLOEXEC); });
      if (connection_.fd == -EAGAIN && idle_children.is_open())
        return std::nullopt;  // a child has it
      if (connection_.fd < 0) {
        failure_ = -connection_.fd;
        failed_listener_ = listener;
        return Why::kAccept;
      }
      accepted_ += 1;
      // Fails with ENOTCONN where it has.
      if (here.call([&] { return ::getpeername(connection_.fd, peer.get(), &peer.length); }) < 0) {
        ::close(connection_.fd);
        continue;
      }
    }
    return fork(Happened::What::kForked);
  }
  return std::nullopt;
}

// For the connection, or a spare one.
std::optional<Why> ClientServer::fork(Happened::What what) {
  if (!forks_) return Why::kFork;
  const bool has_client = what == Happened::What::kForked;
  ForkTransaction transaction(env_, place_.loop, place_.quiescence, request_);
  const Refusal refusal = transaction.prepare(handlers_called_);
  if (refusal == Refusal::kException) {
    if (has_client) ::close(connection_.fd);  // nobody is told of it
    return Why::kException;
  }
  if (refusal != Refusal::kNone) return Why::kFork;
  if (idle_children.is_open() && (!has_client || idle_children.keeping().requests > 1)) {
    idle_children.prepare_child(has_client ? Place::kBusy : Place::kIdle, listeners_);
  }
  const Clock::time_point at = Clock::now();  // the child may have served when this goes on
  const pid_t pid = transaction.fork();
  request_.sorts_malloc = false;  // nothing here uses it up to the end of this call
  if (pid != 0) idle_children.made(pid);
  if (pid < 0) {
    failure_ = -pid;
    return Why::kFork;
  }
  if (pid == 0) {
    profiled_ = transaction.is_profiled();
    peer_of_client = connection_.peer;
    return Why::kChild;
  }
  // Each child leads a group, and does this too. EACCES: it is in its next program already. ESRCH:
  // it has ended.
  static_cast<void>(::setpgid(pid, pid));
  if (has_client) ::close(connection_.fd);
  happened_.push_back(
      {what, pid, at, has_client ? std::optional<Connection>(connection_) : std::nullopt, 0});
  children_.push_back(pid);
  --room_;
  return std::nullopt;
}

// A child goes on from here, and mostly ends there: to return to the JavaScript that has called
// this would be to run what only a child runs of it, and to compile that in each of them.
Napi::Value ClientServer::be_child() const {
  const bool keeps_listeners = kept_child.is_kept();
  const int failure =
      child_half_ ? become_child(*child_half_, connection_.fd != -1, keeps_listeners) : 0;
  child_.Call({number(env_, 0), number(env_, connection_.fd),
               number(env_, static_cast<int>(connection_.listener)),
               Napi::Boolean::New(env_, keeps_listeners), Napi::Boolean::New(env_, profiled_),
               number(env_, failure)});
  return env_.Null();
}

Napi::Value ClientServer::result(Why why) const {
  auto turn = Napi::Object::New(env_);
  turn["why"] = Napi::String::New(env_, name_of(why));
  turn["happened"] = happened_objects(env_, happened_);
  turn["accepted"] = Napi::Number::New(env_, accepted_);
  turn["errno"] = number(env_, failure_);
  turn["listener"] = number(env_, static_cast<uint32_t>(failed_listener_));
  if (why == Why::kFork && connection_.fd != -1) {
    turn["connection"] = connection_object(env_, connection_);
  }
  auto ready = Napi::Array::New(env_);
  for (size_t i = 0; why == Why::kReady && i < others_; ++i) {
    if (polled_[listeners_.size() + i].revents != 0) {
      ready[ready.Length()] = number(env_, static_cast<uint32_t>(i));
    }
  }
  turn["ready"] = ready;
  return turn;
}

}  // namespace

// forkForClients(..., listeners, others, children, room, mask, time, tellWithin, tellAt, child,
// childHalf, forks): the first arguments are fork()'s. Null in a child.
Napi::Value call_fork_for_clients(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto place = fork_place(env);
  if (!place) return env.Undefined();
  const ForkRequest request = fork_request(info);
  ClientServer server(env, *place, request);
  Arguments arguments(info, "forkForClients");
  server.read(arguments, kForkArguments);
  return arguments.ok() ? server.run() : env.Undefined();
}

}  // namespace realfork
