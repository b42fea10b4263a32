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

#include "addresses.h"
#include "arguments.h"
#include "child_signals.h"
#include "exports.h"
#include "fork_call.h"
#include "helper_threads.h"
#include "interruptible.h"
#include "results.h"
#include "signal_sets.h"
#include "times.h"

namespace realfork {
namespace {

using Clock = std::chrono::steady_clock;

/** What has happened is told when it is so much, or more at once, or after a time. */
constexpr size_t kMostHappened = 128;

/**
 * So many connections that were reset in the queue are taken in a row, before signals are looked at
 * again.
 */
constexpr int kMostGone = 100;

/**
 * connfd, the index of its listener, whether a profiler runs, and the negative errno if it could
 * not set its signals.
 */
constexpr size_t kNumbersOfChild = 4;

/** What a child does before it serves, where it is not JavaScript that does it. */
struct ChildHalf {
  std::vector<int> close;
  sigset_t defaults{};
  sigset_t mask{};
  unsigned alarm = 0;
  std::string score_path;  // of its oom_score_adj; empty: it stays
  std::string score;
};

struct Connection {
  int fd = -1;
  size_t listener = 0;
  SocketAddress peer;
};

/** A child was forked for a client, or one has ended. */
struct Happened {
  pid_t pid;
  Clock::time_point at;
  std::optional<Connection> client;  // of a child that was forked
  int status = 0;                    // of one that has ended, as waitpid(2) gives it
};

/** Why the server comes back to JavaScript. */
enum class Why : std::uint8_t {
  kChild,      // this is a child now
  kHandler,    // a handler of JavaScript has run
  kPending,    // a signal waits that was not let in
  kReady,      // a descriptor is ready that is no listener
  kTime,       // it was not to wait any longer
  kTold,       // something has happened, and is to be told
  kEnded,      // a child that is not known here has ended, or one whose end is not ordinary
  kAccept,     // accept4(2) has failed
  kFork,       // fork(2) has failed, or was refused
  kWait,       // ppoll(2) has failed
  kReap,       // waitpid(2) has failed
  kException,  // of JavaScript; it is pending
};

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

class Poll final : public MaskedWait {
 public:
  Poll(std::vector<struct pollfd>& set, const struct timespec* timeout)
      : set_(set), timeout_(timeout) {}
  int look() override { return ::poll(set_.data(), set_.size(), 0); }
  int wait(const sigset_t& mask) override {
    return ::ppoll(set_.data(), set_.size(), timeout_, &mask);
  }

 private:
  std::vector<struct pollfd>& set_;
  const struct timespec* timeout_;
};

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
  std::vector<struct pollfd> polled;
  std::vector<Happened> happened;
  std::vector<pid_t> children;
};
Buffers buffers;

// In a child: of its own client, whatever it accepts itself.
SocketAddress peer_of_client;

class ClientServer {
 public:
  ClientServer(Napi::Env env, const ForkPlace& place, const ForkRequest& request)
      : env_(env), place_(place), request_(request) {}

  /** Arguments from `first` on. Not ok() if one does not fit. */
  void read(Arguments& arguments, size_t first);

  Napi::Value run();

 private:
  Why serve();
  std::optional<Why> reap();
  std::optional<Why> wait();
  std::optional<Why> take_clients(size_t listener);
  std::optional<Why> fork();
  std::optional<struct timespec> patience() const;
  bool heard_signal_waits() const;
  bool time_is_over() const { return until_ && Clock::now() >= *until_; }
  Napi::Object connection_object(const Connection& connection) const;
  Napi::Array what_happened() const;
  Napi::Value result(Why why) const;

