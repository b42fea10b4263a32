// struct timespec and struct timeval: from arguments, and as results.
#ifndef REALFORK_TIMES_H_
#define REALFORK_TIMES_H_

#include <napi.h>
#include <sys/time.h>
#include <time.h>

#include <optional>

#include "arguments.h"

namespace realfork {

/** { tv_sec, tv_nsec }, neither negative. `name` is that of the argument. */
struct timespec timespec_of(Arguments& arguments, Napi::Object object, const char* name);

/** The same of an argument that may be null or left out: no time limit. */
std::optional<struct timespec> timespec_or_none(Arguments& arguments, size_t index,
                                                const char* name);

/** { tv_sec, tv_usec }, neither negative. */
struct timeval timeval_of(Arguments& arguments, Napi::Object object, const char* name);

std::optional<struct timeval> timeval_or_none(Arguments& arguments, size_t index, const char* name);

Napi::Value timeval_object(Napi::Env env, const struct timeval& value);

}  // namespace realfork

#endif  // REALFORK_TIMES_H_
