// A sigset_t is an array of signal numbers in JavaScript.
#ifndef REALFORK_SIGNAL_SETS_H_
#define REALFORK_SIGNAL_SETS_H_

#include <signal.h>

#include "arguments.h"

namespace realfork {

/** An array of signal numbers as a set. A number that is no signal is out of range. */
sigset_t signal_set(Arguments& arguments, Napi::Value value, const std::string& name);

Napi::Array signal_numbers(Napi::Env env, const sigset_t& set);

}  // namespace realfork

#endif  // REALFORK_SIGNAL_SETS_H_