  Napi::Env env_;
  const ForkPlace& place_;
  const ForkRequest& request_;
  std::vector<struct pollfd>& polled_ = buffers.polled;  // the listeners first
  std::vector<Happened>& happened_ = buffers.happened;
  std::vector<pid_t>& children_ = buffers.children;  // whose end gives a slot back
  size_t listeners_ = 0;
  size_t room_ = 0;
  sigset_t mask_{};
  std::optional<Clock::time_point> until_;
  std::chrono::milliseconds tell_within_{};
  unsigned handlers_called_ = 0;
  double accepted_ = 0;
  int failure_ = 0;
  size_t failed_listener_ = 0;
  Connection connection_;
  int32_t* child_ = nullptr;
  bool profiled_ = false;
  std::optional<ChildHalf> child_half_;
};

ChildHalf child_half_of(Arguments& arguments, Napi::Object given) {
  ChildHalf half;
  const auto property = [&](const char* key) { return arguments.property(given, key); };
  half.close = arguments.integers_of(property("close"), "childHalf.close");
  half.defaults = signal_set(arguments, property("defaults"), "childHalf.defaults");
  half.mask = signal_set(arguments, property("mask"), "childHalf.mask");
  half.alarm = static_cast<unsigned>(arguments.field(given, "childHalf", "alarm", 0, UINT32_MAX));
  half.score_path = arguments.text_field(given, "childHalf", "scorePath");
  half.score = arguments.text_field(given, "childHalf", "score");
  return half;
}

// Anybody may raise it. Where that fails (no descriptor is left) the client is served all the same.
void raise_oom_score(const ChildHalf& half) {
  if (half.score_path.empty()) return;
  const int fd = ::open(half.score_path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd == -1) return;
  static_cast<void>(::write(fd, half.score.data(), half.score.size()));
  ::close(fd);
}

// The server's is closed or given back. 0 or -errno.
int become_child(const ChildHalf& half) {
  {
    Interruptible here;
    here.call([&] { return ::setpgid(0, 0); });
    for (const int fd : half.close) ::close(fd);
  }
  const int failure = default_signals(half.defaults, half.mask);
  const Interruptible here;
  raise_oom_score(half);
  if (half.alarm > 0) ::alarm(half.alarm);  // nobody handles SIGALRM: it ends the child
  return failure;
}

void ClientServer::read(Arguments& arguments, size_t first) {
  const auto integers = [&](size_t index, const char* name) {
    return arguments.integers_of(arguments.value(first + index), name);
  };
  polled_.clear();
  happened_.clear();
  happened_.reserve(kMostHappened + 1);
  const auto poll = [&](int fd) { polled_.push_back({fd, POLLIN, 0}); };
  const std::vector<int> listeners = integers(0, "listeners");
  std::for_each(listeners.begin(), listeners.end(), poll);
  listeners_ = listeners.size();
  const std::vector<int> others = integers(1, "others");
  std::for_each(others.begin(), others.end(), poll);
  const std::vector<int> children = integers(2, "children");
  children_.assign(children.begin(), children.end());
  room_ = static_cast<size_t>(arguments.integer(first + 3, "room", 0, INT32_MAX));
  mask_ = signal_set(arguments, arguments.value(first + 4), "mask");
  const Bytes child = arguments.bytes_of(arguments.value(first + 7), "child");
  if (child.length < kNumbersOfChild * sizeof(int32_t)) {
    arguments.out_of_range("child", ">= 16 bytes", std::to_string(child.length));
  }
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): of an Int32Array
  child_ = reinterpret_cast<int32_t*>(child.data);
  if (arguments.given(first + 8)) {
    child_half_ = child_half_of(arguments, arguments.object(first + 8, "childHalf"));
  }
  tell_within_ =
      std::chrono::milliseconds(arguments.integer(first + 6, "tellWithin", 0, INT32_MAX));
  const auto time = timespec_or_none(arguments, first + 5, "time");
  if (time) {
    until_ =
        Clock::now() + std::chrono::seconds(time->tv_sec) + std::chrono::nanoseconds(time->tv_nsec);
  }
}

Napi::Value ClientServer::run() {
  keep_signals_from_helper_threads();
  const Why why = serve();
  return why == Why::kException ? env_.Undefined() : result(why);
}

