// What a server that serves without a line of JavaScript tells that when it comes back to it.
#ifndef REALFORK_CLIENTS_TURN_H_
#define REALFORK_CLIENTS_TURN_H_

#include <napi.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "addresses.h"
#include "reports.h"

namespace realfork {

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

const char* name_of(Why why);

/** A connection that was accepted, and the index of its listener. */
struct Connection {
  int fd = -1;
  size_t listener = 0;
  SocketAddress peer;
};

Napi::Object connection_object(Napi::Env env, const Connection& connection);

/** Of a child. */
struct Happened {
  enum class What : std::uint8_t {
    kForked,  // for a client
    kSpare,   // forked, and waits for a client
    kTaken,   // it has accepted a client by itself
    kServed,  // its client has been served, and it waits for the next
    kEnded,
  };

  What what = What::kEnded;
  pid_t pid = 0;
  std::chrono::steady_clock::time_point at;
  /** Of kForked and kTaken. */
  std::optional<Connection> client;
  /** Of kEnded, as waitpid(2) gives it; of kServed, as exit(2) would be given it. */
  int status = 0;
};

Happened happened(const Report& report);

Napi::Array happened_objects(Napi::Env env, std::span<const Happened> all);

}  // namespace realfork

#endif  // REALFORK_CLIENTS_TURN_H_
