// What each call that forks has from JavaScript and from the process.
#ifndef REALFORK_FORK_CALL_H_
#define REALFORK_FORK_CALL_H_

#include <napi.h>
#include <uv.h>

#include <optional>

#include "fork_transaction.h"
#include "quiescence.h"

namespace realfork {

struct ForkPlace {
  uv_loop_t* loop;
  Quiescence& quiescence;
};

/** Nothing, and an exception is pending, where there is no fork: in a worker. */
std::optional<ForkPlace> fork_place(Napi::Env env);

/** The first arguments of such a call: see Native.fork in src/native.ts, which checks them. */
ForkRequest fork_request(const Napi::CallbackInfo& info);

/** How many arguments these are. */
constexpr size_t kForkArguments = 7;

}  // namespace realfork

#endif  // REALFORK_FORK_CALL_H_
