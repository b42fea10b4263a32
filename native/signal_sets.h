// Sets of signals: the operations that signal.h leaves out, and arrays of numbers in JavaScript.
#ifndef REALFORK_SIGNAL_SETS_H_
#define REALFORK_SIGNAL_SETS_H_

#include <signal.h>

#include "arguments.h"

namespace realfork {

// Async-signal-safe. They touch the bits of the system's signals and nothing behind them: the set
// in a ucontext_t is the kernel's, on Linux 8 bytes where the C library's sigset_t has 128, and the
// signal's siginfo_t lies right after it.
sigset_t set_union(const sigset_t& a, const sigset_t& b);
sigset_t set_intersection(const sigset_t& a, const sigset_t& b);
/** What is in `a` and not in `b`. */
sigset_t set_difference(const sigset_t& a, const sigset_t& b);
bool is_empty(const sigset_t& set);
void copy_set(sigset_t* to, const sigset_t& from);

/** An array of signal numbers as a set. A number that is no signal is out of range. */
sigset_t signal_set(Arguments& arguments, Napi::Value value, const std::string& name);

Napi::Array signal_numbers(Napi::Env env, const sigset_t& set);

}  // namespace realfork

#endif  // REALFORK_SIGNAL_SETS_H_