Why ClientServer::serve() {
  const SigchldUnheard unheard;
  handlers_called_ = handlers_called();
  for (;;) {
    if (const auto why = reap()) return *why;
    if (env_.IsExceptionPending()) return Why::kException;
    if (handlers_called() != handlers_called_) return Why::kHandler;
    if (happened_.size() >= kMostHappened) return Why::kTold;
    if (const auto why = wait()) return *why;
  }
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
    const pid_t pid = interruptible([&] { return ::waitpid(-1, &status, WNOHANG); });
    if (pid == 0 || pid == -ECHILD) return why;
    if (pid == -EINTR) continue;
    if (pid < 0) {
      failure_ = -pid;
      return Why::kReap;
    }
    happened_.push_back({pid, Clock::now(), std::nullopt, status});
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

std::optional<Why> ClientServer::wait() {
  for (size_t i = 0; i < listeners_; ++i) polled_[i].events = room_ > 0 ? POLLIN : 0;
  const auto time = patience();
  Poll poll(polled_, time ? &*time : nullptr);
  const int ready = wait_under(mask_, poll);
  if (ready == -EINTR) return std::nullopt;
  if (ready < 0) {
    failure_ = -ready;
    return Why::kWait;
  }
  if (ready == 0) return time_is_over() ? Why::kTime : Why::kTold;
  if (heard_signal_waits()) return Why::kPending;
  const auto is_ready = [](const struct pollfd& one) { return one.revents != 0; };
  const auto others = polled_.begin() + static_cast<std::ptrdiff_t>(listeners_);
  if (std::any_of(others, polled_.end(), is_ready)) return Why::kReady;
  for (size_t i = 0; i < listeners_; ++i) {
    if (!is_ready(polled_[i])) continue;
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
    return fork();
  }
  return std::nullopt;
}

std::optional<Why> ClientServer::fork() {
  ForkTransaction transaction(env_, place_.loop, place_.quiescence, request_);
  const Refusal refusal = transaction.prepare();
  if (refusal == Refusal::kException) return Why::kException;
  if (refusal != Refusal::kNone) return Why::kFork;
  const pid_t pid = transaction.fork();
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
  ::close(connection_.fd);
  happened_.push_back({pid, Clock::now(), connection_, 0});
  children_.push_back(pid);
  --room_;
  return std::nullopt;
}

Napi::Object ClientServer::connection_object(const Connection& connection) const {
  auto object = Napi::Object::New(env_);
  object["connfd"] = number(env_, connection.fd);
  object["peer"] = address_object(env_, connection.peer);
  object["listener"] = number(env_, static_cast<uint32_t>(connection.listener));
  return object;
}

Napi::Array ClientServer::what_happened() const {
  const Clock::time_point now = Clock::now();
  auto all = Napi::Array::New(env_, happened_.size());
  uint32_t index = 0;
  for (const Happened& one : happened_) {
    const Napi::HandleScope scope(env_);
    auto object = Napi::Object::New(env_);
    object["pid"] = number(env_, one.pid);
    object["ago"] =
        Napi::Number::New(env_, std::chrono::duration<double, std::milli>(now - one.at).count());
    if (one.client) {
      object["client"] = connection_object(*one.client);
    } else {
      object["status"] = number(env_, one.status);
    }
    all[index++] = object;
  }
  return all;
}

// A child has three numbers, where JavaScript has made room for them: each object that is made here
// is a page that it copies.
Napi::Value ClientServer::result(Why why) const {
  if (why == Why::kChild) {
    child_[0] = connection_.fd;
    child_[1] = static_cast<int32_t>(connection_.listener);
    child_[2] = profiled_ ? 1 : 0;
    child_[3] = child_half_ ? become_child(*child_half_) : 0;
    return env_.Null();
  }
  auto turn = Napi::Object::New(env_);
  turn["why"] = Napi::String::New(env_, name_of(why));
  turn["happened"] = what_happened();
  turn["accepted"] = Napi::Number::New(env_, accepted_);
  turn["errno"] = number(env_, failure_);
  turn["listener"] = number(env_, static_cast<uint32_t>(failed_listener_));
  if (why == Why::kFork) turn["connection"] = connection_object(connection_);
  auto ready = Napi::Array::New(env_);
  for (size_t i = listeners_; why == Why::kReady && i < polled_.size(); ++i) {
    if (polled_[i].revents != 0) {
      ready[ready.Length()] = number(env_, static_cast<uint32_t>(i - listeners_));
    }
  }
  turn["ready"] = ready;
  return turn;
}

}  // namespace

// forkForClients(..., listeners, others, children, room, mask, time, tellWithin, child,
// childHalf): the first arguments are fork()'s. Null in a child.
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

/** peerOfClient(): of a child that was forked here. */
Napi::Value call_peer_of_client(const Napi::CallbackInfo& info) {
  return address_object(info.Env(), peer_of_client);
}

}  // namespace realfork
